-- A coupon is found by how its code begins, whosever it is: the search of the console.
CREATE INDEX coupons_by_folded ON coupons (folded);
