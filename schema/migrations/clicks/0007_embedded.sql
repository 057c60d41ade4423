-- Clicks that a page made and no visitor: as an image, a frame, a script. They are provisional ones with a mark, since a check of `kind` is changed only by copying the table,
-- for which a full database has no room. They do not count until a conversion follows, and have a sum of their own.
ALTER TABLE clicks ADD COLUMN embedded INTEGER NOT NULL DEFAULT 0 CHECK (embedded IN (0, 1));
ALTER TABLE click_quarters ADD COLUMN embedded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE click_spans ADD COLUMN embedded INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER click_is_counted;
DROP TRIGGER late_click_is_counted;

CREATE TRIGGER click_is_counted AFTER INSERT ON clicks
WHEN (NEW.kind <> 'provisional' OR NEW.embedded = 1) AND NEW.clicked_at >= (SELECT from_at FROM kept WHERE log = 'clicks')
BEGIN
  INSERT INTO click_quarters (quarter, link, offer, affiliate, advertiser, country, device, test, clicks, uniques, bots, embedded) VALUES (
    NEW.clicked_at / 900000, NEW.link, NEW.offer, NEW.affiliate, NEW.advertiser, coalesce(NEW.country, ''), coalesce(NEW.device, ''), NEW.test,
    NEW.kind = 'counted', NEW.first_visit, NEW.kind = 'bot', NEW.embedded
  )
  ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks, uniques = uniques + excluded.uniques, bots = bots + excluded.bots, embedded = embedded + excluded.embedded;
END;

CREATE TRIGGER late_click_is_counted AFTER INSERT ON clicks
WHEN (NEW.kind <> 'provisional' OR NEW.embedded = 1) AND NEW.clicked_at >= (SELECT from_at FROM kept WHERE log = 'clicks')
  AND NEW.clicked_at / 900000 < (SELECT max(until) FROM sealed_spans)
BEGIN
  INSERT INTO click_spans (unit, start, link, offer, affiliate, advertiser, test, clicks, uniques, bots, embedded)
  SELECT unit, NEW.clicked_at / 900000 / quarters * quarters, NEW.link, NEW.offer, NEW.affiliate, NEW.advertiser, NEW.test,
    NEW.kind = 'counted', NEW.first_visit, NEW.kind = 'bot', NEW.embedded
  FROM sealed_spans AS sealed WHERE NEW.clicked_at / 900000 < until AND NOT EXISTS (
    SELECT 1 FROM unsealed_spans AS held
    WHERE held.unit = sealed.unit AND held.advertiser = NEW.advertiser AND held.start <= NEW.clicked_at / 900000 AND held.until > NEW.clicked_at / 900000
  )
  ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks, uniques = uniques + excluded.uniques, bots = bots + excluded.bots, embedded = embedded + excluded.embedded;
END;
