-- Whose a conversion is, and when it was clicked, stood in indexes: two billed rows for each conversion, and two more where it was counted by click. Now time is closed: once an
-- hour is over, the conversions that came since the last time are put down in lists, a row for each owner with all IDs, in the transaction that moves `until`. What came since
-- then is read itself, by time. What comes late, behind `until`, is put down at once, by triggers. So lists have exactly the conversions before `until`, at every moment.

-- What has a smaller ID is closed. One row.
CREATE TABLE closed_conversions (
  only  INTEGER PRIMARY KEY CHECK (only = 1),
  until TEXT    NOT NULL
) STRICT;

-- What is there already is closed by the cron, as much in a run as it may take.
INSERT INTO closed_conversions VALUES (1, '');

-- `first` is one of the IDs, so that an hour can have several lists. An advertiser's and an affiliate's are by the hour of the ID (of 3,600,000 ms since 1970); those of kind
-- `clicked`, which have no owner, by that of the click. A row that has become another's, or another click's, stands in the old list too: readers ask the row itself.
CREATE TABLE conversion_lists (
  kind  TEXT    NOT NULL CHECK (kind IN ('advertiser', 'affiliate', 'clicked')),
  owner INTEGER NOT NULL,
  hour  INTEGER NOT NULL,
  first TEXT    NOT NULL,
  ids   TEXT    NOT NULL CHECK (json_valid(ids)),
  PRIMARY KEY (kind, owner, hour, first)
) STRICT, WITHOUT ROWID;

-- In which lists a conversion stands. An ID begins with ten characters of base32, the time in milliseconds.
CREATE VIEW listed_conversions AS
WITH timed AS NOT MATERIALIZED (
  SELECT conversion_id, advertiser, affiliate, clicked_at,
    ((instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 1, 1)) - 1 << 45) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 2, 1)) - 1 << 40)
    + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 3, 1)) - 1 << 35) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 4, 1)) - 1 << 30)
    + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 5, 1)) - 1 << 25) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 6, 1)) - 1 << 20)
    + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 7, 1)) - 1 << 15) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 8, 1)) - 1 << 10)
    + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 9, 1)) - 1 << 5) + (instr('0123456789abcdefghjkmnpqrstvwxyz', substr(conversion_id, 10, 1)) - 1)) / 3600000 AS hour
  FROM conversions
)
SELECT 'advertiser' AS kind, advertiser AS owner, hour, conversion_id FROM timed
UNION ALL SELECT 'affiliate', affiliate, hour, conversion_id FROM timed
UNION ALL SELECT 'clicked', 0, clicked_at / 3600000, conversion_id FROM timed;

CREATE TRIGGER late_conversion_is_listed AFTER INSERT ON conversions
WHEN NEW.conversion_id < (SELECT until FROM closed_conversions)
BEGIN
  INSERT INTO conversion_lists
  SELECT kind, owner, hour, conversion_id, json_array(conversion_id) FROM listed_conversions WHERE conversion_id = NEW.conversion_id
  ON CONFLICT DO NOTHING;
END;

-- An ID stands in a list once, so that nobody reads it twice.
CREATE TRIGGER closed_conversion_is_listed_anew AFTER UPDATE OF advertiser, affiliate, clicked_at ON conversions
WHEN NEW.conversion_id < (SELECT until FROM closed_conversions)
  AND (OLD.advertiser, OLD.affiliate, OLD.clicked_at / 3600000) IS NOT (NEW.advertiser, NEW.affiliate, NEW.clicked_at / 3600000)
BEGIN
  INSERT INTO conversion_lists
  SELECT kind, owner, hour, conversion_id, json_array(conversion_id) FROM listed_conversions AS own
  WHERE conversion_id = NEW.conversion_id AND NOT EXISTS (
    SELECT 1 FROM conversion_lists AS known CROSS JOIN json_each(known.ids) AS id
    WHERE known.kind = own.kind AND known.owner = own.owner AND known.hour = own.hour AND id.value = NEW.conversion_id
  );
END;

DROP INDEX conversions_of_advertiser;
DROP INDEX conversions_of_affiliate;

-- As those that are held are found among everybody's, so among somebody's own.
CREATE INDEX held_of_advertiser ON conversions (advertiser, conversion_id) WHERE hold = 'held';
CREATE INDEX held_of_affiliate ON conversions (affiliate, conversion_id) WHERE hold = 'held';
