-- That this database was taken back behind minutes that the signed log has published, such as by a restore to a bookmark: found by the ledger, said by an operator, then logged. Up to the
-- link of the audit log's chain that is named here, all heads that were logged before are there as they were, and none need be behind it. Hashes are in base64.
CREATE TABLE restorations (
  -- How many minutes were published when it was found, or the minute that it was found by.
  size       INTEGER PRIMARY KEY CHECK (size > 0),
  number     INTEGER NOT NULL CHECK (number >= 0),
  head       TEXT    NOT NULL CHECK (length(head) = 44),
  found_at   INTEGER NOT NULL,
  -- When an operator said that it was restored, and who; NULL until then.
  said_at    INTEGER,
  who        TEXT,
  -- Under which checkpoint the signed log has it; NULL until then.
  checkpoint INTEGER,
  CHECK ((said_at IS NULL) = (who IS NULL) AND (checkpoint IS NULL OR said_at IS NOT NULL))
) STRICT;

CREATE TRIGGER restorations_are_said_and_logged_once BEFORE UPDATE ON restorations
WHEN (NEW.size, NEW.found_at) IS NOT (OLD.size, OLD.found_at)
  -- Until it is logged it may turn out that heads further before are gone, where it was restored to what was left once.
  OR ((NEW.number, NEW.head) IS NOT (OLD.number, OLD.head) AND (OLD.checkpoint IS NOT NULL OR NEW.number >= OLD.number))
  OR (OLD.said_at IS NOT NULL AND (NEW.said_at, NEW.who) IS NOT (OLD.said_at, OLD.who))
  OR (OLD.checkpoint IS NOT NULL AND NEW.checkpoint IS NOT OLD.checkpoint)
BEGIN
  SELECT RAISE(ABORT, 'what the signed log lost is said once');
END;

CREATE TRIGGER restorations_are_never_deleted BEFORE DELETE ON restorations
BEGIN
  SELECT RAISE(ABORT, 'what the signed log lost is said once');
END;
