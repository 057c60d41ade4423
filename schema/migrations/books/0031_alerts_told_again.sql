-- When the webhook was last reminded of an alert that stays open; null where it was told once.
ALTER TABLE alerts ADD COLUMN told_again_at INTEGER;
