-- Looks at an advertiser's books under other rules: what was asked, what it came to, and what became of it.
CREATE TABLE what_ifs (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT    NOT NULL,
  advertiser INTEGER NOT NULL REFERENCES advertisers (number),
  offer      INTEGER REFERENCES offers (number),
  from_at    INTEGER NOT NULL,
  until_at   INTEGER NOT NULL CHECK (until_at > from_at),
  rules      TEXT    NOT NULL CHECK (json_valid(rules)),
  result     TEXT    NOT NULL CHECK (json_valid(result)),
  looked_at  INTEGER NOT NULL,
  actor      TEXT    NOT NULL,
  note       TEXT,
  applied_at INTEGER,
  applied_by TEXT,
  dropped_at INTEGER
) STRICT;

-- Families of it that come to something else, so many as go to the ledger at once: whom it is about, and what each conversion is before and after. Texts of persons are none of it.
-- `left_out` are those that had changed when it was applied.
CREATE TABLE what_if_parts (
  what_if  INTEGER NOT NULL REFERENCES what_ifs (number),
  part     INTEGER NOT NULL,
  families TEXT    NOT NULL CHECK (json_valid(families)),
  left_out TEXT    CHECK (left_out IS NULL OR json_valid(left_out)),
  sent_at  INTEGER,
  PRIMARY KEY (what_if, part)
) STRICT, WITHOUT ROWID;
