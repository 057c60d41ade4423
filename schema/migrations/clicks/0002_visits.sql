-- Which click of a visitor, link and UTC day is counted as the unique one. The visitor is a keyed hash over all three, so the hash alone is the key; the day
-- comes first, so that old days are deleted as one range.
CREATE TABLE visits (
  day      INTEGER NOT NULL,
  visitor  TEXT    NOT NULL,
  click_id TEXT    NOT NULL,
  PRIMARY KEY (day, visitor)
) STRICT, WITHOUT ROWID;
