-- Links are due to be published where something of their affiliate changed that the edge knows, and not where its account or its name on statements did.
DROP TRIGGER due_when_affiliate_changes;

CREATE TRIGGER due_when_affiliate_changes AFTER UPDATE OF slug, status, test ON affiliates
BEGIN
  INSERT INTO due_records SELECT 'link', number, NEW.updated_at FROM links WHERE affiliate = NEW.number
  ON CONFLICT (kind, number) DO UPDATE SET changed_at = excluded.changed_at;
END;
