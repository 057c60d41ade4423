-- Who vouched for a postback, by the version of the advertiser's credentials, and a keyed hash of the address that it came from; and, of one that came several
-- times, the attempts that were decided, as JSON.
ALTER TABLE postbacks ADD COLUMN credential_version INTEGER;
ALTER TABLE postbacks ADD COLUMN address_hash TEXT;
ALTER TABLE postbacks ADD COLUMN attempts TEXT CHECK (attempts IS NULL OR json_valid(attempts));
