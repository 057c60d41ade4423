-- Hours and UTC days of the rollup of clicks, without country and device, so that a report of a month reads as much after ten million clicks as after ten thousand.
-- Once an hour or a day is over, the ledger adds its quarter-hours up here and seals it; a click that is later still is counted in both, by the trigger. `until`: what
-- begins before is sealed; as everywhere in quarter-hours since 1970.
CREATE TABLE sealed_spans (
  unit     TEXT    PRIMARY KEY CHECK (unit IN ('hour', 'day')),
  quarters INTEGER NOT NULL CHECK (quarters > 0),
  until    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO sealed_spans VALUES ('hour', 4, 0), ('day', 96, 0);

CREATE TABLE click_spans (
  unit       TEXT    NOT NULL CHECK (unit IN ('hour', 'day')),
  start      INTEGER NOT NULL CHECK (start % 4 = 0),
  link       INTEGER NOT NULL,
  offer      INTEGER NOT NULL,
  affiliate  INTEGER NOT NULL,
  advertiser INTEGER NOT NULL,
  test       INTEGER NOT NULL,
  clicks     INTEGER NOT NULL,
  uniques    INTEGER NOT NULL,
  bots       INTEGER NOT NULL,
  PRIMARY KEY (unit, start, link, offer, affiliate, advertiser, test)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER late_click_is_counted AFTER INSERT ON clicks
WHEN NEW.kind <> 'provisional' AND NEW.clicked_at >= (SELECT from_at FROM kept WHERE log = 'clicks')
  AND NEW.clicked_at / 900000 < (SELECT max(until) FROM sealed_spans)
BEGIN
  INSERT INTO click_spans
  SELECT unit, NEW.clicked_at / 900000 / quarters * quarters, NEW.link, NEW.offer, NEW.affiliate, NEW.advertiser, NEW.test,
    NEW.kind = 'counted', NEW.first_visit, NEW.kind = 'bot'
  FROM sealed_spans WHERE NEW.clicked_at / 900000 < until
  ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks, uniques = uniques + excluded.uniques, bots = bots + excluded.bots;
END;
