-- Who it was besides the name that a token was given: the token's ID, by which way, and from where, as a keyed hash of the address, which is never kept.
-- NULL in what was logged before.
ALTER TABLE audit ADD COLUMN token TEXT;
ALTER TABLE audit ADD COLUMN way TEXT CHECK (way IS NULL OR way IN ('page', 'api', 'access', 'script'));
ALTER TABLE audit ADD COLUMN address TEXT CHECK (address IS NULL OR length(address) = 16);

-- INSERT OR REPLACE deletes what stands in its way without asking triggers of deletion.
CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- An entry that is there stays as it is: what comes again, as redelivery does, changes nothing, in whatever words it is written.
CREATE TRIGGER entries_are_never_replaced BEFORE INSERT ON entries
WHEN EXISTS (SELECT 1 FROM entries WHERE conversion_id = NEW.conversion_id AND seq = NEW.seq)
BEGIN
  SELECT RAISE(IGNORE);
END;

-- The ledger's repair takes a conversion away whole and writes it anew from its object, the conversion first; no entry goes while its conversion stays.
CREATE TRIGGER entries_are_never_deleted_alone BEFORE DELETE ON entries
WHEN EXISTS (SELECT 1 FROM conversions WHERE conversion_id = OLD.conversion_id)
BEGIN
  SELECT RAISE(ABORT, 'entries are append-only');
END;
