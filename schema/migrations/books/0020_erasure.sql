-- Somebody's data can be erased, everywhere it lies. Money and times stay as they are; of an entry goes the note that somebody wrote.
DROP TRIGGER entries_are_append_only;
CREATE TRIGGER entries_are_append_only BEFORE UPDATE ON entries
WHEN NOT (
  NEW.note = 'erased' AND OLD.note IS NOT NULL AND NEW.conversion_id = OLD.conversion_id AND NEW.seq = OLD.seq AND NEW.kind = OLD.kind AND NEW.status = OLD.status
  AND NEW.amount = OLD.amount AND NEW.revenue = OLD.revenue AND NEW.payout = OLD.payout AND NEW.receipt = OLD.receipt AND NEW.received_at = OLD.received_at
  AND NEW.rule = OLD.rule
)
BEGIN
  SELECT RAISE(ABORT, 'entries are append-only');
END;

CREATE TRIGGER hour_is_due_when_note_is_erased AFTER UPDATE OF note ON entries
BEGIN
  INSERT INTO due_hours (log, hour) VALUES ('entries', NEW.received_at / 3600000)
  ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0;
END;

-- Of what an operator said of a conversion, or a claim, go the words: who did what, and when, stays.
DROP TRIGGER audit_is_never_changed;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
WHEN NOT (
  OLD.kind IN ('conversion', 'claims') AND NEW.after IS json_replace(OLD.after, '$.note', 'erased', '$.refund_id', 'erased')
  AND NEW.number = OLD.number AND NEW.at = OLD.at AND NEW.actor = OLD.actor AND NEW.role = OLD.role AND NEW.action = OLD.action AND NEW.kind = OLD.kind
  AND NEW.subject = OLD.subject AND NEW.before IS OLD.before AND NEW.token IS OLD.token AND NEW.way IS OLD.way AND NEW.address IS OLD.address
)
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
