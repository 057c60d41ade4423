-- What an operator looks at before it counts: so many first conversions of each affiliate on an offer, and all of an event.
ALTER TABLE offers ADD COLUMN review_first INTEGER NOT NULL DEFAULT 0 CHECK (review_first BETWEEN 0 AND 1000);
ALTER TABLE offer_events ADD COLUMN review TEXT NOT NULL DEFAULT 'none' CHECK (review IN ('none', 'all'));

-- Why an operator rejects: a list of the operators' own. The words are for the affiliate, who sees nothing else of why.
CREATE TABLE review_reasons (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  slug       TEXT    NOT NULL UNIQUE,
  words      TEXT    NOT NULL CHECK (words <> ''),
  status     TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'ended')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- The slug of the reason that an operator gave for rejecting a conversion, while that stands.
ALTER TABLE conversions ADD COLUMN reject_reason TEXT;
