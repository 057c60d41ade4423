-- Words by which operators group what is set up: a sorted JSON array.
ALTER TABLE advertisers ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));
ALTER TABLE affiliates ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));
ALTER TABLE offers ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));
ALTER TABLE links ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));
ALTER TABLE destinations ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));

-- What operators note of it for one another. `subject` is its slug, which is never another's. A note that was taken back keeps who wrote it, and not what.
CREATE TABLE notes (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT    NOT NULL CHECK (kind IN ('advertiser', 'affiliate', 'offer', 'link', 'destination')),
  subject    TEXT    NOT NULL,
  words      TEXT,
  actor      TEXT    NOT NULL,
  written_at INTEGER NOT NULL,
  removed_at INTEGER,
  CHECK ((words IS NULL) = (removed_at IS NOT NULL))
) STRICT;

CREATE INDEX notes_of_subject ON notes (kind, subject, number);
