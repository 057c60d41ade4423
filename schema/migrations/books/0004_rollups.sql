-- Rollups of the books: what reports over long ranges read. Each row of conversions and postbacks is counted in the quarter-hour (of 900,000 ms since
-- 1970) of its time, by triggers, so that a redelivery, which changes no row, counts nothing twice, and so that days can be cut in any time zone.
-- Text that is absent is '' here, since a key has no NULL. A cell whose rows have all moved elsewhere stays with zeros.

-- Since when rows of a log are kept. Whoever deletes what is past retention raises this first, in the same transaction: time before it is closed,
-- and what is deleted there stays counted.
CREATE TABLE kept (
  log     TEXT    PRIMARY KEY,
  from_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO kept VALUES ('postbacks', 0);

-- The buckets are those of workers/core/metrics/latency.ts: how many of its edges a duration has reached.
CREATE TABLE conversion_quarters (
  clock          TEXT    NOT NULL CHECK (clock IN ('received', 'clicked')),
  quarter        INTEGER NOT NULL,
  link           INTEGER NOT NULL,
  offer          INTEGER NOT NULL,
  affiliate      INTEGER NOT NULL,
  advertiser     INTEGER NOT NULL,
  event          TEXT    NOT NULL,
  status         TEXT    NOT NULL,
  currency       TEXT    NOT NULL,
  country        TEXT    NOT NULL,
  device         TEXT    NOT NULL,
  test           INTEGER NOT NULL,
  click_bucket   INTEGER NOT NULL,
  arrival_bucket INTEGER NOT NULL,
  conversions    INTEGER NOT NULL,
  orders         INTEGER NOT NULL,
  amount         INTEGER NOT NULL,
  revenue        INTEGER NOT NULL,
  payout         INTEGER NOT NULL,
  PRIMARY KEY (clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket)
) STRICT, WITHOUT ROWID;

-- Where a conversion is counted, and as what: once on either clock. `click_bucket` is from the click to the conversion, `arrival_bucket` from there to its receipt.
CREATE VIEW conversion_cells AS
SELECT conversion_id, clock, iif(clock = 'received', received_at, clicked_at) / 900000 AS quarter,
  link, offer, affiliate, advertiser, event, status, currency, coalesce(country, '') AS country, coalesce(device, '') AS device, test,
    (occurred_at - clicked_at >= 1000) + (occurred_at - clicked_at >= 5000) + (occurred_at - clicked_at >= 10000) + (occurred_at - clicked_at >= 30000) + (occurred_at - clicked_at >= 60000) + (occurred_at - clicked_at >= 120000)
    + (occurred_at - clicked_at >= 300000) + (occurred_at - clicked_at >= 600000) + (occurred_at - clicked_at >= 1800000) + (occurred_at - clicked_at >= 3600000) + (occurred_at - clicked_at >= 7200000) + (occurred_at - clicked_at >= 14400000)
    + (occurred_at - clicked_at >= 28800000) + (occurred_at - clicked_at >= 43200000) + (occurred_at - clicked_at >= 86400000) + (occurred_at - clicked_at >= 172800000) + (occurred_at - clicked_at >= 259200000) + (occurred_at - clicked_at >= 604800000)
    + (occurred_at - clicked_at >= 1209600000) + (occurred_at - clicked_at >= 2592000000) + (occurred_at - clicked_at >= 5184000000) + (occurred_at - clicked_at >= 7776000000) + (occurred_at - clicked_at >= 15552000000) + (occurred_at - clicked_at >= 31536000000) AS click_bucket,
    (received_at - occurred_at >= 1000) + (received_at - occurred_at >= 5000) + (received_at - occurred_at >= 10000) + (received_at - occurred_at >= 30000) + (received_at - occurred_at >= 60000) + (received_at - occurred_at >= 120000)
    + (received_at - occurred_at >= 300000) + (received_at - occurred_at >= 600000) + (received_at - occurred_at >= 1800000) + (received_at - occurred_at >= 3600000) + (received_at - occurred_at >= 7200000) + (received_at - occurred_at >= 14400000)
    + (received_at - occurred_at >= 28800000) + (received_at - occurred_at >= 43200000) + (received_at - occurred_at >= 86400000) + (received_at - occurred_at >= 172800000) + (received_at - occurred_at >= 259200000) + (received_at - occurred_at >= 604800000)
    + (received_at - occurred_at >= 1209600000) + (received_at - occurred_at >= 2592000000) + (received_at - occurred_at >= 5184000000) + (received_at - occurred_at >= 7776000000) + (received_at - occurred_at >= 15552000000) + (received_at - occurred_at >= 31536000000) AS arrival_bucket,
  1 AS conversions, amount > 0 AS orders, amount, revenue, payout
FROM conversions CROSS JOIN (SELECT 'received' AS clock UNION ALL SELECT 'clicked');

CREATE TRIGGER conversion_is_counted AFTER INSERT ON conversions
BEGIN
  INSERT INTO conversion_quarters (clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount, revenue, payout)
  SELECT clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount, revenue, payout
  FROM conversion_cells WHERE conversion_id = NEW.conversion_id
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders, amount = amount + excluded.amount, revenue = revenue + excluded.revenue, payout = payout + excluded.payout;
END;

CREATE TRIGGER conversion_leaves_its_cells BEFORE UPDATE ON conversions
BEGIN
  INSERT INTO conversion_quarters (clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount, revenue, payout)
  SELECT clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, -conversions, -orders, -amount, -revenue, -payout
  FROM conversion_cells WHERE conversion_id = OLD.conversion_id
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders, amount = amount + excluded.amount, revenue = revenue + excluded.revenue, payout = payout + excluded.payout;
END;

CREATE TRIGGER conversion_enters_its_cells AFTER UPDATE ON conversions
BEGIN
  INSERT INTO conversion_quarters (clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount, revenue, payout)
  SELECT clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount, revenue, payout
  FROM conversion_cells WHERE conversion_id = NEW.conversion_id
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders, amount = amount + excluded.amount, revenue = revenue + excluded.revenue, payout = payout + excluded.payout;
END;

CREATE TRIGGER conversion_is_no_longer_counted BEFORE DELETE ON conversions
BEGIN
  INSERT INTO conversion_quarters (clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount, revenue, payout)
  SELECT clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, -conversions, -orders, -amount, -revenue, -payout
  FROM conversion_cells WHERE conversion_id = OLD.conversion_id
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders, amount = amount + excluded.amount, revenue = revenue + excluded.revenue, payout = payout + excluded.payout;
END;

INSERT INTO conversion_quarters (clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, conversions, orders, amount, revenue, payout)
SELECT clock, quarter, link, offer, affiliate, advertiser, event, status, currency, country, device, test, click_bucket, arrival_bucket, sum(conversions), sum(orders), sum(amount), sum(revenue), sum(payout)
FROM conversion_cells GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14;

-- Conversions of provisional clicks (the flag stands in the twelfth character of the click ID): few, and each such click counts from then on.
CREATE INDEX conversions_of_provisional_clicks ON conversions (click_id) WHERE instr('4567cdefmnpqwxyz', substr(click_id, 12, 1)) > 0;

CREATE TABLE postback_quarters (
  quarter    INTEGER NOT NULL,
  advertiser INTEGER NOT NULL,
  event      TEXT    NOT NULL,
  status     TEXT    NOT NULL,
  reason     TEXT    NOT NULL,
  test       INTEGER NOT NULL,
  postbacks  INTEGER NOT NULL,
  PRIMARY KEY (quarter, advertiser, event, status, reason, test)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER postback_is_counted AFTER INSERT ON postbacks
WHEN NEW.received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks')
BEGIN
  INSERT INTO postback_quarters VALUES
    (NEW.received_at / 900000, NEW.advertiser, coalesce(NEW.event, ''), NEW.status, coalesce(NEW.reason, ''), NEW.test, 1)
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks;
END;

CREATE TRIGGER postback_leaves_its_cell AFTER UPDATE ON postbacks
WHEN OLD.received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks')
BEGIN
  INSERT INTO postback_quarters VALUES
    (OLD.received_at / 900000, OLD.advertiser, coalesce(OLD.event, ''), OLD.status, coalesce(OLD.reason, ''), OLD.test, -1)
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks;
END;

CREATE TRIGGER postback_enters_its_cell AFTER UPDATE ON postbacks
WHEN NEW.received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks')
BEGIN
  INSERT INTO postback_quarters VALUES
    (NEW.received_at / 900000, NEW.advertiser, coalesce(NEW.event, ''), NEW.status, coalesce(NEW.reason, ''), NEW.test, 1)
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks;
END;

CREATE TRIGGER postback_is_no_longer_counted AFTER DELETE ON postbacks
WHEN OLD.received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks')
BEGIN
  INSERT INTO postback_quarters VALUES
    (OLD.received_at / 900000, OLD.advertiser, coalesce(OLD.event, ''), OLD.status, coalesce(OLD.reason, ''), OLD.test, -1)
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks;
END;

INSERT INTO postback_quarters
SELECT received_at / 900000, advertiser, coalesce(event, ''), status, coalesce(reason, ''), test, count(*) FROM postbacks GROUP BY 1, 2, 3, 4, 5, 6;
