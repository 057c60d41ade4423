-- Whether an order number without a click takes the click of the one claim there is.
ALTER TABLE offers ADD COLUMN claims TEXT NOT NULL DEFAULT 'ask' CHECK (claims IN ('ask', 'take_single'));

-- What came by the pixel, and what became of it; of those that are too many only what had been told before others came in front of them.
CREATE TABLE claims (
  receipt       TEXT    PRIMARY KEY,
  stage         INTEGER NOT NULL CHECK (stage > 0),
  advertiser    INTEGER NOT NULL,
  offer         INTEGER NOT NULL,
  affiliate     INTEGER NOT NULL,
  link          INTEGER NOT NULL,
  click_id      TEXT    NOT NULL,
  event         TEXT    NOT NULL,
  txid          TEXT,
  amount        INTEGER,
  currency      TEXT    NOT NULL,
  received_at   INTEGER NOT NULL,
  settled_at    INTEGER NOT NULL,
  state         TEXT    NOT NULL CHECK (state IN ('open', 'confirmed', 'replaced', 'dismissed', 'too_many')),
  conversion_id TEXT,
  test          INTEGER NOT NULL CHECK (test IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX claims_by_time ON claims (received_at, receipt);
CREATE INDEX claims_open ON claims (advertiser, txid) WHERE state = 'open';
