-- Signals: what looks wrong of an affiliate on an offer, told from its peers there, with the rows that it names and what was decided of them.

-- What is set of a signal, on an offer, or on all of them where that is 0; `thresholds` is a JSON object of those that are set.
CREATE TABLE signal_settings (
  signal     TEXT    NOT NULL,
  offer      INTEGER NOT NULL,
  state      TEXT    CHECK (state IN ('off', 'show', 'hold')),
  thresholds TEXT    NOT NULL CHECK (json_valid(thresholds)),
  set_by     TEXT    NOT NULL,
  set_at     INTEGER NOT NULL,
  PRIMARY KEY (signal, offer)
) STRICT, WITHOUT ROWID;

-- One that speaks, until it does not any more. One of a kind is open at a time: the index refuses a second one.
CREATE TABLE signals (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  signal    TEXT    NOT NULL,
  affiliate INTEGER NOT NULL,
  offer     INTEGER NOT NULL,
  event     TEXT    NOT NULL,
  figures   TEXT    NOT NULL CHECK (json_valid(figures)),
  row_count INTEGER NOT NULL DEFAULT 0,
  opened_at INTEGER NOT NULL,
  seen_at   INTEGER NOT NULL,
  closed_at INTEGER
) STRICT;

CREATE UNIQUE INDEX signals_open ON signals (offer, signal, affiliate, event) WHERE closed_at IS NULL;
CREATE INDEX signals_of_affiliate ON signals (affiliate, number);
CREATE INDEX signals_of_offer ON signals (offer, number);

-- The rows that it names: conversions by their IDs, claims by their receipts. `status` and `seq` are those of the conversion when it was named; `verdict` is what the first decision
-- afterwards says of it, and of what no decision can tell `unmeasured`.
CREATE TABLE signal_rows (
  signal     TEXT    NOT NULL,
  row_id     TEXT    NOT NULL,
  number     INTEGER NOT NULL REFERENCES signals (number),
  offer      INTEGER NOT NULL,
  advertiser INTEGER NOT NULL,
  status     TEXT    NOT NULL,
  seq        INTEGER NOT NULL,
  named_at   INTEGER NOT NULL,
  held_at    INTEGER,
  verdict    TEXT    CHECK (verdict IN ('right', 'wrong', 'unmeasured')),
  PRIMARY KEY (signal, row_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX signal_rows_of ON signal_rows (number, row_id);
CREATE INDEX signal_rows_undecided ON signal_rows (row_id) WHERE verdict IS NULL;

-- How often each was right on an offer.
CREATE TABLE signal_precision (
  signal TEXT    NOT NULL,
  offer  INTEGER NOT NULL,
  right  INTEGER NOT NULL,
  wrong  INTEGER NOT NULL,
  PRIMARY KEY (signal, offer)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER signal_rows_decided AFTER UPDATE OF verdict ON signal_rows WHEN OLD.verdict IS NULL AND NEW.verdict IN ('right', 'wrong') BEGIN
  INSERT INTO signal_precision (signal, offer, right, wrong)
  VALUES (NEW.signal, NEW.offer, NEW.verdict = 'right', NEW.verdict = 'wrong')
  ON CONFLICT DO UPDATE SET right = right + excluded.right, wrong = wrong + excluded.wrong;
END;
