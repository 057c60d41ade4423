-- The click log. It is large and disposable after its retention: no money hangs on it. click_id begins with the time, so the primary key is the time index.
-- No IP address and no user agent is stored. A click row never changes.
CREATE TABLE clicks (
  click_id    TEXT    PRIMARY KEY CHECK (length(click_id) = 36),
  link        INTEGER NOT NULL,
  offer       INTEGER NOT NULL,
  affiliate   INTEGER NOT NULL,
  advertiser  INTEGER NOT NULL,
  clicked_at  INTEGER NOT NULL,
  kind        TEXT    NOT NULL CHECK (kind IN ('counted', 'provisional', 'bot')),
  first_visit INTEGER NOT NULL CHECK (first_visit IN (0, 1)),
  country     TEXT,
  device      TEXT,
  os          TEXT,
  browser     TEXT,
  referrer    TEXT,
  external_id TEXT,
  sub1 TEXT, sub2 TEXT, sub3 TEXT, sub4 TEXT, sub5 TEXT, sub6 TEXT, sub7 TEXT, sub8 TEXT, sub9 TEXT, sub10 TEXT,
  test        INTEGER NOT NULL CHECK (test IN (0, 1))
) STRICT, WITHOUT ROWID;
