-- Whether the answer to a postback of the advertiser's is a signed promise that it will be entered.
ALTER TABLE advertisers ADD COLUMN promises INTEGER NOT NULL DEFAULT 0 CHECK (promises IN (0, 1));
