-- A decision on many takes any conversions, and may hold them: `among` says whether those alone were meant that were held. `unchanged` are those that fitted and that it would not change, by why and currency.
CREATE TABLE review_bulks_of_any (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  decision   TEXT    NOT NULL CHECK (decision IN ('release', 'approve', 'reject', 'hold')),
  reason     TEXT,
  note       TEXT    NOT NULL,
  asked      TEXT    NOT NULL,
  count      INTEGER NOT NULL CHECK (count > 0),
  sums       TEXT    NOT NULL,
  actor      TEXT    NOT NULL,
  counted_at INTEGER NOT NULL,
  ran_at     INTEGER,
  undone_at  INTEGER,
  among      TEXT    NOT NULL DEFAULT 'held' CHECK (among IN ('held', 'any')),
  unchanged  TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(unchanged))
) STRICT;

CREATE TABLE review_bulk_parts_of_any (
  bulk        INTEGER NOT NULL REFERENCES review_bulks_of_any (number),
  part        INTEGER NOT NULL,
  conversions TEXT    NOT NULL,
  chosen      TEXT,
  chosen_at   INTEGER,
  sent_at     INTEGER,
  undone_at   INTEGER,
  PRIMARY KEY (bulk, part)
) STRICT, WITHOUT ROWID;

INSERT INTO review_bulks_of_any (number, decision, reason, note, asked, count, sums, actor, counted_at, ran_at, undone_at)
SELECT number, decision, reason, note, asked, count, sums, actor, counted_at, ran_at, undone_at FROM review_bulks;
INSERT INTO review_bulk_parts_of_any SELECT bulk, part, conversions, chosen, chosen_at, sent_at, undone_at FROM review_bulk_parts;

DROP TABLE review_bulk_parts;
DROP TABLE review_bulks;
ALTER TABLE review_bulks_of_any RENAME TO review_bulks;
ALTER TABLE review_bulk_parts_of_any RENAME TO review_bulk_parts;
