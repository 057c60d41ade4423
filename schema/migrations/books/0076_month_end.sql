-- Where a closing makes its drafts final as well: on which day, and when they are due.
ALTER TABLE closings ADD COLUMN final_day TEXT;
ALTER TABLE closings ADD COLUMN due_on TEXT CHECK ((due_on IS NULL) = (final_day IS NULL));
