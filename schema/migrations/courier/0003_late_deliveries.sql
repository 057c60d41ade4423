-- How many deliveries of a destination ended since their deadline had passed, in all, and when the last one did.
ALTER TABLE destination_health ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
ALTER TABLE destination_health ADD COLUMN late_at INTEGER;
