-- The cells of quarter-hours told so much apart that nearly every conversion had one of its own, on either clock: two billed rows that added nothing up. They go. What hours and days
-- cannot answer is read from the conversions themselves: by receipt in the order of their IDs, by click through the lists of kind `clicked`. Hours and days stay, and are added up
-- when time is closed, in the transaction that lists; so both have exactly the conversions before `until`. What comes late, or changes, behind it is counted by triggers.
DROP TRIGGER conversion_is_counted;
DROP TRIGGER conversion_leaves_its_cells;
DROP TRIGGER conversion_enters_its_cells;
DROP TRIGGER conversion_is_no_longer_counted;
DROP VIEW conversion_cells;
DROP TABLE conversion_quarters;
DROP TABLE conversion_spans;
DROP TABLE sealed_spans;
-- Whatever cannot be added up is not closed, and read itself.
DROP TABLE unsealed_spans;

-- Closing begins anew, with hours and lists together; the cron does it, as much in a run as it may take.
DELETE FROM conversion_lists;
UPDATE closed_conversions SET until = '';
-- UTC days before this, in quarter-hours since 1970, are added up.
ALTER TABLE closed_conversions ADD COLUMN days INTEGER NOT NULL DEFAULT 0 CHECK (days % 96 = 0);

-- `start` in quarter-hours since 1970. Money in whole units and the rest in micros.
CREATE TABLE conversion_spans (
  unit          TEXT    NOT NULL CHECK (unit IN ('hour', 'day')),
  clock         TEXT    NOT NULL CHECK (clock IN ('received', 'clicked')),
  start         INTEGER NOT NULL CHECK (start % 4 = 0),
  link          INTEGER NOT NULL,
  offer         INTEGER NOT NULL,
  affiliate     INTEGER NOT NULL,
  advertiser    INTEGER NOT NULL,
  event         TEXT    NOT NULL,
  status        TEXT    NOT NULL,
  currency      TEXT    NOT NULL,
  test          INTEGER NOT NULL,
  conversions   INTEGER NOT NULL,
  orders        INTEGER NOT NULL,
  amount_units  INTEGER NOT NULL,
  revenue_units INTEGER NOT NULL,
  payout_units  INTEGER NOT NULL,
  amount_rest   INTEGER NOT NULL,
  revenue_rest  INTEGER NOT NULL,
  payout_rest   INTEGER NOT NULL,
  PRIMARY KEY (unit, clock, start, link, offer, affiliate, advertiser, event, status, currency, test)
) STRICT, WITHOUT ROWID;

-- What a conversion counts, and where: in an hour of either clock, and in its UTC day where that is added up already.
CREATE VIEW conversion_cells AS
SELECT conversion_id, unit, clock,
  iif(unit = 'day', iif(clock = 'received', received_at, clicked_at) / 86400000 * 96, iif(clock = 'received', received_at, clicked_at) / 3600000 * 4) AS start,
  link, offer, affiliate, advertiser, event, status, currency, test, 1 AS conversions, amount > 0 AS orders,
  amount / 1000000 AS amount_units, revenue / 1000000 AS revenue_units, payout / 1000000 AS payout_units,
  amount % 1000000 AS amount_rest, revenue % 1000000 AS revenue_rest, payout % 1000000 AS payout_rest
FROM conversions CROSS JOIN (SELECT 'received' AS clock UNION ALL SELECT 'clicked') CROSS JOIN (SELECT 'hour' AS unit UNION ALL SELECT 'day')
WHERE unit = 'hour' OR iif(clock = 'received', received_at, clicked_at) / 900000 < (SELECT days FROM closed_conversions);

CREATE TRIGGER late_conversion_is_counted AFTER INSERT ON conversions
WHEN NEW.conversion_id < (SELECT until FROM closed_conversions)
BEGIN
  INSERT INTO conversion_spans (unit, clock, start, link, offer, affiliate, advertiser, event, status, currency, test, conversions, orders, amount_units, revenue_units, payout_units, amount_rest, revenue_rest, payout_rest)
  SELECT unit, clock, start, link, offer, affiliate, advertiser, event, status, currency, test, conversions, orders, amount_units, revenue_units, payout_units, amount_rest, revenue_rest, payout_rest FROM conversion_cells WHERE conversion_id = NEW.conversion_id
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders, amount_units = amount_units + excluded.amount_units, revenue_units = revenue_units + excluded.revenue_units, payout_units = payout_units + excluded.payout_units, amount_rest = amount_rest + excluded.amount_rest, revenue_rest = revenue_rest + excluded.revenue_rest, payout_rest = payout_rest + excluded.payout_rest;
END;

-- An approval, a correction: most changes move it from one cell to another. A click that is joined moves nothing.
CREATE TRIGGER closed_conversion_leaves_its_cells BEFORE UPDATE ON conversions
WHEN OLD.conversion_id < (SELECT until FROM closed_conversions)
  AND (OLD.received_at / 3600000, OLD.clicked_at / 3600000, OLD.link, OLD.offer, OLD.affiliate, OLD.advertiser, OLD.event, OLD.status, OLD.currency, OLD.test, OLD.amount, OLD.revenue, OLD.payout)
    IS NOT (NEW.received_at / 3600000, NEW.clicked_at / 3600000, NEW.link, NEW.offer, NEW.affiliate, NEW.advertiser, NEW.event, NEW.status, NEW.currency, NEW.test, NEW.amount, NEW.revenue, NEW.payout)
