-- What stands before the sender's word on a conversion: a hold, or an operator's rejection; and for what.
ALTER TABLE conversions ADD COLUMN hold TEXT NOT NULL DEFAULT '' CHECK (hold IN ('', 'held', 'rejected_by_operator'));
ALTER TABLE conversions ADD COLUMN hold_reason TEXT;

-- Few are held at a time, and operators look for them.
CREATE INDEX conversions_held ON conversions (conversion_id) WHERE hold = 'held';

-- A sale of more than this is held for an operator; where nothing is set, the currency decides.
ALTER TABLE offers ADD COLUMN max_amount INTEGER CHECK (max_amount BETWEEN 0 AND 1000000000000000);

-- An affiliate can be in review. A check cannot be changed, so the column is made anew; links are due to be published only where something changed.
DROP TRIGGER due_when_affiliate_changes;

ALTER TABLE affiliates RENAME COLUMN status TO status_before;
ALTER TABLE affiliates ADD COLUMN status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended', 'review'));
UPDATE affiliates SET status = status_before;
ALTER TABLE affiliates DROP COLUMN status_before;

CREATE TRIGGER due_when_affiliate_changes AFTER UPDATE ON affiliates
BEGIN
  INSERT INTO due_records SELECT 'link', number, NEW.updated_at FROM links WHERE affiliate = NEW.number
  ON CONFLICT (kind, number) DO UPDATE SET changed_at = excluded.changed_at;
END;
