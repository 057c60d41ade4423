-- A postback that came again with an earlier time leaves the hour that it stood in: the archive has to forget it there too.
CREATE TRIGGER hour_is_due_when_postback_moves AFTER UPDATE OF received_at ON postbacks
WHEN OLD.received_at / 3600000 <> NEW.received_at / 3600000
BEGIN
  INSERT INTO due_hours (log, hour) VALUES ('postbacks', OLD.received_at / 3600000)
  ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0;
END;
