-- As of conversions. Affiliates see what is proven to be about them, and nothing else.
CREATE INDEX postbacks_of_advertiser ON postbacks (advertiser, received_at, receipt);
CREATE INDEX postbacks_of_affiliate ON postbacks (affiliate, received_at, receipt) WHERE proven = 1;
