-- A closing that makes final what somebody looked at: the look, and whether what it found was something else, so that its drafts stay drafts.
ALTER TABLE closings ADD COLUMN look TEXT;
ALTER TABLE closings ADD COLUMN differs INTEGER NOT NULL DEFAULT 0 CHECK (differs IN (0, 1));
