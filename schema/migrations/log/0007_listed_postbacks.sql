-- Lists of a log that is older than they are: how far they go is a mark of its own, behind that of the sums, which have everything. The cron lists what is between, twenty thousand
-- rows in a transaction, since a statement over a log of gigabytes would be ended; meanwhile owners' rows from this mark on are read by time, as what is open is. Then both marks are one.
ALTER TABLE closed_postbacks ADD COLUMN listed INTEGER NOT NULL DEFAULT 0 CHECK (listed <= until);
-- Lists that are there have everything before the end of closed time.
UPDATE closed_postbacks SET listed = until WHERE EXISTS (SELECT 1 FROM postback_lists) OR NOT EXISTS (SELECT 1 FROM postbacks);

DROP TRIGGER late_postback_is_listed;
DROP TRIGGER postback_leaves_its_lists;
DROP TRIGGER postback_enters_its_lists;
DROP TRIGGER repaired_postback_is_not_listed;

CREATE TRIGGER late_postback_is_listed AFTER INSERT ON postbacks
WHEN NEW.received_at < (SELECT listed FROM closed_postbacks)
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
WHEN OLD.received_at < (SELECT listed FROM closed_postbacks)
  AND (OLD.advertiser, iif(OLD.proven, OLD.affiliate, NULL), OLD.received_at / 3600000, 1)
    IS NOT (NEW.advertiser, iif(NEW.proven, NEW.affiliate, NULL), NEW.received_at / 3600000, NEW.received_at < (SELECT listed FROM closed_postbacks))
BEGIN
  UPDATE postback_lists SET ids = (SELECT json_group_array(value) FROM json_each(ids) WHERE value <> OLD.receipt)
  WHERE hour = OLD.received_at / 3600000 AND (
    kind = 'advertiser' AND owner = OLD.advertiser
      AND (OLD.advertiser, OLD.received_at / 3600000, 1) IS NOT (NEW.advertiser, NEW.received_at / 3600000, NEW.received_at < (SELECT listed FROM closed_postbacks))
    OR kind = 'affiliate' AND owner = OLD.affiliate AND OLD.proven = 1
      AND (OLD.affiliate, OLD.received_at / 3600000, 1)
        IS NOT (iif(NEW.proven, NEW.affiliate, NULL), NEW.received_at / 3600000, NEW.received_at < (SELECT listed FROM closed_postbacks))
  ) AND EXISTS (SELECT 1 FROM json_each(ids) WHERE value = OLD.receipt);
END;

CREATE TRIGGER postback_enters_its_lists AFTER UPDATE ON postbacks
WHEN NEW.received_at < (SELECT listed FROM closed_postbacks)
  AND (OLD.advertiser, iif(OLD.proven, OLD.affiliate, NULL), OLD.received_at / 3600000, OLD.received_at < (SELECT listed FROM closed_postbacks))
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
WHEN OLD.stage > 0 AND OLD.received_at < (SELECT listed FROM closed_postbacks)
BEGIN
  UPDATE postback_lists SET ids = (SELECT json_group_array(value) FROM json_each(ids) WHERE value <> OLD.receipt)
  WHERE hour = OLD.received_at / 3600000 AND (kind = 'advertiser' AND owner = OLD.advertiser OR kind = 'affiliate' AND owner = OLD.affiliate)
    AND EXISTS (SELECT 1 FROM json_each(ids) WHERE value = OLD.receipt);
END;
