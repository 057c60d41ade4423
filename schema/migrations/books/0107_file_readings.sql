-- How the files of an advertiser are read where they do not tell by themselves: kept for its next one, as the API's parameters say it.
ALTER TABLE advertisers ADD COLUMN file_reading TEXT;
