-- Whether the link of a conversion's click said that its visitor agreed to be told of to ad platforms ('1'), or did not ('0'); null where it said neither.
ALTER TABLE conversions ADD COLUMN ad_consent TEXT;
