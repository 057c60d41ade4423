-- Shops' and billing platforms' own webhooks, which come at /p/{advertiser}/{path}. `secret` is sealed for the postback worker; `rules` are the operator's own, where the
-- source is `custom`. `events` says which events of the offers its kinds are. The slug
-- is that of the advertiser and the path, with a full stop between them, which no slug has: so a path leads to one source.
CREATE TABLE sources (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  slug       TEXT    NOT NULL UNIQUE,
  advertiser INTEGER NOT NULL REFERENCES advertisers (number),
  path       TEXT    NOT NULL CHECK (path <> '' AND path <> 'batch'),
  source     TEXT    NOT NULL,
  secret     TEXT    NOT NULL,
  events     TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(events)),
  basis      TEXT,
  click_name TEXT,
  all_test   INTEGER NOT NULL DEFAULT 0 CHECK (all_test IN (0, 1)),
  rules      TEXT    CHECK ((rules IS NOT NULL) = (source = 'custom') AND (rules IS NULL OR json_valid(rules))),
  status     TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- As due_records: what is to be published once more, a while after it was saved.
CREATE TABLE due_sources (
  number     INTEGER PRIMARY KEY,
  changed_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER due_when_source_is_made AFTER INSERT ON sources
BEGIN
  INSERT INTO due_sources VALUES (NEW.number, NEW.updated_at)
  ON CONFLICT (number) DO UPDATE SET changed_at = excluded.changed_at;
END;

CREATE TRIGGER due_when_source_changes AFTER UPDATE ON sources
BEGIN
  INSERT INTO due_sources VALUES (NEW.number, NEW.updated_at)
  ON CONFLICT (number) DO UPDATE SET changed_at = excluded.changed_at;
END;
