-- A decision on many held conversions at once: who is meant was counted, and stands here before anything is said.
CREATE TABLE review_bulks (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  decision   TEXT    NOT NULL CHECK (decision IN ('release', 'approve', 'reject')),
  reason     TEXT,
  note       TEXT    NOT NULL,
  asked      TEXT    NOT NULL,
  count      INTEGER NOT NULL CHECK (count > 0),
  sums       TEXT    NOT NULL,
  actor      TEXT    NOT NULL,
  counted_at INTEGER NOT NULL,
  ran_at     INTEGER,
  undone_at  INTEGER
) STRICT;

-- A queue's pack of them. `chosen` are those that were held still when it was first to be sent; who is passed over had been decided meanwhile.
CREATE TABLE review_bulk_parts (
  bulk        INTEGER NOT NULL REFERENCES review_bulks (number),
  part        INTEGER NOT NULL,
  conversions TEXT    NOT NULL,
  chosen      TEXT,
  chosen_at   INTEGER,
  sent_at     INTEGER,
  undone_at   INTEGER,
  PRIMARY KEY (bulk, part)
) STRICT, WITHOUT ROWID;
