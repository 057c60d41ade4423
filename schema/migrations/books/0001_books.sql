-- The books: set-up (written by the console) and what became of every postback (written by the ledger alone).
-- Money is whole micros of the row's currency; times are Unix milliseconds; numbers are never used again and nothing is deleted.

CREATE TABLE advertisers (
  number      INTEGER PRIMARY KEY AUTOINCREMENT CHECK (number BETWEEN 1 AND 4294967295),
  slug        TEXT    NOT NULL UNIQUE,
  name        TEXT    NOT NULL,
  status      TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended')),
  auth        TEXT    NOT NULL DEFAULT 'token' CHECK (auth IN ('open', 'token', 'signed')),
  allowed_ips TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(allowed_ips)),
  pixel       INTEGER NOT NULL DEFAULT 0 CHECK (pixel IN (0, 1)),
  mapping     TEXT    CHECK (mapping IS NULL OR json_valid(mapping)),
  credentials TEXT    NOT NULL CHECK (json_valid(credentials)),
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE affiliates (
  number     INTEGER PRIMARY KEY AUTOINCREMENT CHECK (number BETWEEN 1 AND 4294967295),
  slug       TEXT    NOT NULL UNIQUE,
  name       TEXT    NOT NULL,
  status     TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended')),
  test       INTEGER NOT NULL DEFAULT 0 CHECK (test IN (0, 1)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE offers (
  number          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (number BETWEEN 1 AND 4294967295),
  slug            TEXT    NOT NULL UNIQUE,
  name            TEXT    NOT NULL,
  advertiser      INTEGER NOT NULL REFERENCES advertisers (number),
  destination     TEXT    NOT NULL,
  currency        TEXT    NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
  status          TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended')),
  starts_at       INTEGER,
  ends_at         INTEGER,
  window_days     INTEGER NOT NULL DEFAULT 30 CHECK (window_days BETWEEN 1 AND 3650),
  min_seconds     INTEGER NOT NULL DEFAULT 0 CHECK (min_seconds BETWEEN 0 AND 86400),
  order_space     TEXT    NOT NULL DEFAULT 'advertiser' CHECK (order_space IN ('advertiser', 'offer')),
  fallback_url    TEXT,
  deep_link_hosts TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(deep_link_hosts)),
  redirect_status INTEGER NOT NULL DEFAULT 302 CHECK (redirect_status IN (302, 307)),
  referrer_policy TEXT    NOT NULL DEFAULT 'strict-origin-when-cross-origin',
  pass_through    INTEGER NOT NULL DEFAULT 0 CHECK (pass_through IN (0, 1)),
  rules           TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(rules)),
  caps            TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(caps)),
  time_zone       TEXT    NOT NULL DEFAULT 'UTC',
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL
) STRICT;

CREATE INDEX offers_by_advertiser ON offers (advertiser);

-- A pricing rule is {"flat": micros} or {"percent": millionths} or, for revenue, "posted"; version rises with every change of a rule.
CREATE TABLE offer_events (
  offer       INTEGER NOT NULL REFERENCES offers (number),
  name        TEXT    NOT NULL,
  position    INTEGER NOT NULL,
  payout      TEXT    NOT NULL CHECK (json_valid(payout)),
  revenue     TEXT    NOT NULL CHECK (json_valid(revenue)),
  repeat      TEXT    NOT NULL DEFAULT 'per_txid' CHECK (repeat IN ('per_txid', 'once_per_click')),
  restate     TEXT    NOT NULL DEFAULT 'ignore' CHECK (restate IN ('ignore', 'replace')),
  window_days INTEGER CHECK (window_days BETWEEN 1 AND 3650),
  version     INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (offer, name)
) STRICT, WITHOUT ROWID;

