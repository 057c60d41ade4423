-- What could not be added up when its hour or day was sealed: the advertiser's cells of that time are read by quarter-hours until it can. So one advertiser's trouble
-- holds up nobody else's sums. The books have the same table.
CREATE TABLE unsealed_spans (
  unit       TEXT    NOT NULL CHECK (unit IN ('hour', 'day')),
  advertiser INTEGER NOT NULL,
  start      INTEGER NOT NULL,
  until      INTEGER NOT NULL CHECK (until > start),
  PRIMARY KEY (unit, advertiser, start)
) STRICT, WITHOUT ROWID;

DROP TRIGGER late_click_is_counted;

CREATE TRIGGER late_click_is_counted AFTER INSERT ON clicks
WHEN NEW.kind <> 'provisional' AND NEW.clicked_at >= (SELECT from_at FROM kept WHERE log = 'clicks')
  AND NEW.clicked_at / 900000 < (SELECT max(until) FROM sealed_spans)
BEGIN
  INSERT INTO click_spans
  SELECT unit, NEW.clicked_at / 900000 / quarters * quarters, NEW.link, NEW.offer, NEW.affiliate, NEW.advertiser, NEW.test,
    NEW.kind = 'counted', NEW.first_visit, NEW.kind = 'bot'
  FROM sealed_spans AS sealed WHERE NEW.clicked_at / 900000 < until AND NOT EXISTS (
    SELECT 1 FROM unsealed_spans AS held
    WHERE held.unit = sealed.unit AND held.advertiser = NEW.advertiser AND held.start <= NEW.clicked_at / 900000 AND held.until > NEW.clicked_at / 900000
  )
  ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks, uniques = uniques + excluded.uniques, bots = bots + excluded.bots;
END;
