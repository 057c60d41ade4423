-- When the entry that a delivery tells was received. Null of what was recorded before this column: those are counted nowhere.
ALTER TABLE deliveries ADD COLUMN entry_at INTEGER;

-- How many deliveries stand in which state, by the quarter-hour (since 1970) in which each was made, in the same transaction as their rows; kept for ever. `bucket` is how many edges of
-- `core/metrics/latency.ts` the time from the entry to the answer reached, of those that were told as they came; else -1.
CREATE TABLE delivery_quarters (
  destination INTEGER NOT NULL,
  quarter     INTEGER NOT NULL,
  link        INTEGER NOT NULL,
  event       TEXT    NOT NULL,
  currency    TEXT    NOT NULL,
  test        INTEGER NOT NULL CHECK (test IN (0, 1)),
  status      TEXT    NOT NULL,
  bucket      INTEGER NOT NULL,
  advertiser  INTEGER NOT NULL,
  offer       INTEGER NOT NULL,
  affiliate   INTEGER NOT NULL,
  deliveries  INTEGER NOT NULL,
  PRIMARY KEY (destination, quarter, link, event, currency, test, status, bucket)
) STRICT, WITHOUT ROWID;
