-- The signed log: a row for each minute in which something was entered that proves the books. A minute is a leaf of one tree, and checkpoint N is that tree with N leaves. Its heads, tiles and
-- signed checkpoints lie in the archive's bucket; here is what is needed to go on, and to show that a leaf is under a root. Hashes are in base64.
CREATE TABLE checkpoints (
  number       INTEGER PRIMARY KEY CHECK (number > 0),
  at           INTEGER NOT NULL,
  -- Over the heads of the minute, and over all leaves so far.
  minute       TEXT    NOT NULL CHECK (length(minute) = 44),
  root         TEXT    NOT NULL CHECK (length(root) = 44),
  -- What this leaf completes: its own hash, and where it is the last of 256, or of 256 times so many, the roots of those.
  hashes       TEXT    NOT NULL CHECK (json_valid(hashes)),
  -- When it was signed and could be read by everybody; NULL until then, which is done again as long as it is.
  published_at INTEGER
) STRICT;

CREATE INDEX checkpoints_by_time ON checkpoints (at);

CREATE TRIGGER checkpoints_are_never_changed BEFORE UPDATE OF number, at, minute, root, hashes ON checkpoints
BEGIN
  SELECT RAISE(ABORT, 'the signed log is append-only');
END;

CREATE TRIGGER checkpoints_are_never_deleted BEFORE DELETE ON checkpoints
BEGIN
  SELECT RAISE(ABORT, 'the signed log is append-only');
END;

CREATE TRIGGER checkpoints_are_never_replaced BEFORE INSERT ON checkpoints WHEN EXISTS (SELECT 1 FROM checkpoints WHERE number = NEW.number)
BEGIN
  SELECT RAISE(IGNORE);
END;

CREATE TRIGGER checkpoints_have_no_gap BEFORE INSERT ON checkpoints WHEN NEW.number > 1 AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE number = NEW.number - 1)
BEGIN
  SELECT RAISE(ABORT, 'a checkpoint is missing before this one');
END;
