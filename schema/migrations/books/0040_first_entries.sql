-- The first entry of a conversion lies in the conversion's own row, since rows are billed and not bytes: one row is written in the place of three, and it is found by time
-- all the same, since an ID begins with the time at which the first entry was received. An array: kind, status, amount, revenue, payout, receipt, received_at, rule, note.
-- Null where it lies in `entries`: of conversions that are older than this, and of an entry that was received at another time than its conversion's ID says.
ALTER TABLE conversions ADD COLUMN first_entry TEXT CHECK (first_entry IS NULL OR json_valid(first_entry));

CREATE VIEW first_entries AS
SELECT conversion_id, 1 AS seq, first_entry ->> 0 AS kind, first_entry ->> 1 AS status, first_entry ->> 2 AS amount, first_entry ->> 3 AS revenue, first_entry ->> 4 AS payout,
  first_entry ->> 5 AS receipt, first_entry ->> 6 AS received_at, first_entry ->> 7 AS rule, first_entry ->> 8 AS note
FROM conversions WHERE first_entry IS NOT NULL;

-- All entries, wherever they lie.
CREATE VIEW all_entries AS
SELECT conversion_id, seq, kind, status, amount, revenue, payout, receipt, received_at, rule, note FROM first_entries
UNION ALL SELECT conversion_id, seq, kind, status, amount, revenue, payout, receipt, received_at, rule, note FROM entries;

-- It is there once: what an older ledger writes besides, or writes again, is passed over.
CREATE TRIGGER first_entry_is_there_once BEFORE INSERT ON entries
WHEN NEW.seq = 1 AND EXISTS (SELECT 1 FROM conversions WHERE conversion_id = NEW.conversion_id AND first_entry IS NOT NULL)
BEGIN
  SELECT RAISE(IGNORE);
END;

-- As entries are, it is append-only, but for the note that somebody wrote, which can be erased; and it goes with its conversion alone.
CREATE TRIGGER first_entry_is_never_changed BEFORE UPDATE OF first_entry ON conversions
WHEN NEW.first_entry IS NOT OLD.first_entry
  AND NOT (OLD.first_entry ->> 8 IS NOT NULL AND NEW.first_entry IS json_replace(OLD.first_entry, '$[8]', 'erased'))
BEGIN
  SELECT RAISE(ABORT, 'entries are append-only');
END;

CREATE TRIGGER hour_is_due_when_first_entry_comes AFTER INSERT ON conversions WHEN NEW.first_entry IS NOT NULL
BEGIN
  INSERT INTO due_hours (log, hour) VALUES ('entries', (NEW.first_entry ->> 6) / 3600000)
  ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0;
END;

CREATE TRIGGER hour_is_due_when_first_entry_goes AFTER DELETE ON conversions WHEN OLD.first_entry IS NOT NULL
BEGIN
  INSERT INTO due_hours (log, hour) VALUES ('entries', (OLD.first_entry ->> 6) / 3600000)
  ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0;
END;

CREATE TRIGGER hour_is_due_when_first_note_is_erased AFTER UPDATE OF first_entry ON conversions WHEN NEW.first_entry IS NOT OLD.first_entry AND OLD.first_entry IS NOT NULL
BEGIN
  INSERT INTO due_hours (log, hour) VALUES ('entries', (OLD.first_entry ->> 6) / 3600000)
  ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0;
END;
