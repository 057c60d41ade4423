-- Since when its bank details are what they are, and who said so: a changed account is what frauds begin with. Null where they were set before this column.
ALTER TABLE affiliates ADD COLUMN bank_changed_at INTEGER;
ALTER TABLE affiliates ADD COLUMN bank_changed_by TEXT;

-- What waits to be paid is few among all that was.
CREATE INDEX statements_unpaid ON statements (owner_type, id) WHERE state = 'final';
