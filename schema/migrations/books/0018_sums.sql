-- Sums of money in two parts: whole units, and the rest in micros, each the sign of the whole. A sum of micros passes 63 bits with 1,845 conversions at the limits of amount
-- and percentage, and then nothing could be counted or added up any more; units last for some 1,800,000,000 such conversions, and the rest lasts longer still.

-- What could not be added up when its hour or day was sealed: the advertiser's cells of that time are read by quarter-hours until it can. So one advertiser's trouble holds up nobody else's sums.
CREATE TABLE unsealed_spans (
  unit       TEXT    NOT NULL CHECK (unit IN ('hour', 'day')),
  advertiser INTEGER NOT NULL,
  start      INTEGER NOT NULL,
  until      INTEGER NOT NULL CHECK (until > start),
  PRIMARY KEY (unit, advertiser, start)
) STRICT, WITHOUT ROWID;

DROP TRIGGER conversion_is_counted;
DROP TRIGGER conversion_leaves_its_cells;
DROP TRIGGER conversion_enters_its_cells;
DROP TRIGGER conversion_is_no_longer_counted;
DROP TRIGGER sealed_conversions_begin;
DROP TRIGGER sealed_conversions_change;

-- In place, so that a full database needs no room for a copy.
ALTER TABLE conversion_quarters RENAME COLUMN amount TO amount_units;
ALTER TABLE conversion_quarters RENAME COLUMN revenue TO revenue_units;
ALTER TABLE conversion_quarters RENAME COLUMN payout TO payout_units;
ALTER TABLE conversion_quarters ADD COLUMN amount_rest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversion_quarters ADD COLUMN revenue_rest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversion_quarters ADD COLUMN payout_rest INTEGER NOT NULL DEFAULT 0;
UPDATE conversion_quarters SET amount_units = amount_units / 1000000, revenue_units = revenue_units / 1000000, payout_units = payout_units / 1000000,
  amount_rest = amount_units % 1000000, revenue_rest = revenue_units % 1000000, payout_rest = payout_units % 1000000;

ALTER TABLE conversion_spans RENAME COLUMN amount TO amount_units;
ALTER TABLE conversion_spans RENAME COLUMN revenue TO revenue_units;
ALTER TABLE conversion_spans RENAME COLUMN payout TO payout_units;
ALTER TABLE conversion_spans ADD COLUMN amount_rest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversion_spans ADD COLUMN revenue_rest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversion_spans ADD COLUMN payout_rest INTEGER NOT NULL DEFAULT 0;
UPDATE conversion_spans SET amount_units = amount_units / 1000000, revenue_units = revenue_units / 1000000, payout_units = payout_units / 1000000,
  amount_rest = amount_units % 1000000, revenue_rest = revenue_units % 1000000, payout_rest = payout_units % 1000000;

CREATE TRIGGER conversion_is_counted AFTER INSERT ON conversions
BEGIN
  INSERT INTO conversion_quarters (clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount_units, revenue_units, payout_units, amount_rest, revenue_rest, payout_rest)
  SELECT clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount / 1000000, revenue / 1000000, payout / 1000000, amount % 1000000, revenue % 1000000, payout % 1000000
  FROM conversion_cells WHERE conversion_id = NEW.conversion_id
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders,
    amount_units = amount_units + excluded.amount_units, revenue_units = revenue_units + excluded.revenue_units, payout_units = payout_units + excluded.payout_units,
    amount_rest = amount_rest + excluded.amount_rest, revenue_rest = revenue_rest + excluded.revenue_rest, payout_rest = payout_rest + excluded.payout_rest;
END;

CREATE TRIGGER conversion_leaves_its_cells BEFORE UPDATE ON conversions
BEGIN
  INSERT INTO conversion_quarters (clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount_units, revenue_units, payout_units, amount_rest, revenue_rest, payout_rest)
  SELECT clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, -conversions, -orders, amount / -1000000, revenue / -1000000, payout / -1000000, -(amount % 1000000), -(revenue % 1000000), -(payout % 1000000)
  FROM conversion_cells WHERE conversion_id = OLD.conversion_id
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders,
    amount_units = amount_units + excluded.amount_units, revenue_units = revenue_units + excluded.revenue_units, payout_units = payout_units + excluded.payout_units,
    amount_rest = amount_rest + excluded.amount_rest, revenue_rest = revenue_rest + excluded.revenue_rest, payout_rest = payout_rest + excluded.payout_rest;
END;

