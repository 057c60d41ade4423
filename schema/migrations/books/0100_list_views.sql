-- Views of lists that people and programs keep under a name: what an address says behind the `?`. `holder` is a user (`user:` and its number), a token (`token:` and its ID), or
-- whoever has neither, by name. A view that is shared is shown to a role besides.
CREATE TABLE list_views (
  id          TEXT    PRIMARY KEY,
  holder      TEXT    NOT NULL,
  list        TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  query       TEXT    NOT NULL,
  shared_with TEXT    CHECK (shared_with IN ('admin', 'manager', 'finance', 'analyst')),
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX views_of_holder ON list_views (holder, list, name);
CREATE INDEX views_shared ON list_views (shared_with, list) WHERE shared_with IS NOT NULL;

-- What a holder sees of a list unless an address says it: the columns, as a JSON array of their names, and the view that it opens with.
CREATE TABLE list_settings (
  holder     TEXT    NOT NULL,
  list       TEXT    NOT NULL,
  columns    TEXT    CHECK (columns IS NULL OR json_valid(columns)),
  view       TEXT,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (holder, list)
) STRICT, WITHOUT ROWID;
