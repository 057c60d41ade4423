-- As of postbacks: an advertiser's reports read no sum of others'. A quarter-hour's is indexed once, when it begins.
CREATE INDEX postback_quarters_of_advertiser ON postback_quarters (advertiser, quarter);
