-- Notes stand on what came of it, too: conversions and statements by their IDs, postbacks and claims by their receipts.
CREATE TABLE wider_notes (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT    NOT NULL CHECK (kind IN ('advertiser', 'affiliate', 'offer', 'link', 'destination', 'conversion', 'statement', 'postback', 'claim')),
  subject    TEXT    NOT NULL,
  words      TEXT,
  actor      TEXT    NOT NULL,
  written_at INTEGER NOT NULL,
  removed_at INTEGER,
  CHECK ((words IS NULL) = (removed_at IS NOT NULL))
) STRICT;

INSERT INTO wider_notes SELECT number, kind, subject, words, actor, written_at, removed_at FROM notes;
DROP TABLE notes;
ALTER TABLE wider_notes RENAME TO notes;

CREATE INDEX notes_of_subject ON notes (kind, subject, number);
