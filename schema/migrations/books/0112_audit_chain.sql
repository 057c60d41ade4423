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

-- Hours of the click log whose pieces in the archive came, changed or went since the signed log had a root over them. `changes` counts, so that what changes while a root is made stays due.
CREATE TABLE due_click_roots (
  hour    INTEGER PRIMARY KEY,
  changes INTEGER NOT NULL
) STRICT;

CREATE TRIGGER click_root_is_due_when_piece_comes AFTER INSERT ON archive_pieces WHEN NEW.log = 'clicks'
BEGIN
  INSERT INTO due_click_roots VALUES (NEW.hour, 1) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;

CREATE TRIGGER click_root_is_due_when_piece_changes AFTER UPDATE OF sha256 ON archive_pieces WHEN NEW.log = 'clicks' AND OLD.sha256 <> NEW.sha256
BEGIN
  INSERT INTO due_click_roots VALUES (NEW.hour, 1) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;

CREATE TRIGGER click_root_is_due_when_piece_goes AFTER DELETE ON archive_pieces WHEN OLD.log = 'clicks'
BEGIN
  INSERT INTO due_click_roots VALUES (OLD.hour, 1) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;

INSERT INTO due_click_roots SELECT DISTINCT hour, 1 FROM archive_pieces WHERE log = 'clicks';
