-- What was received, with what became of it: every postback, and what was refused at the door. It is a log: it has a retention and a bound of bytes, and no flood of
-- it can fill the books. No money hangs on it; the ledger writes it from what the advertisers' objects store.
CREATE TABLE postbacks (
  receipt       TEXT    PRIMARY KEY CHECK (length(receipt) = 26),
  stage         INTEGER NOT NULL CHECK (stage >= 0),
  advertiser    INTEGER NOT NULL,
  received_at   INTEGER NOT NULL,
  settled_at    INTEGER NOT NULL,
  status        TEXT    NOT NULL CHECK (status IN ('attributed', 'updated', 'duplicate', 'parked', 'unattributed', 'rejected', 'refused', 'failed')),
  reason        TEXT,
  duplicate_of  TEXT,
  conversion_id TEXT,
  click_id      TEXT,
  event         TEXT,
  txid          TEXT,
  channel       TEXT    NOT NULL,
  test          INTEGER NOT NULL CHECK (test IN (0, 1)),
  params        TEXT    CHECK (params IS NULL OR json_valid(params)),
  error         TEXT,
  -- Who vouched for it, by the version of the advertiser's credentials, a keyed hash of the address that it came from, and, of one that came several times, the
  -- attempts that were decided.
  credential_version INTEGER,
  address_hash       TEXT,
  attempts           TEXT CHECK (attempts IS NULL OR json_valid(attempts)),
  -- Whose it is: its conversion's, or, where it has none, that of the link which its click ID names. The books know, and told it when the row was written.
  link          INTEGER,
  offer         INTEGER,
  affiliate     INTEGER,
  -- 1 where the ledger found the conversion, or the click among its sender's own.
  proven        INTEGER NOT NULL CHECK (proven IN (0, 1)),
  -- 1 where it was refused before its sender had proved who it is.
  stranger      INTEGER NOT NULL CHECK (stranger IN (0, 1)),
  -- How many requests the row stands for: more than one where the door counted alike refusals of strangers.
  times         INTEGER NOT NULL CHECK (times > 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX postbacks_by_time ON postbacks (received_at, receipt);
-- What goes first when the log is full.
CREATE INDEX postbacks_of_strangers ON postbacks (received_at, receipt) WHERE stranger = 1;

-- Since when rows of the log are kept. Whoever deletes what is past retention raises this first, in the same transaction: time before it is closed,
-- and what is deleted there stays counted.
CREATE TABLE kept (
  log     TEXT    PRIMARY KEY,
  from_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO kept VALUES ('postbacks', 0);

-- The rollup of the log: what reports read. Quarter-hours (of 900,000 ms since 1970). Text that is absent is '' here, since a key has no NULL.
CREATE TABLE postback_quarters (
  quarter    INTEGER NOT NULL,
  advertiser INTEGER NOT NULL,
  event      TEXT    NOT NULL,
  status     TEXT    NOT NULL,
  reason     TEXT    NOT NULL,
  test       INTEGER NOT NULL,
  postbacks  INTEGER NOT NULL,
  PRIMARY KEY (quarter, advertiser, event, status, reason, test)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER postback_is_counted AFTER INSERT ON postbacks
WHEN NEW.received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks')
BEGIN
  INSERT INTO postback_quarters VALUES
    (NEW.received_at / 900000, NEW.advertiser, coalesce(NEW.event, ''), NEW.status, coalesce(NEW.reason, ''), NEW.test, NEW.times)
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks;
END;

CREATE TRIGGER postback_leaves_its_cell AFTER UPDATE ON postbacks
WHEN OLD.received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks')
BEGIN
  INSERT INTO postback_quarters VALUES
    (OLD.received_at / 900000, OLD.advertiser, coalesce(OLD.event, ''), OLD.status, coalesce(OLD.reason, ''), OLD.test, -OLD.times)
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks;
END;

CREATE TRIGGER postback_enters_its_cell AFTER UPDATE ON postbacks
WHEN NEW.received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks')
BEGIN
  INSERT INTO postback_quarters VALUES
    (NEW.received_at / 900000, NEW.advertiser, coalesce(NEW.event, ''), NEW.status, coalesce(NEW.reason, ''), NEW.test, NEW.times)
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks;
END;

CREATE TRIGGER postback_is_no_longer_counted AFTER DELETE ON postbacks
WHEN OLD.received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks')
BEGIN
  INSERT INTO postback_quarters VALUES
    (OLD.received_at / 900000, OLD.advertiser, coalesce(OLD.event, ''), OLD.status, coalesce(OLD.reason, ''), OLD.test, -OLD.times)
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks;
END;

-- The archive: what it holds of this database, and what of it has changed since. Every database that is archived has these two tables, so that rows and what is
-- said of them change in one transaction. An hour is a whole number of hours since 1970.

-- Hours that the archive does not hold as they are: a trigger notes every row that comes, changes or goes, and writes only when nothing is noted yet.
-- Whoever archives an hour takes it (`taken_at`) and notes how far it came: `piece` pieces are written, the next one begins behind the key `after`.
CREATE TABLE due_hours (
  log      TEXT    NOT NULL,
  hour     INTEGER NOT NULL,
  changed  INTEGER NOT NULL DEFAULT 1 CHECK (changed IN (0, 1)),
  taken_at INTEGER NOT NULL DEFAULT 0,
  piece    INTEGER NOT NULL DEFAULT 0,
  after    TEXT    CHECK (after IS NULL OR json_valid(after)),
  PRIMARY KEY (log, hour)
) STRICT, WITHOUT ROWID;

-- The manifest: one row for each object in the archive. Keys are JSON arrays. A piece whose rows were deleted here never changes again.
CREATE TABLE archive_pieces (
  log         TEXT    NOT NULL,
  hour        INTEGER NOT NULL,
  piece       INTEGER NOT NULL CHECK (piece > 0),
  row_count   INTEGER NOT NULL CHECK (row_count > 0),
  first_key   TEXT    NOT NULL CHECK (json_valid(first_key)),
  last_key    TEXT    NOT NULL CHECK (json_valid(last_key)),
  bytes       INTEGER NOT NULL CHECK (bytes > 0),
  sha256      TEXT    NOT NULL CHECK (length(sha256) = 64),
  archived_at INTEGER NOT NULL,
  deleted_at  INTEGER,
  PRIMARY KEY (log, hour, piece)
) STRICT, WITHOUT ROWID;

-- Pieces whose rows are still here: what retention looks for.
CREATE INDEX archive_pieces_still_here ON archive_pieces (log, hour, piece) WHERE deleted_at IS NULL;

CREATE TRIGGER hour_is_due_when_postback_comes AFTER INSERT ON postbacks
BEGIN
  INSERT INTO due_hours (log, hour) VALUES ('postbacks', NEW.received_at / 3600000)
  ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0;
END;

CREATE TRIGGER hour_is_due_when_postback_changes AFTER UPDATE ON postbacks
BEGIN
  INSERT INTO due_hours (log, hour) VALUES ('postbacks', NEW.received_at / 3600000)
  ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0;
END;

CREATE TRIGGER hour_is_due_when_postback_goes AFTER DELETE ON postbacks
BEGIN
  INSERT INTO due_hours (log, hour) VALUES ('postbacks', OLD.received_at / 3600000)
  ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0;
END;

-- A postback that came again with an earlier time leaves the hour that it stood in: the archive has to forget it there too.
CREATE TRIGGER hour_is_due_when_postback_moves AFTER UPDATE OF received_at ON postbacks
WHEN OLD.received_at / 3600000 <> NEW.received_at / 3600000
BEGIN
  INSERT INTO due_hours (log, hour) VALUES ('postbacks', OLD.received_at / 3600000)
  ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0;
END;
