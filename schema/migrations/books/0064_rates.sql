-- Rates of exchange: so many units of a currency for one euro, as the European Central Bank tells them, of a UTC day. A decimal as text, since no float holds it; the console writes it.
CREATE TABLE rates (
  currency TEXT NOT NULL CHECK (length(currency) = 3 AND currency <> 'EUR'),
  day TEXT NOT NULL CHECK (day IS date(day)),
  per_euro TEXT NOT NULL CHECK (per_euro NOT GLOB '*[^0-9.]*'),
  source TEXT NOT NULL CHECK (source IN ('ecb', 'hand')),
  note TEXT,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (currency, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX rates_by_day ON rates (day);

-- What becomes of a sale in another currency than the offer's. Until there are rates, none is taken, so offers that are here already are asked for nothing.
ALTER TABLE offers ADD COLUMN other_currencies TEXT NOT NULL DEFAULT 'convert' CHECK (other_currencies IN ('convert', 'reject'));

-- What a sale was told in, where that is not the offer's currency: what of it remains, at which rate it is booked, and of which day that is.
ALTER TABLE conversions ADD COLUMN original_amount INTEGER;
ALTER TABLE conversions ADD COLUMN original_currency TEXT;
ALTER TABLE conversions ADD COLUMN rate TEXT;
ALTER TABLE conversions ADD COLUMN rate_day TEXT;
