-- Whoever sees only what is theirs reads only that: an affiliate its conversions, an advertiser its own, by time, since an ID begins with it.
CREATE INDEX conversions_of_advertiser ON conversions (advertiser, conversion_id);
CREATE INDEX conversions_of_affiliate ON conversions (affiliate, conversion_id);
