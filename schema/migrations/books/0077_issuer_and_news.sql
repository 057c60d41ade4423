-- Who issues a statement, as JSON, as it was when the statement became final: the setting `issuer` of then.
ALTER TABLE statements ADD COLUMN issuer TEXT CHECK (issuer IS NULL OR json_valid(issuer));

DROP TRIGGER statement_is_final;
CREATE TRIGGER statement_is_final BEFORE UPDATE ON statements
WHEN OLD.state <> 'draft' AND (
  (OLD.state, NEW.state) NOT IN (VALUES ('final', 'paid'), ('paid', 'final'))
  OR (OLD.id, OLD.closing, OLD.owner_type, OLD.owner, OLD.currency, OLD.offers, OLD.until, OLD.time_zone, OLD.line_count, OLD.amount_units, OLD.amount_rest, OLD.due_units, OLD.due_rest,
      OLD.created_at, OLD.year, OLD.ordinal, OLD.number, OLD.owner_name, OLD.issuer, OLD.finalized_at, OLD.finalized_by, OLD.due_on)
    IS NOT (NEW.id, NEW.closing, NEW.owner_type, NEW.owner, NEW.currency, NEW.offers, NEW.until, NEW.time_zone, NEW.line_count, NEW.amount_units, NEW.amount_rest, NEW.due_units, NEW.due_rest,
      NEW.created_at, NEW.year, NEW.ordinal, NEW.number, NEW.owner_name, NEW.issuer, NEW.finalized_at, NEW.finalized_by, NEW.due_on))
BEGIN
  SELECT RAISE(ABORT, 'a statement that is not a draft does not change');
END;

-- What became of a statement, in the order in which it did, for the courier to tell: written in the transaction in which it did, so that none is lost.
-- A payment that is taken back is final again, with nothing paid.
CREATE TABLE statement_news (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  statement INTEGER NOT NULL REFERENCES statements (id),
  state     TEXT    NOT NULL CHECK (state IN ('final', 'paid')),
  at        INTEGER NOT NULL,
  paid_on   TEXT,
  reference TEXT
) STRICT;

CREATE INDEX news_of_statement ON statement_news (statement, id);

CREATE TRIGGER statement_is_news AFTER UPDATE OF state ON statements
WHEN NEW.state IN ('final', 'paid') AND NEW.state <> OLD.state
BEGIN
  INSERT INTO statement_news (statement, state, at, paid_on, reference)
  VALUES (NEW.id, NEW.state,
    CASE WHEN OLD.state = 'draft' THEN NEW.finalized_at WHEN NEW.state = 'paid' THEN NEW.paid_at ELSE CAST(unixepoch('subsec') * 1000 AS INTEGER) END,
    NEW.paid_on, NEW.reference);
END;
