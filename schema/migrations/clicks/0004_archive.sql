-- The archive: what it holds of this database, and what of it has changed since. Both databases have these two tables, so that rows and what is said of them
-- change in one transaction. An hour is a whole number of hours since 1970.

-- Hours that the archive does not hold as they are: a trigger notes every row that comes, changes or goes, and writes only when nothing is noted yet.
-- Whoever archives an hour takes it (`taken_at`) and notes how far it came: `piece` pieces are written, the next one begins behind the key `after`.
CREATE TABLE due_hours (
  log      TEXT    NOT NULL,
  hour     INTEGER NOT NULL,
  changed  INTEGER NOT NULL DEFAULT 1 CHECK (changed IN (0, 1)),
  taken_at INTEGER NOT NULL DEFAULT 0,
  piece    INTEGER NOT NULL DEFAULT 0,
  after    TEXT    CHECK (after IS NULL OR json_valid(after)),
  PRIMARY KEY (log, hour)
) STRICT, WITHOUT ROWID;

-- The manifest: one row for each object in the archive. Keys are JSON arrays. A piece whose rows were deleted here never changes again.
CREATE TABLE archive_pieces (
  log         TEXT    NOT NULL,
  hour        INTEGER NOT NULL,
  piece       INTEGER NOT NULL CHECK (piece > 0),
  row_count   INTEGER NOT NULL CHECK (row_count > 0),
  first_key   TEXT    NOT NULL CHECK (json_valid(first_key)),
  last_key    TEXT    NOT NULL CHECK (json_valid(last_key)),
  bytes       INTEGER NOT NULL CHECK (bytes > 0),
  sha256      TEXT    NOT NULL CHECK (length(sha256) = 64),
  archived_at INTEGER NOT NULL,
  deleted_at  INTEGER,
  PRIMARY KEY (log, hour, piece)
) STRICT, WITHOUT ROWID;

-- Pieces whose rows are still here: what retention looks for.
CREATE INDEX archive_pieces_still_here ON archive_pieces (log, hour, piece) WHERE deleted_at IS NULL;

CREATE TRIGGER hour_is_due_when_click_comes AFTER INSERT ON clicks
BEGIN
  INSERT INTO due_hours (log, hour) VALUES ('clicks', NEW.clicked_at / 3600000)
  ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0;
END;

INSERT INTO due_hours (log, hour) SELECT DISTINCT 'clicks', clicked_at / 3600000 FROM clicks;
