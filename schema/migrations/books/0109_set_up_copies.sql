-- How far the nightly copy of the set-up is: the table and the row that it goes on behind, and what is written. A day that is finished is not begun again.
CREATE TABLE set_up_copies (
  day         INTEGER PRIMARY KEY,
  place       INTEGER NOT NULL,
  after       TEXT    NOT NULL,
  parts       INTEGER NOT NULL,
  row_count   INTEGER NOT NULL,
  begun_at    INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
