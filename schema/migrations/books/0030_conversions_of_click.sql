-- All that came of a click: what happened on it, and what did not follow within so many days, is looked up for each conversion of an audience.
CREATE INDEX conversions_of_click ON conversions (click_id);
