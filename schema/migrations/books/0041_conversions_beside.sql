-- Most clicks have one conversion, of which nothing is looked up by the click. Those that came to a click on which there were others are found by it, and name up to three of these, since
-- one of them, the first, may not be: so all that came of a click is found from each of them, and an index of all clicks, a billed row for every conversion, goes.
ALTER TABLE conversions ADD COLUMN beside TEXT CHECK (beside IS NULL OR json_valid(beside));

UPDATE conversions SET beside = (
  SELECT json_group_array(conversion_id) FROM (
    SELECT other.conversion_id FROM conversions AS other INDEXED BY conversions_of_click
    WHERE other.click_id = conversions.click_id AND other.conversion_id <> conversions.conversion_id ORDER BY other.conversion_id LIMIT 3)
) WHERE EXISTS (
  SELECT 1 FROM conversions AS other INDEXED BY conversions_of_click
  WHERE other.click_id = conversions.click_id AND other.conversion_id <> conversions.conversion_id
);

DROP INDEX conversions_of_click;
CREATE INDEX conversions_beside_others ON conversions (click_id) WHERE beside IS NOT NULL;
