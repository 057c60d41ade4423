-- As of conversions, so of all that grows: whoever sees only what is theirs reads no claim of others, no sum of others' postbacks, and of the few conversions whose click counts
-- only because of them its own. The last two are written for those few alone, and a quarter-hour's sum is indexed once, when it begins.
CREATE INDEX claims_of_advertiser ON claims (advertiser, received_at, receipt);
CREATE INDEX claims_of_affiliate ON claims (affiliate, received_at, receipt);
CREATE INDEX postback_quarters_of_advertiser ON postback_quarters (advertiser, quarter);
CREATE INDEX uncounted_clicks_of_advertiser ON conversions (advertiser, click_id)
WHERE instr('4567cdefmnpqwxyz', substr(click_id, 12, 1)) > 0 OR click_kind IN ('provisional', 'bot');
CREATE INDEX uncounted_clicks_of_affiliate ON conversions (affiliate, click_id)
WHERE instr('4567cdefmnpqwxyz', substr(click_id, 12, 1)) > 0 OR click_kind IN ('provisional', 'bot');
