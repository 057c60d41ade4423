-- Whose a postback is stood in two indexes: two billed rows for each. Now, as its hour is closed and counted, receipts are put down in lists, a row for each owner with all of
-- an hour; what came since is read itself, by time. What comes or changes behind the end of closed time is put down at once, by triggers, and taken out of where it stood. So
-- lists have exactly the postbacks before that end, each once. What eviction deletes stays in its list, and names nothing; retention deletes lists with their hour.

-- `first` is one of the receipts, so that an hour can have several lists. Hours are of 3,600,000 ms since 1970, by receipt. Affiliates have what is proven to be about them.
CREATE TABLE postback_lists (
  kind  TEXT    NOT NULL CHECK (kind IN ('advertiser', 'affiliate')),
  owner INTEGER NOT NULL,
  hour  INTEGER NOT NULL,
  first TEXT    NOT NULL,
  ids   TEXT    NOT NULL CHECK (json_valid(ids)),
  PRIMARY KEY (kind, owner, hour, first)
) STRICT, WITHOUT ROWID;

-- In which lists a postback stands when it is closed.
CREATE VIEW listed_postbacks AS
SELECT 'advertiser' AS kind, advertiser AS owner, received_at / 3600000 AS hour, receipt, received_at FROM postbacks
UNION ALL SELECT 'affiliate', affiliate, received_at / 3600000, receipt, received_at FROM postbacks WHERE proven = 1 AND affiliate IS NOT NULL;

-- What there is, the cron lists: see 0007_listed_postbacks.sql.

CREATE TRIGGER late_postback_is_listed AFTER INSERT ON postbacks
WHEN NEW.received_at < (SELECT until FROM closed_postbacks)
BEGIN
  INSERT INTO postback_lists
  SELECT own.kind, own.owner, NEW.received_at / 3600000, NEW.receipt, json_array(NEW.receipt) FROM (
    SELECT 'advertiser' AS kind, NEW.advertiser AS owner UNION ALL SELECT 'affiliate', NEW.affiliate WHERE NEW.proven = 1 AND NEW.affiliate IS NOT NULL
  ) AS own WHERE NOT EXISTS (
    SELECT 1 FROM postback_lists AS known CROSS JOIN json_each(known.ids) AS id
    WHERE known.kind = own.kind AND known.owner = own.owner AND known.hour = NEW.received_at / 3600000 AND id.value = NEW.receipt
  )
  ON CONFLICT DO UPDATE SET ids = json_insert(ids, '$[#]', excluded.first);
END;

-- Whose it is, when, and whether that is closed, say in which lists a row stands. Those that it leaves are never those that it enters: triggers have no order.
CREATE TRIGGER postback_leaves_its_lists AFTER UPDATE ON postbacks
WHEN OLD.received_at < (SELECT until FROM closed_postbacks)
  AND (OLD.advertiser, iif(OLD.proven, OLD.affiliate, NULL), OLD.received_at / 3600000, 1)
    IS NOT (NEW.advertiser, iif(NEW.proven, NEW.affiliate, NULL), NEW.received_at / 3600000, NEW.received_at < (SELECT until FROM closed_postbacks))
BEGIN
  UPDATE postback_lists SET ids = (SELECT json_group_array(value) FROM json_each(ids) WHERE value <> OLD.receipt)
  WHERE hour = OLD.received_at / 3600000 AND (
    kind = 'advertiser' AND owner = OLD.advertiser
      AND (OLD.advertiser, OLD.received_at / 3600000, 1) IS NOT (NEW.advertiser, NEW.received_at / 3600000, NEW.received_at < (SELECT until FROM closed_postbacks))
    OR kind = 'affiliate' AND owner = OLD.affiliate AND OLD.proven = 1
      AND (OLD.affiliate, OLD.received_at / 3600000, 1)
        IS NOT (iif(NEW.proven, NEW.affiliate, NULL), NEW.received_at / 3600000, NEW.received_at < (SELECT until FROM closed_postbacks))
  ) AND EXISTS (SELECT 1 FROM json_each(ids) WHERE value = OLD.receipt);
END;

CREATE TRIGGER postback_enters_its_lists AFTER UPDATE ON postbacks
WHEN NEW.received_at < (SELECT until FROM closed_postbacks)
  AND (OLD.advertiser, iif(OLD.proven, OLD.affiliate, NULL), OLD.received_at / 3600000, OLD.received_at < (SELECT until FROM closed_postbacks))
    IS NOT (NEW.advertiser, iif(NEW.proven, NEW.affiliate, NULL), NEW.received_at / 3600000, 1)
BEGIN
  INSERT INTO postback_lists
  SELECT own.kind, own.owner, NEW.received_at / 3600000, NEW.receipt, json_array(NEW.receipt) FROM (
    SELECT 'advertiser' AS kind, NEW.advertiser AS owner UNION ALL SELECT 'affiliate', NEW.affiliate WHERE NEW.proven = 1 AND NEW.affiliate IS NOT NULL
  ) AS own WHERE NOT EXISTS (
    SELECT 1 FROM postback_lists AS known CROSS JOIN json_each(known.ids) AS id
    WHERE known.kind = own.kind AND known.owner = own.owner AND known.hour = NEW.received_at / 3600000 AND id.value = NEW.receipt
  )
  ON CONFLICT DO UPDATE SET ids = json_insert(ids, '$[#]', excluded.first);
END;

-- What an object does not know, or knows otherwise, repair deletes and may write anew, elsewhere. Retention has deleted the lists before.
CREATE TRIGGER repaired_postback_is_not_listed AFTER DELETE ON postbacks
WHEN OLD.stage > 0 AND OLD.received_at < (SELECT until FROM closed_postbacks)
BEGIN
  UPDATE postback_lists SET ids = (SELECT json_group_array(value) FROM json_each(ids) WHERE value <> OLD.receipt)
  WHERE hour = OLD.received_at / 3600000 AND (kind = 'advertiser' AND owner = OLD.advertiser OR kind = 'affiliate' AND owner = OLD.affiliate)
    AND EXISTS (SELECT 1 FROM json_each(ids) WHERE value = OLD.receipt);
END;

DROP INDEX postbacks_of_advertiser;
DROP INDEX postbacks_of_affiliate;
