-- Other trackers, whose paths, words and answers are spoken here, on a host of the operator's or below /t/{slug}: placed links and postback URLs go on working.
-- `advertiser` keeps what names no click that is known. `secret` is sealed for the postback worker; without one, and without addresses, what comes is believed as far as
-- the advertiser's open mode is. `old_origin` is where the old tracker still answers; until `relay_until` what names a click that is unknown is told there too.
CREATE TABLE trackers (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  slug        TEXT    NOT NULL UNIQUE,
  name        TEXT    NOT NULL,
  dialect     TEXT    NOT NULL,
  host        TEXT    UNIQUE,
  advertiser  INTEGER NOT NULL REFERENCES advertisers (number),
  secret      TEXT,
  allowed_ips TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(allowed_ips)),
  mapping     TEXT    CHECK (mapping IS NULL OR json_valid(mapping)),
  sub_ids     TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(sub_ids)),
  old_origin  TEXT,
  relay_until INTEGER,
  all_test    INTEGER NOT NULL DEFAULT 0 CHECK (all_test IN (0, 1)),
  status      TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended')),
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;

-- How an old tracker's placed links name a link of ours: in the form that its dialect writes, such as `x7Kd93ab` or `12/34`.
CREATE TABLE link_aliases (
  tracker INTEGER NOT NULL REFERENCES trackers (number),
  alias   TEXT    NOT NULL CHECK (alias <> ''),
  link    INTEGER NOT NULL REFERENCES links (number),
  made_at INTEGER NOT NULL,
  PRIMARY KEY (tracker, alias)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_aliases_of_link ON link_aliases (link);

-- As due_records, by keys of the edge, since a key may have to go: under it stands what the books say a while after something of it changed, or nothing any more.
CREATE TABLE due_keys (
  key        TEXT    PRIMARY KEY,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER due_when_tracker_is_made AFTER INSERT ON trackers
BEGIN
  INSERT INTO due_keys SELECT 'tracker:/' || NEW.slug, NEW.updated_at UNION ALL SELECT 'tracker:' || NEW.host, NEW.updated_at WHERE NEW.host IS NOT NULL
  ON CONFLICT (key) DO UPDATE SET changed_at = excluded.changed_at;
END;

-- A host that it had before leads to it no more.
CREATE TRIGGER due_when_tracker_changes AFTER UPDATE ON trackers
BEGIN
  INSERT INTO due_keys SELECT 'tracker:/' || NEW.slug, NEW.updated_at
  UNION SELECT 'tracker:' || NEW.host, NEW.updated_at WHERE NEW.host IS NOT NULL
  UNION SELECT 'tracker:' || OLD.host, NEW.updated_at WHERE OLD.host IS NOT NULL
  ON CONFLICT (key) DO UPDATE SET changed_at = excluded.changed_at;
END;

CREATE TRIGGER due_when_alias_is_made AFTER INSERT ON link_aliases
BEGIN
  INSERT INTO due_keys SELECT 'alias:' || slug || '/' || NEW.alias, NEW.made_at FROM trackers WHERE number = NEW.tracker
  ON CONFLICT (key) DO UPDATE SET changed_at = excluded.changed_at;
END;

CREATE TRIGGER due_when_alias_changes AFTER UPDATE ON link_aliases
BEGIN
  INSERT INTO due_keys SELECT 'alias:' || slug || '/' || NEW.alias, NEW.made_at FROM trackers WHERE number = NEW.tracker
  ON CONFLICT (key) DO UPDATE SET changed_at = excluded.changed_at;
END;

CREATE TRIGGER due_when_alias_goes AFTER DELETE ON link_aliases
BEGIN
  INSERT INTO due_keys SELECT 'alias:' || slug || '/' || OLD.alias, OLD.made_at FROM trackers WHERE number = OLD.tracker
  ON CONFLICT (key) DO UPDATE SET changed_at = excluded.changed_at;
END;

-- Whose a link is never changes: its offer is fixed, and its offer's advertiser.
CREATE TRIGGER due_when_owner_is_known AFTER INSERT ON links
BEGIN
  INSERT INTO due_keys VALUES ('owner:' || NEW.number, NEW.updated_at)
  ON CONFLICT (key) DO UPDATE SET changed_at = excluded.changed_at;
END;

INSERT INTO due_keys SELECT 'owner:' || number, updated_at FROM links;