-- What one affiliate earns instead; an absent rule leaves the event's own.
CREATE TABLE offer_event_overrides (
  offer     INTEGER NOT NULL,
  event     TEXT    NOT NULL,
  affiliate INTEGER NOT NULL REFERENCES affiliates (number),
  payout    TEXT    CHECK (payout IS NULL OR json_valid(payout)),
  revenue   TEXT    CHECK (revenue IS NULL OR json_valid(revenue)),
  version   INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (offer, event, affiliate),
  FOREIGN KEY (offer, event) REFERENCES offer_events (offer, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
  number      INTEGER PRIMARY KEY AUTOINCREMENT CHECK (number BETWEEN 1 AND 4294967295),
  slug        TEXT    NOT NULL UNIQUE,
  offer       INTEGER NOT NULL REFERENCES offers (number),
  affiliate   INTEGER NOT NULL REFERENCES affiliates (number),
  destination TEXT,
  status      TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended')),
  test        INTEGER NOT NULL DEFAULT 0 CHECK (test IN (0, 1)),
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX links_by_offer ON links (offer);
CREATE INDEX links_by_affiliate ON links (affiliate);

-- API tokens, by the SHA-256 of the token.
CREATE TABLE tokens (
  hash       TEXT    PRIMARY KEY,
  id         TEXT    NOT NULL UNIQUE,
  name       TEXT    NOT NULL,
  role       TEXT    NOT NULL CHECK (role IN ('admin', 'analyst', 'advertiser', 'affiliate')),
  subject    INTEGER CHECK ((role IN ('advertiser', 'affiliate')) = (subject IS NOT NULL)),
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

-- conversion_id begins with the time of receipt, so the primary key is the time index.
CREATE TABLE conversions (
  conversion_id TEXT    PRIMARY KEY CHECK (length(conversion_id) = 26),
  seq           INTEGER NOT NULL CHECK (seq > 0),
  advertiser    INTEGER NOT NULL,
  offer         INTEGER NOT NULL,
  affiliate     INTEGER NOT NULL,
  link          INTEGER NOT NULL,
  event         TEXT    NOT NULL,
  txid          TEXT,
  click_id      TEXT    NOT NULL CHECK (length(click_id) = 36),
  status        TEXT    NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'reversed')),
  currency      TEXT    NOT NULL,
  amount        INTEGER NOT NULL,
  revenue       INTEGER NOT NULL,
  payout        INTEGER NOT NULL,
  clicked_at    INTEGER NOT NULL,
  occurred_at   INTEGER NOT NULL,
  received_at   INTEGER NOT NULL,
  settled_at    INTEGER NOT NULL,
  click_joined  INTEGER NOT NULL DEFAULT 0 CHECK (click_joined IN (0, 1)),
  country       TEXT,
  device        TEXT,
  os            TEXT,
  browser       TEXT,
  referrer      TEXT,
  external_id   TEXT,
  sub1 TEXT, sub2 TEXT, sub3 TEXT, sub4 TEXT, sub5 TEXT, sub6 TEXT, sub7 TEXT, sub8 TEXT, sub9 TEXT, sub10 TEXT,
  coupon        TEXT,
  customer      TEXT,
  meta          TEXT CHECK (meta IS NULL OR json_valid(meta)),
  original_status TEXT,
  test          INTEGER NOT NULL CHECK (test IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Few rows and none for long: conversions whose click's log row has not been seen yet.
CREATE INDEX conversions_without_click ON conversions (received_at) WHERE click_joined = 0;

-- Append-only: what each change added to a conversion's amount, revenue and payout, and which receipt and rule it came from.
CREATE TABLE entries (
  conversion_id TEXT    NOT NULL,
  seq           INTEGER NOT NULL CHECK (seq > 0),
  kind          TEXT    NOT NULL,
  status        TEXT    NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'reversed')),
  amount        INTEGER NOT NULL,
  revenue       INTEGER NOT NULL,
  payout        INTEGER NOT NULL,
  receipt       TEXT    NOT NULL,
  received_at   INTEGER NOT NULL,
  rule          TEXT    NOT NULL,
  note          TEXT,
  PRIMARY KEY (conversion_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX entries_by_time ON entries (received_at, conversion_id, seq);

CREATE TRIGGER entries_are_append_only BEFORE UPDATE ON entries
BEGIN
  SELECT RAISE(ABORT, 'entries are append-only');
END;

-- The postback log: everything received, with what became of it. A row only moves to a higher stage: 0 received, failed or refused; then the ledger's words on it, counted.
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
  error         TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX postbacks_by_time ON postbacks (received_at, receipt);
