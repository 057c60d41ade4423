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
