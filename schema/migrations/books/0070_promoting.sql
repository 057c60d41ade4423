-- Which affiliates may promote an offer, and whether they make their links to it themselves. Offers that are there stay as they were: with a link of the operator's only.
ALTER TABLE offers ADD COLUMN access TEXT NOT NULL DEFAULT 'private' CHECK (access IN ('private', 'apply', 'open'));
ALTER TABLE offers ADD COLUMN links_by_affiliate INTEGER NOT NULL DEFAULT 0 CHECK (links_by_affiliate IN (0, 1));

-- Whether its affiliate paused a link itself: then it may resume it, and not what the operator paused.
ALTER TABLE links ADD COLUMN paused_by TEXT CHECK (paused_by = 'affiliate');

-- Whom the operator lets promote an offer, and who asked. note is the affiliate's, reason the operator's, which the affiliate reads.
CREATE TABLE admissions (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  affiliate  INTEGER NOT NULL REFERENCES affiliates (number),
  offer      INTEGER NOT NULL REFERENCES offers (number),
  state      TEXT    NOT NULL CHECK (state IN ('applied', 'admitted', 'refused')),
  note       TEXT,
  reason     TEXT,
  applied_at INTEGER,
  decided_at INTEGER,
  decided_by TEXT,
  UNIQUE (affiliate, offer)
) STRICT;

CREATE INDEX admissions_of_offer ON admissions (offer);
CREATE INDEX admissions_open ON admissions (number) WHERE state = 'applied';
