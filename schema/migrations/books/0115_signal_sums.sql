-- What signals are told from: conversions, claims and clicks of each UTC day (since 1970), added up by affiliate, offer and event. A day with many conversions has several parts.
-- Of clicks `event` is empty. Days of which something changed are read anew; those that are too old go.
CREATE TABLE signal_days (
  day       INTEGER NOT NULL,
  offer     INTEGER NOT NULL,
  affiliate INTEGER NOT NULL,
  event     TEXT    NOT NULL,
  part      INTEGER NOT NULL,
  sums      TEXT    NOT NULL CHECK (json_valid(sums)),
  PRIMARY KEY (day, offer, affiliate, event, part)
) STRICT, WITHOUT ROWID;

-- How far days are read: so many parts, the last of which ends with the conversion `after`; whole since `done_at`, and its clicks since `clicks_at`.
CREATE TABLE signal_reads (
  day       INTEGER PRIMARY KEY,
  parts     INTEGER NOT NULL,
  after     TEXT    NOT NULL,
  claims    INTEGER NOT NULL,
  done_at   INTEGER,
  clicks_at INTEGER
) STRICT;

-- The round that reads, judges and measures, step by step; one row. Whoever works on it has it until `taken_until`.
CREATE TABLE signal_round (
  only        INTEGER PRIMARY KEY CHECK (only = 1),
  began_at    INTEGER NOT NULL,
  stage       TEXT    NOT NULL CHECK (stage IN ('reading', 'judging', 'measuring', 'done')),
  place       TEXT    NOT NULL,
  taken_until INTEGER NOT NULL
) STRICT;

INSERT INTO signal_round (only, began_at, stage, place, taken_until) VALUES (1, 0, 'done', '', 0);
