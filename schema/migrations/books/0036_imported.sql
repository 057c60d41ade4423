-- Conversions that another tracker booked, out of its history: closed, and never paid here. `old_click_id` is that tracker's, of any form; `click_id` says that none is ours.
ALTER TABLE conversions ADD COLUMN imported INTEGER NOT NULL DEFAULT 0 CHECK (imported IN (0, 1));
ALTER TABLE conversions ADD COLUMN old_click_id TEXT;
