-- Clicks of other trackers, of the window before the move: what a tracker calls a click, and which one it is here. `click_id` is ours, sealed by the ledger with the time
-- and link of the click, so that every rule holds for it as for one of our own; its flag says that the click log does not have it. What the log would tell stands here.
CREATE TABLE adopted_clicks (
  tracker     INTEGER NOT NULL REFERENCES trackers (number),
  foreign_id  TEXT    NOT NULL CHECK (foreign_id <> ''),
  click_id    TEXT    NOT NULL UNIQUE CHECK (length(click_id) = 36),
  link        INTEGER NOT NULL REFERENCES links (number),
  clicked_at  INTEGER NOT NULL,
  country     TEXT,
  device      TEXT,
  os          TEXT,
  browser     TEXT,
  referrer    TEXT,
  external_id TEXT,
  sub1        TEXT,
  sub2        TEXT,
  sub3        TEXT,
  sub4        TEXT,
  sub5        TEXT,
  sub6        TEXT,
  sub7        TEXT,
  sub8        TEXT,
  sub9        TEXT,
  sub10       TEXT,
  imported_at INTEGER NOT NULL,
  PRIMARY KEY (tracker, foreign_id)
) STRICT, WITHOUT ROWID;
