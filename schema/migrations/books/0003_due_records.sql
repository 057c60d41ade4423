-- Records of the edge that are due to be published, because something that they are made of changed. The console publishes at once when it saves;
-- a minute later it publishes what stands here once more, and strikes it off. So neither a failed write to KV nor two changes that overtake
-- each other leave the edge with an old record, and an offer with a hundred thousand links is published piece by piece.
CREATE TABLE due_records (
  kind       TEXT    NOT NULL CHECK (kind IN ('advertiser', 'link')),
  number     INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER due_when_advertiser_is_made AFTER INSERT ON advertisers
BEGIN
  INSERT INTO due_records VALUES ('advertiser', NEW.number, NEW.updated_at)
  ON CONFLICT (kind, number) DO UPDATE SET changed_at = excluded.changed_at;
END;

CREATE TRIGGER due_when_advertiser_changes AFTER UPDATE ON advertisers
BEGIN
  INSERT INTO due_records VALUES ('advertiser', NEW.number, NEW.updated_at)
  ON CONFLICT (kind, number) DO UPDATE SET changed_at = excluded.changed_at;
END;

CREATE TRIGGER due_when_advertiser_opens_or_closes AFTER UPDATE OF status ON advertisers WHEN NEW.status <> OLD.status
BEGIN
  INSERT INTO due_records
  SELECT 'link', links.number, NEW.updated_at FROM links JOIN offers ON offers.number = links.offer WHERE offers.advertiser = NEW.number
  ON CONFLICT (kind, number) DO UPDATE SET changed_at = excluded.changed_at;
END;

CREATE TRIGGER due_when_affiliate_changes AFTER UPDATE ON affiliates
BEGIN
  INSERT INTO due_records SELECT 'link', number, NEW.updated_at FROM links WHERE affiliate = NEW.number
  ON CONFLICT (kind, number) DO UPDATE SET changed_at = excluded.changed_at;
END;

CREATE TRIGGER due_when_offer_changes AFTER UPDATE ON offers
BEGIN
  INSERT INTO due_records SELECT 'link', number, NEW.updated_at FROM links WHERE offer = NEW.number
  ON CONFLICT (kind, number) DO UPDATE SET changed_at = excluded.changed_at;
END;

CREATE TRIGGER due_when_link_is_made AFTER INSERT ON links
BEGIN
  INSERT INTO due_records VALUES ('link', NEW.number, NEW.updated_at)
  ON CONFLICT (kind, number) DO UPDATE SET changed_at = excluded.changed_at;
END;

CREATE TRIGGER due_when_link_changes AFTER UPDATE ON links
BEGIN
  INSERT INTO due_records VALUES ('link', NEW.number, NEW.updated_at)
  ON CONFLICT (kind, number) DO UPDATE SET changed_at = excluded.changed_at;
END;
