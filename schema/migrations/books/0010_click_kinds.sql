-- What the click log says of a conversion's click, taken over with its other columns: a bot's click counts, as a provisional one does, once a conversion follows.
-- NULL where the click's row was not found, and on conversions from before.
ALTER TABLE conversions ADD COLUMN click_kind TEXT CHECK (click_kind IS NULL OR click_kind IN ('counted', 'provisional', 'bot'));

-- Conversions of clicks that were not counted when they came: few. A provisional click's flag stands in the twelfth character of its ID, so that such a click counts also when its row is lost.
DROP INDEX conversions_of_provisional_clicks;
CREATE INDEX conversions_of_uncounted_clicks ON conversions (click_id)
WHERE instr('4567cdefmnpqwxyz', substr(click_id, 12, 1)) > 0 OR click_kind IN ('provisional', 'bot');
