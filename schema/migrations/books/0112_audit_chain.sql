-- The audit log, chained: of each of its rows the hash over what it says, and a head over the head before and that hash. The ledger's cron enters what came since, every minute, and the
-- signed log has the last head: what is changed, removed or added afterwards is found by name. Hashes are in base64.
CREATE TABLE audit_chain (
  number     INTEGER PRIMARY KEY,
  hash       TEXT    NOT NULL CHECK (length(hash) = 44),
  head       TEXT    NOT NULL CHECK (length(head) = 44),
  -- Under which the head stands in the signed log; NULL of most, and of the last until it does.
  checkpoint INTEGER
) STRICT;

CREATE TRIGGER audit_chain_is_never_changed BEFORE UPDATE ON audit_chain
WHEN OLD.checkpoint IS NOT NULL OR (NEW.number, NEW.hash, NEW.head) IS NOT (OLD.number, OLD.hash, OLD.head)
BEGIN
  SELECT RAISE(ABORT, 'the chain of the audit log is append-only');
END;

CREATE TRIGGER audit_chain_is_never_deleted BEFORE DELETE ON audit_chain
BEGIN
  SELECT RAISE(ABORT, 'the chain of the audit log is append-only');
END;

CREATE TRIGGER audit_chain_is_never_replaced BEFORE INSERT ON audit_chain WHEN EXISTS (SELECT 1 FROM audit_chain WHERE number = NEW.number)
BEGIN
  SELECT RAISE(IGNORE);
END;
