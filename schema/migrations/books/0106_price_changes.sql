-- What an event paid and earned, and what it will, each from a moment on: of everybody (affiliate 0), or of one affiliate, where null leaves the event's own. `sets` says what the row says:
-- `all` of a price, digits too, or what alone changes by it. `counts`: its moment came and the set-up has it; before that it was only announced. A conversion is priced by what counted when
-- the message was received that made it.
CREATE TABLE price_changes (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  offer     INTEGER NOT NULL REFERENCES offers (number),
  event     TEXT    NOT NULL,
  affiliate INTEGER NOT NULL DEFAULT 0,
  from_at   INTEGER NOT NULL,
  sets      TEXT    NOT NULL CHECK (sets IN ('all', 'both', 'payout', 'revenue')),
  payout    TEXT    CHECK (payout IS NULL OR json_valid(payout)),
  revenue   TEXT    CHECK (revenue IS NULL OR json_valid(revenue)),
  digits    INTEGER,
  version   INTEGER NOT NULL,
  counts    INTEGER NOT NULL CHECK (counts IN (0, 1)),
  actor     TEXT,
  UNIQUE (offer, event, affiliate, from_at)
) STRICT;

CREATE INDEX prices_announced ON price_changes (from_at) WHERE counts = 0;

INSERT INTO price_changes (offer, event, affiliate, from_at, sets, payout, revenue, digits, version, counts)
SELECT offer, name, 0, 0, 'all', payout, revenue, digits, version, 1 FROM offer_events;
INSERT INTO price_changes (offer, event, affiliate, from_at, sets, payout, revenue, digits, version, counts)
SELECT offer, event, affiliate, 0, 'all', payout, revenue, NULL, version, 1 FROM offer_event_overrides;

CREATE TRIGGER price_begins AFTER INSERT ON offer_events
BEGIN
  INSERT INTO price_changes (offer, event, affiliate, from_at, sets, payout, revenue, digits, version, counts)
  VALUES (NEW.offer, NEW.name, 0, 0, 'all', NEW.payout, NEW.revenue, NEW.digits, NEW.version, 1)
  ON CONFLICT DO NOTHING;
END;

-- What the set-up has by an announcement whose moment came stands here already; whatever else is written there counts from when the offer was changed.
CREATE TRIGGER price_changes_now AFTER UPDATE OF payout, revenue, digits ON offer_events
WHEN (NEW.payout, NEW.revenue, NEW.digits) IS NOT (
  (SELECT p.payout FROM price_changes AS p WHERE p.offer = NEW.offer AND p.event = NEW.name AND p.affiliate = 0 AND p.counts = 1 AND p.sets <> 'revenue' ORDER BY p.from_at DESC LIMIT 1),
  (SELECT p.revenue FROM price_changes AS p WHERE p.offer = NEW.offer AND p.event = NEW.name AND p.affiliate = 0 AND p.counts = 1 AND p.sets <> 'payout' ORDER BY p.from_at DESC LIMIT 1),
  (SELECT p.digits FROM price_changes AS p WHERE p.offer = NEW.offer AND p.event = NEW.name AND p.affiliate = 0 AND p.counts = 1 AND p.sets = 'all' ORDER BY p.from_at DESC LIMIT 1))
BEGIN
  INSERT INTO price_changes (offer, event, affiliate, from_at, sets, payout, revenue, digits, version, counts)
  SELECT NEW.offer, NEW.name, 0,
    max(o.updated_at, coalesce((SELECT max(p.from_at) FROM price_changes AS p WHERE p.offer = NEW.offer AND p.event = NEW.name AND p.affiliate = 0 AND p.counts = 1), 0)),
    'all', NEW.payout, NEW.revenue, NEW.digits, NEW.version, 1
  FROM offers AS o WHERE o.number = NEW.offer
  ON CONFLICT (offer, event, affiliate, from_at) DO UPDATE SET sets = 'all', payout = excluded.payout, revenue = excluded.revenue, digits = excluded.digits, version = excluded.version, counts = 1;
END;

-- An affiliate's own price that is made with its offer was always its price.
CREATE TRIGGER own_price_begins AFTER INSERT ON offer_event_overrides
WHEN NEW.payout IS NOT NULL OR NEW.revenue IS NOT NULL
BEGIN
  INSERT INTO price_changes (offer, event, affiliate, from_at, sets, payout, revenue, digits, version, counts)
  SELECT NEW.offer, NEW.event, NEW.affiliate, iif(o.created_at = o.updated_at, 0, o.updated_at), 'all', NEW.payout, NEW.revenue, NULL, NEW.version, 1
  FROM offers AS o WHERE o.number = NEW.offer
  ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER own_price_changes_now AFTER UPDATE OF payout, revenue ON offer_event_overrides
WHEN (NEW.payout, NEW.revenue) IS NOT (
  (SELECT p.payout FROM price_changes AS p WHERE p.offer = NEW.offer AND p.event = NEW.event AND p.affiliate = NEW.affiliate AND p.counts = 1 AND p.sets <> 'revenue' ORDER BY p.from_at DESC LIMIT 1),
  (SELECT p.revenue FROM price_changes AS p WHERE p.offer = NEW.offer AND p.event = NEW.event AND p.affiliate = NEW.affiliate AND p.counts = 1 AND p.sets <> 'payout' ORDER BY p.from_at DESC LIMIT 1))
BEGIN
  INSERT INTO price_changes (offer, event, affiliate, from_at, sets, payout, revenue, digits, version, counts)
  SELECT NEW.offer, NEW.event, NEW.affiliate,
    max(o.updated_at, coalesce((SELECT max(p.from_at) FROM price_changes AS p WHERE p.offer = NEW.offer AND p.event = NEW.event AND p.affiliate = NEW.affiliate AND p.counts = 1), 0)),
    'all', NEW.payout, NEW.revenue, NULL, NEW.version, 1
  FROM offers AS o WHERE o.number = NEW.offer
  ON CONFLICT (offer, event, affiliate, from_at) DO UPDATE SET sets = 'all', payout = excluded.payout, revenue = excluded.revenue, digits = excluded.digits, version = excluded.version, counts = 1;
END;
