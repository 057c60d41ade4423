-- What is due, closed in statements: to an affiliate, or of an advertiser as the basis of an invoice. The ledger alone writes them, on a command of the console's.
-- `payable_after_days`: how long after its first approval a conversion of the offer is due.
ALTER TABLE offers ADD COLUMN payable_after_days INTEGER NOT NULL DEFAULT 0 CHECK (payable_after_days BETWEEN 0 AND 365);
ALTER TABLE affiliates ADD COLUMN minimum_payout INTEGER NOT NULL DEFAULT 0 CHECK (minimum_payout BETWEEN 0 AND 1000000000000000);

-- A statement; sums of money are whole units and the rest in micros. `offers` is null, or a sorted JSON array of numbers: the group that it is about. `number` is given when it becomes
-- final: from then on nothing of it changes but whether it is paid. `owner_name` is what its owner was called then, as JSON.
CREATE TABLE statements (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  closing       TEXT    NOT NULL,
  owner_type    TEXT    NOT NULL CHECK (owner_type IN ('affiliate', 'advertiser')),
  owner         INTEGER NOT NULL,
  currency      TEXT    NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
  offers        TEXT    CHECK (offers IS NULL OR json_valid(offers)),
  until         INTEGER NOT NULL,
  time_zone     TEXT    NOT NULL,
  state         TEXT    NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'final', 'paid', 'discarded')),
  line_count    INTEGER NOT NULL DEFAULT 0,
  amount_units  INTEGER NOT NULL DEFAULT 0,
  amount_rest   INTEGER NOT NULL DEFAULT 0,
  due_units     INTEGER NOT NULL DEFAULT 0,
  due_rest      INTEGER NOT NULL DEFAULT 0,
  created_at    INTEGER NOT NULL,
  year          INTEGER,
  ordinal       INTEGER,
  number        TEXT    UNIQUE,
  owner_name    TEXT    CHECK (owner_name IS NULL OR json_valid(owner_name)),
  finalized_at  INTEGER,
  finalized_by  TEXT,
  due_on        TEXT,
  paid_on       TEXT,
  paid_at       INTEGER,
  paid_by       TEXT,
  reference     TEXT,
  CHECK ((number IS NOT NULL) = (state IN ('final', 'paid')) AND (finalized_at IS NOT NULL) = (number IS NOT NULL)),
  CHECK ((paid_at IS NOT NULL) = (state = 'paid'))
) STRICT;

CREATE INDEX statements_of_owner ON statements (owner_type, owner, id);
CREATE INDEX statements_of_closing ON statements (closing, owner, currency);
-- Consecutive, without a gap, by the year of the day on which they became final.
CREATE UNIQUE INDEX statements_numbered ON statements (owner_type, year, ordinal) WHERE ordinal IS NOT NULL;
-- One draft of an owner's at a time, in a currency and for a group of offers.
CREATE UNIQUE INDEX statements_drafted ON statements (owner_type, owner, currency, coalesce(offers, '')) WHERE state = 'draft';

CREATE TRIGGER statement_is_final BEFORE UPDATE ON statements
WHEN OLD.state <> 'draft' AND (
  (OLD.state, NEW.state) NOT IN (VALUES ('final', 'paid'), ('paid', 'final'))
  OR (OLD.id, OLD.closing, OLD.owner_type, OLD.owner, OLD.currency, OLD.offers, OLD.until, OLD.time_zone, OLD.line_count, OLD.amount_units, OLD.amount_rest, OLD.due_units, OLD.due_rest,
      OLD.created_at, OLD.year, OLD.ordinal, OLD.number, OLD.owner_name, OLD.finalized_at, OLD.finalized_by, OLD.due_on)
    IS NOT (NEW.id, NEW.closing, NEW.owner_type, NEW.owner, NEW.currency, NEW.offers, NEW.until, NEW.time_zone, NEW.line_count, NEW.amount_units, NEW.amount_rest, NEW.due_units, NEW.due_rest,
      NEW.created_at, NEW.year, NEW.ordinal, NEW.number, NEW.owner_name, NEW.finalized_at, NEW.finalized_by, NEW.due_on))
BEGIN
  SELECT RAISE(ABORT, 'a statement that is not a draft does not change');
END;

CREATE TRIGGER statement_stays BEFORE DELETE ON statements
BEGIN
  SELECT RAISE(ABORT, 'statements are not deleted');
END;

