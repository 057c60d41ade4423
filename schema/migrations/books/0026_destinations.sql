-- Whom the courier tells, of what, and in which form: written by the console, read by the courier. `config` is the template with what counts as success there,
-- `filters` says which deliveries go there, and `secrets` are the values that the template names, each sealed to the courier. `version` counts what was saved of it.
-- Entries that were booked before it was made are told by a backfill alone.
CREATE TABLE destinations (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  slug        TEXT    NOT NULL UNIQUE,
  name        TEXT    NOT NULL,
  kind        TEXT    NOT NULL CHECK (kind IN ('postback', 'webhook', 'tool', 'platform')),
  owner_type  TEXT    NOT NULL CHECK (owner_type IN ('programme', 'advertiser', 'affiliate')),
  owner       INTEGER CHECK ((owner IS NULL) = (owner_type = 'programme')),
  offer       INTEGER REFERENCES offers (number),
  status      TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended')),
  config      TEXT    NOT NULL CHECK (json_valid(config)),
  version     INTEGER NOT NULL DEFAULT 1,
  filters     TEXT    NOT NULL CHECK (json_valid(filters)),
  secrets     TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(secrets)),
  key_number  INTEGER,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;

-- What was saved is told by its version, whoever saved it: the courier reads set-up anew where that is another.
CREATE TRIGGER destination_is_changed AFTER UPDATE OF kind, status, config, filters, secrets, key_number, offer ON destinations
WHEN NEW.version = OLD.version
BEGIN
  UPDATE destinations SET version = version + 1 WHERE number = NEW.number;
END;
