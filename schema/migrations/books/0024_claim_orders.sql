-- Claims are looked up by the order that they name, whatever became of them; what is open, and what is decided, is found by its time.
DROP INDEX claims_open;
CREATE INDEX claims_by_order ON claims (advertiser, txid) WHERE txid IS NOT NULL;
CREATE INDEX claims_open ON claims (received_at, receipt) WHERE state = 'open';
CREATE INDEX claims_decided ON claims (received_at, receipt) WHERE state <> 'open';