BEGIN
  INSERT INTO conversion_spans (unit, clock, start, link, offer, affiliate, advertiser, event, status, currency, test, conversions, orders, amount_units, revenue_units, payout_units, amount_rest, revenue_rest, payout_rest)
  SELECT unit, clock, start, link, offer, affiliate, advertiser, event, status, currency, test, -conversions, -orders, -amount_units, -revenue_units, -payout_units, -amount_rest, -revenue_rest, -payout_rest FROM conversion_cells WHERE conversion_id = OLD.conversion_id
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders, amount_units = amount_units + excluded.amount_units, revenue_units = revenue_units + excluded.revenue_units, payout_units = payout_units + excluded.payout_units, amount_rest = amount_rest + excluded.amount_rest, revenue_rest = revenue_rest + excluded.revenue_rest, payout_rest = payout_rest + excluded.payout_rest;
END;

CREATE TRIGGER closed_conversion_enters_its_cells AFTER UPDATE ON conversions
WHEN NEW.conversion_id < (SELECT until FROM closed_conversions)
  AND (OLD.received_at / 3600000, OLD.clicked_at / 3600000, OLD.link, OLD.offer, OLD.affiliate, OLD.advertiser, OLD.event, OLD.status, OLD.currency, OLD.test, OLD.amount, OLD.revenue, OLD.payout)
    IS NOT (NEW.received_at / 3600000, NEW.clicked_at / 3600000, NEW.link, NEW.offer, NEW.affiliate, NEW.advertiser, NEW.event, NEW.status, NEW.currency, NEW.test, NEW.amount, NEW.revenue, NEW.payout)
BEGIN
  INSERT INTO conversion_spans (unit, clock, start, link, offer, affiliate, advertiser, event, status, currency, test, conversions, orders, amount_units, revenue_units, payout_units, amount_rest, revenue_rest, payout_rest)
  SELECT unit, clock, start, link, offer, affiliate, advertiser, event, status, currency, test, conversions, orders, amount_units, revenue_units, payout_units, amount_rest, revenue_rest, payout_rest FROM conversion_cells WHERE conversion_id = NEW.conversion_id
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders, amount_units = amount_units + excluded.amount_units, revenue_units = revenue_units + excluded.revenue_units, payout_units = payout_units + excluded.payout_units, amount_rest = amount_rest + excluded.amount_rest, revenue_rest = revenue_rest + excluded.revenue_rest, payout_rest = payout_rest + excluded.payout_rest;
END;

CREATE TRIGGER closed_conversion_is_no_longer_counted BEFORE DELETE ON conversions
WHEN OLD.conversion_id < (SELECT until FROM closed_conversions)
BEGIN
  INSERT INTO conversion_spans (unit, clock, start, link, offer, affiliate, advertiser, event, status, currency, test, conversions, orders, amount_units, revenue_units, payout_units, amount_rest, revenue_rest, payout_rest)
  SELECT unit, clock, start, link, offer, affiliate, advertiser, event, status, currency, test, -conversions, -orders, -amount_units, -revenue_units, -payout_units, -amount_rest, -revenue_rest, -payout_rest FROM conversion_cells WHERE conversion_id = OLD.conversion_id
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders, amount_units = amount_units + excluded.amount_units, revenue_units = revenue_units + excluded.revenue_units, payout_units = payout_units + excluded.payout_units, amount_rest = amount_rest + excluded.amount_rest, revenue_rest = revenue_rest + excluded.revenue_rest, payout_rest = payout_rest + excluded.payout_rest;
END;

-- What was received at another time than its ID says, since an earlier message of it was settled later: few. All others are found by the time in their IDs.
CREATE INDEX conversions_received_elsewhere ON conversions (received_at) WHERE received_at <> ((instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 1, 1)) - 1 << 45) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 2, 1)) - 1 << 40) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 3, 1)) - 1 << 35) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 4, 1)) - 1 << 30) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 5, 1)) - 1 << 25) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 6, 1)) - 1 << 20) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 7, 1)) - 1 << 15) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 8, 1)) - 1 << 10) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 9, 1)) - 1 << 5) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 10, 1)) - 1 << 0));
CREATE INDEX elsewhere_of_advertiser ON conversions (advertiser, received_at) WHERE received_at <> ((instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 1, 1)) - 1 << 45) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 2, 1)) - 1 << 40) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 3, 1)) - 1 << 35) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 4, 1)) - 1 << 30) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 5, 1)) - 1 << 25) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 6, 1)) - 1 << 20) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 7, 1)) - 1 << 15) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 8, 1)) - 1 << 10) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 9, 1)) - 1 << 5) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 10, 1)) - 1 << 0));
CREATE INDEX elsewhere_of_affiliate ON conversions (affiliate, received_at) WHERE received_at <> ((instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 1, 1)) - 1 << 45) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 2, 1)) - 1 << 40) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 3, 1)) - 1 << 35) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 4, 1)) - 1 << 30) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 5, 1)) - 1 << 25) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 6, 1)) - 1 << 20) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 7, 1)) - 1 << 15) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 8, 1)) - 1 << 10) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 9, 1)) - 1 << 5) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 10, 1)) - 1 << 0));
