-- The rollup of clicks: what reports over long ranges read. A click is counted when its row is written, by a trigger, so that a redelivery, which writes no row,
-- counts nothing twice. Quarter-hours (of 900,000 ms since 1970) let days be cut in any time zone. Text that is absent is '' here, since a key has no NULL.
-- A provisional click is counted from its conversion, so it is not here.

-- Since when rows of a log are kept. Whoever deletes what is past retention raises this first, in the same transaction: time before it is closed,
-- and what is deleted there stays counted.
CREATE TABLE kept (
  log     TEXT    PRIMARY KEY,
  from_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO kept VALUES ('clicks', 0);

CREATE TABLE click_quarters (
  quarter    INTEGER NOT NULL,
  link       INTEGER NOT NULL,
  offer      INTEGER NOT NULL,
  affiliate  INTEGER NOT NULL,
  advertiser INTEGER NOT NULL,
  country    TEXT    NOT NULL,
  device     TEXT    NOT NULL,
  test       INTEGER NOT NULL,
  clicks     INTEGER NOT NULL,
  uniques    INTEGER NOT NULL,
  bots       INTEGER NOT NULL,
  PRIMARY KEY (quarter, link, offer, affiliate, advertiser, country, device, test)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER click_is_counted AFTER INSERT ON clicks
WHEN NEW.kind <> 'provisional' AND NEW.clicked_at >= (SELECT from_at FROM kept WHERE log = 'clicks')
BEGIN
  INSERT INTO click_quarters VALUES (
    NEW.clicked_at / 900000, NEW.link, NEW.offer, NEW.affiliate, NEW.advertiser, coalesce(NEW.country, ''), coalesce(NEW.device, ''), NEW.test,
    NEW.kind = 'counted', NEW.first_visit, NEW.kind = 'bot'
  )
  ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks, uniques = uniques + excluded.uniques, bots = bots + excluded.bots;
END;

INSERT INTO click_quarters
SELECT clicked_at / 900000, link, offer, affiliate, advertiser, coalesce(country, ''), coalesce(device, ''), test,
  sum(kind = 'counted'), sum(first_visit), sum(kind = 'bot')
FROM clicks WHERE kind <> 'provisional' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
