-- Click IDs and visitors that are erased, by what replaced them: a click that comes to the log later is met by it.
CREATE TABLE erased (
  name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- A click's row never changes but for this.
CREATE TRIGGER hour_is_due_when_click_is_erased AFTER UPDATE ON clicks
BEGIN
  INSERT INTO due_hours (log, hour) VALUES ('clicks', NEW.clicked_at / 3600000)
  ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0;
END;