-- A line says that the statement takes the conversion's account from behind entry `from_seq` up to entry `seq`, for this owner and currency; `amount` and `due` are what the entries
-- between add up to. `seq` 0 takes back all that was listed: the conversion became another owner's, or another currency's. So the lines of a conversion are a chain, and each entry stands
-- in one line of it. `carried`: all of it was due before, when too little was due to be closed.
CREATE TABLE statement_lines (
  conversion_id TEXT    NOT NULL,
  owner_type    TEXT    NOT NULL CHECK (owner_type IN ('affiliate', 'advertiser')),
  owner         INTEGER NOT NULL,
  currency      TEXT    NOT NULL,
  turn          INTEGER NOT NULL CHECK (turn > 0),
  statement     INTEGER NOT NULL REFERENCES statements (id),
  from_seq      INTEGER NOT NULL CHECK (from_seq >= 0),
  seq           INTEGER NOT NULL CHECK (seq > from_seq OR (seq = 0 AND from_seq > 0)),
  offer         INTEGER NOT NULL,
  event         TEXT    NOT NULL,
  status        TEXT    NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'reversed')),
  amount        INTEGER NOT NULL,
  due           INTEGER NOT NULL,
  carried       INTEGER NOT NULL CHECK (carried IN (0, 1)),
  PRIMARY KEY (conversion_id, owner_type, owner, currency, turn)
) STRICT, WITHOUT ROWID;

CREATE INDEX lines_of_statement ON statement_lines (statement, conversion_id);

CREATE TRIGGER line_comes_next BEFORE INSERT ON statement_lines
WHEN NOT EXISTS (
    SELECT 1 FROM statements s WHERE s.id = NEW.statement AND s.state = 'draft' AND s.owner_type = NEW.owner_type AND s.owner = NEW.owner AND s.currency = NEW.currency)
  OR (NEW.turn = 1 AND NEW.from_seq <> 0)
  OR (NEW.turn > 1 AND NOT EXISTS (
    SELECT 1 FROM statement_lines l JOIN statements s ON s.id = l.statement
    WHERE l.conversion_id = NEW.conversion_id AND l.owner_type = NEW.owner_type AND l.owner = NEW.owner AND l.currency = NEW.currency
      AND l.turn = NEW.turn - 1 AND l.seq = NEW.from_seq AND s.state IN ('final', 'paid')))
BEGIN
  SELECT RAISE(ABORT, 'a line goes into a draft of its owner, behind what final statements list');
END;

CREATE TRIGGER line_does_not_change BEFORE UPDATE ON statement_lines
BEGIN
  SELECT RAISE(ABORT, 'lines of statements do not change');
END;

CREATE TRIGGER line_of_final_statement_stays BEFORE DELETE ON statement_lines
WHEN (SELECT state FROM statements WHERE id = OLD.statement) <> 'draft'
BEGIN
  SELECT RAISE(ABORT, 'lines of a statement that is not a draft stay');
END;

-- A bonus, a fee, a correction: by hand, with its reason, in the next statement that takes all offers.
CREATE TABLE adjustments (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  key        TEXT    NOT NULL UNIQUE,
  owner_type TEXT    NOT NULL CHECK (owner_type IN ('affiliate', 'advertiser')),
  owner      INTEGER NOT NULL,
  currency   TEXT    NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
  due        INTEGER NOT NULL CHECK (due <> 0 AND abs(due) <= 1000000000000000),
  reason     TEXT    NOT NULL,
  made_at    INTEGER NOT NULL,
  made_by    TEXT    NOT NULL,
  statement  INTEGER REFERENCES statements (id)
) STRICT;

CREATE INDEX adjustments_open ON adjustments (owner_type, owner, currency) WHERE statement IS NULL;
CREATE INDEX adjustments_of_statement ON adjustments (statement) WHERE statement IS NOT NULL;

CREATE TRIGGER adjustment_does_not_change BEFORE UPDATE ON adjustments
WHEN (OLD.id, OLD.key, OLD.owner_type, OLD.owner, OLD.currency, OLD.due, OLD.reason, OLD.made_at, OLD.made_by)
    IS NOT (NEW.id, NEW.key, NEW.owner_type, NEW.owner, NEW.currency, NEW.due, NEW.reason, NEW.made_at, NEW.made_by)
  OR (OLD.statement IS NOT NULL AND (SELECT state FROM statements WHERE id = OLD.statement) <> 'draft')
  OR (NEW.statement IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM statements s WHERE s.id = NEW.statement AND s.state = 'draft' AND s.owner_type = NEW.owner_type AND s.owner = NEW.owner AND s.currency = NEW.currency))