CREATE TRIGGER conversion_enters_its_cells AFTER UPDATE ON conversions
BEGIN
  INSERT INTO conversion_quarters (clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount_units, revenue_units, payout_units, amount_rest, revenue_rest, payout_rest)
  SELECT clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount / 1000000, revenue / 1000000, payout / 1000000, amount % 1000000, revenue % 1000000, payout % 1000000
  FROM conversion_cells WHERE conversion_id = NEW.conversion_id
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders,
    amount_units = amount_units + excluded.amount_units, revenue_units = revenue_units + excluded.revenue_units, payout_units = payout_units + excluded.payout_units,
    amount_rest = amount_rest + excluded.amount_rest, revenue_rest = revenue_rest + excluded.revenue_rest, payout_rest = payout_rest + excluded.payout_rest;
END;

CREATE TRIGGER conversion_is_no_longer_counted BEFORE DELETE ON conversions
BEGIN
  INSERT INTO conversion_quarters (clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount_units, revenue_units, payout_units, amount_rest, revenue_rest, payout_rest)
  SELECT clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, -conversions, -orders, amount / -1000000, revenue / -1000000, payout / -1000000, -(amount % 1000000), -(revenue % 1000000), -(payout % 1000000)
  FROM conversion_cells WHERE conversion_id = OLD.conversion_id
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders,
    amount_units = amount_units + excluded.amount_units, revenue_units = revenue_units + excluded.revenue_units, payout_units = payout_units + excluded.payout_units,
    amount_rest = amount_rest + excluded.amount_rest, revenue_rest = revenue_rest + excluded.revenue_rest, payout_rest = payout_rest + excluded.payout_rest;
END;

CREATE TRIGGER sealed_conversions_begin AFTER INSERT ON conversion_quarters
WHEN NEW.quarter < (SELECT max(until) FROM sealed_spans)
BEGIN
  INSERT INTO conversion_spans (unit, clock, start, link, offer, affiliate, advertiser, event, status, currency, test, conversions, orders, amount_units, revenue_units, payout_units, amount_rest, revenue_rest, payout_rest)
  SELECT unit, NEW.clock, NEW.quarter / quarters * quarters, NEW.link, NEW.offer, NEW.affiliate, NEW.advertiser, NEW.event, NEW.status, NEW.currency, NEW.test,
    NEW.conversions, NEW.orders, NEW.amount_units, NEW.revenue_units, NEW.payout_units, NEW.amount_rest, NEW.revenue_rest, NEW.payout_rest
  FROM sealed_spans AS sealed WHERE NEW.quarter < until AND NOT EXISTS (
    SELECT 1 FROM unsealed_spans AS held
    WHERE held.unit = sealed.unit AND held.advertiser = NEW.advertiser AND held.start <= NEW.quarter AND held.until > NEW.quarter
  )
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders,
    amount_units = amount_units + excluded.amount_units, revenue_units = revenue_units + excluded.revenue_units, payout_units = payout_units + excluded.payout_units,
    amount_rest = amount_rest + excluded.amount_rest, revenue_rest = revenue_rest + excluded.revenue_rest, payout_rest = payout_rest + excluded.payout_rest;
END;

CREATE TRIGGER sealed_conversions_change AFTER UPDATE ON conversion_quarters
WHEN NEW.quarter < (SELECT max(until) FROM sealed_spans)
BEGIN
  INSERT INTO conversion_spans (unit, clock, start, link, offer, affiliate, advertiser, event, status, currency, test, conversions, orders, amount_units, revenue_units, payout_units, amount_rest, revenue_rest, payout_rest)
  SELECT unit, NEW.clock, NEW.quarter / quarters * quarters, NEW.link, NEW.offer, NEW.affiliate, NEW.advertiser, NEW.event, NEW.status, NEW.currency, NEW.test,
    NEW.conversions - OLD.conversions, NEW.orders - OLD.orders, NEW.amount_units - OLD.amount_units, NEW.revenue_units - OLD.revenue_units, NEW.payout_units - OLD.payout_units, NEW.amount_rest - OLD.amount_rest, NEW.revenue_rest - OLD.revenue_rest, NEW.payout_rest - OLD.payout_rest
  FROM sealed_spans AS sealed WHERE NEW.quarter < until AND NOT EXISTS (
    SELECT 1 FROM unsealed_spans AS held
    WHERE held.unit = sealed.unit AND held.advertiser = NEW.advertiser AND held.start <= NEW.quarter AND held.until > NEW.quarter
  )
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders,
    amount_units = amount_units + excluded.amount_units, revenue_units = revenue_units + excluded.revenue_units, payout_units = payout_units + excluded.payout_units,
    amount_rest = amount_rest + excluded.amount_rest, revenue_rest = revenue_rest + excluded.revenue_rest, payout_rest = payout_rest + excluded.payout_rest;
END;
