-- Alerts: what the console's watch found wrong, since when, and when it was over. One of a kind is open at a time: the index refuses a second one.
CREATE TABLE alerts (
  number          INTEGER PRIMARY KEY AUTOINCREMENT,
  rule            TEXT    NOT NULL,
  subject         TEXT    NOT NULL,
  since           INTEGER NOT NULL,
  opened_at       INTEGER NOT NULL,
  seen_at         INTEGER NOT NULL,
  calm_since      INTEGER,
  closed_at       INTEGER,
  said            TEXT    NOT NULL,
  path            TEXT    NOT NULL,
  opening_told_at INTEGER,
  closing_told_at INTEGER
) STRICT;

CREATE UNIQUE INDEX alerts_open ON alerts (rule, subject) WHERE closed_at IS NULL;

-- What an admin sets in the console for the console itself; secrets among it are sealed.
CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
