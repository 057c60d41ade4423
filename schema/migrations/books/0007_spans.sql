-- Hours and UTC days of the rollup of conversions, without country, device and latencies, so that a report of a month reads little however much was sold.
-- Once an hour or a day is over, the ledger adds its quarter-hours up here and seals it; whatever changes a quarter-hour after that changes these sums too, by the triggers.
-- `until`: what begins before is sealed; as everywhere in quarter-hours since 1970.
CREATE TABLE sealed_spans (
  unit     TEXT    PRIMARY KEY CHECK (unit IN ('hour', 'day')),
  quarters INTEGER NOT NULL CHECK (quarters > 0),
  until    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO sealed_spans VALUES ('hour', 4, 0), ('day', 96, 0);

CREATE TABLE conversion_spans (
  unit        TEXT    NOT NULL CHECK (unit IN ('hour', 'day')),
  clock       TEXT    NOT NULL CHECK (clock IN ('received', 'clicked')),
  start       INTEGER NOT NULL CHECK (start % 4 = 0),
  link        INTEGER NOT NULL,
  offer       INTEGER NOT NULL,
  affiliate   INTEGER NOT NULL,
  advertiser  INTEGER NOT NULL,
  event       TEXT    NOT NULL,
  status      TEXT    NOT NULL,
  currency    TEXT    NOT NULL,
  test        INTEGER NOT NULL,
  conversions INTEGER NOT NULL,
  orders      INTEGER NOT NULL,
  amount      INTEGER NOT NULL,
  revenue     INTEGER NOT NULL,
  payout      INTEGER NOT NULL,
  PRIMARY KEY (unit, clock, start, link, offer, affiliate, advertiser, event, status, currency, test)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER sealed_conversions_begin AFTER INSERT ON conversion_quarters
WHEN NEW.quarter < (SELECT max(until) FROM sealed_spans)
BEGIN
  INSERT INTO conversion_spans
  SELECT unit, NEW.clock, NEW.quarter / quarters * quarters, NEW.link, NEW.offer, NEW.affiliate, NEW.advertiser, NEW.event, NEW.status, NEW.currency, NEW.test,
    NEW.conversions, NEW.orders, NEW.amount, NEW.revenue, NEW.payout
  FROM sealed_spans WHERE NEW.quarter < until
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders,
    amount = amount + excluded.amount, revenue = revenue + excluded.revenue, payout = payout + excluded.payout;
END;

CREATE TRIGGER sealed_conversions_change AFTER UPDATE ON conversion_quarters
WHEN NEW.quarter < (SELECT max(until) FROM sealed_spans)
BEGIN
  INSERT INTO conversion_spans
  SELECT unit, NEW.clock, NEW.quarter / quarters * quarters, NEW.link, NEW.offer, NEW.affiliate, NEW.advertiser, NEW.event, NEW.status, NEW.currency, NEW.test,
    NEW.conversions - OLD.conversions, NEW.orders - OLD.orders, NEW.amount - OLD.amount, NEW.revenue - OLD.revenue, NEW.payout - OLD.payout
  FROM sealed_spans WHERE NEW.quarter < until
  ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions, orders = orders + excluded.orders,
    amount = amount + excluded.amount, revenue = revenue + excluded.revenue, payout = payout + excluded.payout;
END;
