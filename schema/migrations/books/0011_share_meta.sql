-- Whether the affiliates of an offer see what its advertiser adds to conversions as `meta.…`, which may be margins or people's addresses.
ALTER TABLE offers ADD COLUMN share_meta INTEGER NOT NULL DEFAULT 0 CHECK (share_meta IN (0, 1));
