-- An order is found by its number, and a coupon by how its code begins, whosever they are: the search of the console.
CREATE INDEX conversions_by_txid ON conversions (txid, conversion_id) WHERE txid IS NOT NULL;
CREATE INDEX coupons_by_folded ON coupons (folded);
