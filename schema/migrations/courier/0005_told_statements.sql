-- Up to which news of statements (`statement_news` of the books) destinations were handed theirs: one row.
CREATE TABLE told_statements (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  news INTEGER NOT NULL
) STRICT;
