-- The status of many things set at once: which and what they were was counted, and stands here before anything is changed. `items`: number, slug, status before, and of a link who had
-- paused it; `changed` are those of them that were so still when it was carried out, `put_back` those that were when it was taken back.
CREATE TABLE status_changes (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT    NOT NULL CHECK (kind IN ('link', 'offer', 'affiliate', 'advertiser', 'destination')),
  status     TEXT    NOT NULL CHECK (status IN ('active', 'paused', 'ended')),
  asked      TEXT    NOT NULL CHECK (json_valid(asked)),
  items      TEXT    NOT NULL CHECK (json_valid(items)),
  unchanged  INTEGER NOT NULL,
  links      INTEGER NOT NULL,
  affiliates INTEGER NOT NULL,
  clicks     INTEGER NOT NULL,
  actor      TEXT    NOT NULL,
  counted_at INTEGER NOT NULL,
  ran_at     INTEGER,
  changed    TEXT    CHECK (changed IS NULL OR json_valid(changed)),
  undone_at  INTEGER,
  put_back   TEXT    CHECK (put_back IS NULL OR json_valid(put_back))
) STRICT;