BEGIN
  SELECT RAISE(ABORT, 'an adjustment goes into one statement of its owner, and does not change');
END;

CREATE TRIGGER adjustment_stays BEFORE DELETE ON adjustments
BEGIN
  SELECT RAISE(ABORT, 'adjustments are not deleted');
END;

-- A closing goes on step by step, each one transaction; `step` is where it stands, so that of two runs of it one alone goes on. `after` is the conversion behind which it goes on.
-- `offers` and `owners` are null for all, or sorted JSON arrays of numbers.
CREATE TABLE closings (
  key        TEXT    PRIMARY KEY,
  owner_type TEXT    NOT NULL CHECK (owner_type IN ('affiliate', 'advertiser')),
  until      INTEGER NOT NULL,
  time_zone  TEXT    NOT NULL,
  offers     TEXT    CHECK (offers IS NULL OR json_valid(offers)),
  owners     TEXT    CHECK (owners IS NULL OR json_valid(owners)),
  made_at    INTEGER NOT NULL,
  made_by    TEXT    NOT NULL,
  stage      TEXT    NOT NULL CHECK (stage IN ('freeing', 'tidying', 'summing', 'opening', 'listing', 'totting', 'done')),
  step       INTEGER NOT NULL DEFAULT 0,
  after      TEXT    NOT NULL DEFAULT '',
  done_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX closings_by_time ON closings (made_at, key);

CREATE TRIGGER closing_goes_step_by_step BEFORE UPDATE ON closings
WHEN NEW.step <> OLD.step + 1 OR OLD.stage = 'done'
BEGIN
  SELECT RAISE(ABORT, 'another run of this closing went on');
END;

-- What a closing found to be due, by owner and currency. `carried`: too little to be closed.
CREATE TABLE closing_dues (
  closing     TEXT    NOT NULL,
  owner       INTEGER NOT NULL,
  currency    TEXT    NOT NULL,
  conversions INTEGER NOT NULL,
  due_units   INTEGER NOT NULL,
  due_rest    INTEGER NOT NULL,
  carried     INTEGER NOT NULL DEFAULT 0 CHECK (carried IN (0, 1)),
  PRIMARY KEY (closing, owner, currency)
) STRICT, WITHOUT ROWID;

-- Until when too little was due to an owner to be closed; gone with its next statement.
CREATE TABLE carried_balances (
  owner_type TEXT    NOT NULL CHECK (owner_type IN ('affiliate', 'advertiser')),
  owner      INTEGER NOT NULL,
  currency   TEXT    NOT NULL,
  until      INTEGER NOT NULL,
  due_units  INTEGER NOT NULL,
  due_rest   INTEGER NOT NULL,
  PRIMARY KEY (owner_type, owner, currency)
) STRICT, WITHOUT ROWID;

-- Commands that were taken, by their keys: one that comes again changes nothing.
CREATE TABLE statement_commands (
  key      TEXT    PRIMARY KEY,
  taken_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What of a conversion is not listed yet is looked for among those of IDs from `before_id` on, which are read in their order, and among the few older ones that stand in `unlisted`: those
-- that were left when the bound moved on, and those of which something was booked since. So a closing does not read all books, and a conversion costs no row of an index.
CREATE TABLE listing_bounds (
  owner_type TEXT PRIMARY KEY CHECK (owner_type IN ('affiliate', 'advertiser')),
  before_id  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO listing_bounds (owner_type, before_id) VALUES ('affiliate', ''), ('advertiser', '');

CREATE TABLE unlisted (
  owner_type    TEXT NOT NULL CHECK (owner_type IN ('affiliate', 'advertiser')),
  conversion_id TEXT NOT NULL,
  PRIMARY KEY (owner_type, conversion_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER old_conversion_is_unlisted AFTER INSERT ON conversions
WHEN NEW.test = 0 AND NEW.imported = 0 AND NEW.conversion_id < (SELECT max(before_id) FROM listing_bounds)
BEGIN
  INSERT OR IGNORE INTO unlisted (owner_type, conversion_id) SELECT owner_type, NEW.conversion_id FROM listing_bounds WHERE NEW.conversion_id < before_id;
END;

CREATE TRIGGER old_entry_is_unlisted AFTER INSERT ON entries
WHEN NEW.conversion_id < (SELECT max(before_id) FROM listing_bounds)
BEGIN
  INSERT OR IGNORE INTO unlisted (owner_type, conversion_id) SELECT owner_type, NEW.conversion_id FROM listing_bounds WHERE NEW.conversion_id < before_id;
END;
