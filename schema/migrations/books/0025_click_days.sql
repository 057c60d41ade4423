-- The click log lies in objects, one for a UTC day, and then in the archive alone. Here is what is added up of it by hours and UTC days, which reports read; the log's
-- manifest and hours that are due stand in `archive_pieces` and `due_hours`, and in `due_hours` as `click_sums` those whose sums are to be made anew. Sums are made of
-- what the day's objects count, all cells of an hour at once, so that making them again changes nothing.
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
  embedded   INTEGER NOT NULL,
  PRIMARY KEY (unit, start, link, offer, affiliate, advertiser, test)
) STRICT, WITHOUT ROWID;

-- As `sealed_spans` for conversions: what begins before `until` is added up. In quarter-hours since 1970.
CREATE TABLE sealed_click_spans (
  unit     TEXT    PRIMARY KEY CHECK (unit IN ('hour', 'day')),
  quarters INTEGER NOT NULL CHECK (quarters > 0),
  until    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO sealed_click_spans VALUES ('hour', 4, 0), ('day', 96, 0);

-- Since when clicks lie in objects: what is older lies in the archive alone.
INSERT INTO kept VALUES ('clicks', 0);
