-- The postback log has a database of its own, LOG. What `postbacks` holds here is moved there by the ledger's cron, page by page, and what `postback_quarters` counts
-- here is what has not been moved yet, or was deleted before: reports add the two up. The archive of the log is tended in LOG alone.
DROP TRIGGER hour_is_due_when_postback_comes;
DROP TRIGGER hour_is_due_when_postback_changes;
DROP TRIGGER hour_is_due_when_postback_goes;
DROP TRIGGER hour_is_due_when_postback_moves;
DELETE FROM due_hours WHERE log = 'postbacks';

-- Advertisers whose objects hold rows of LOG that could not be written yet. `marks` counts how often that was said, so that nobody strikes off what was said meanwhile.
CREATE TABLE due_logs (
  advertiser INTEGER PRIMARY KEY,
  marks      INTEGER NOT NULL CHECK (marks > 0)
) STRICT;
