-- Whether an advertiser sees who its affiliates are: their slugs, those of their links, and the sites that their visitors come from.
ALTER TABLE advertisers ADD COLUMN share_affiliates INTEGER NOT NULL DEFAULT 0 CHECK (share_affiliates IN (0, 1));
