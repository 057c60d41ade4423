-- What the courier told, a row for each delivery that was tried or ended, as its destination's object last said: it can be made anew from there for as long as that
-- keeps it. `revision` counts what the object said of it, so that what comes late changes nothing.
CREATE TABLE deliveries (
  destination   INTEGER NOT NULL,
  delivery_id   TEXT    NOT NULL,
  revision      INTEGER NOT NULL,
  conversion_id TEXT    NOT NULL,
  seq           INTEGER NOT NULL,
  replay        INTEGER NOT NULL,
  type          TEXT    NOT NULL,
  status        TEXT    NOT NULL,
  reason        TEXT,
  attempts      INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  last_at       INTEGER,
  http          INTEGER,
  next_at       INTEGER,
  deadline_at   INTEGER,
  test          INTEGER NOT NULL CHECK (test IN (0, 1)),
  origin        TEXT    NOT NULL CHECK (origin IN ('notice', 'compared', 'backfill', 'replay', 'test')),
  last          TEXT    CHECK (last IS NULL OR json_valid(last)),
  PRIMARY KEY (destination, delivery_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_of_conversion ON deliveries (conversion_id);

-- How each destination fares, as its object last said. `gate` is why nothing goes there, or 'open'.
CREATE TABLE destination_health (
  destination     INTEGER PRIMARY KEY,
  gate            TEXT    NOT NULL CHECK (gate IN ('open', 'failing', 'off', 'paused', 'ended')),
  reason          TEXT,
  since           INTEGER NOT NULL,
  failures        INTEGER NOT NULL,
  waiting         INTEGER NOT NULL,
  next_at         INTEGER,
  said_at         INTEGER NOT NULL
) STRICT;

-- Up to which entry the books were compared with the outboxes.
CREATE TABLE compared (
  sweep         TEXT    PRIMARY KEY,
  received_at   INTEGER NOT NULL,
  conversion_id TEXT    NOT NULL,
  seq           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
