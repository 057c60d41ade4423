-- A postback is counted when its hour is over: a sum for each cell instead of a row for each postback. The ledger's cron counts what came before a time
-- and says so here, in one transaction; what was received at or after that time, reports read themselves, by the log's index of time. So at every moment the sums and
-- those rows are everything. What comes late, behind that time, or changes there, the triggers count at once, as they did all of it until now. One row.
CREATE TABLE closed_postbacks (
  only  INTEGER PRIMARY KEY CHECK (only = 1),
  until INTEGER NOT NULL
) STRICT;

-- Whatever there is was counted as it came.
INSERT INTO closed_postbacks SELECT 1, coalesce(max(received_at) + 1, 0) FROM postbacks;

DROP TRIGGER postback_is_counted;
DROP TRIGGER postback_leaves_its_cell;
DROP TRIGGER postback_enters_its_cell;
DROP TRIGGER postback_is_no_longer_counted;

CREATE TRIGGER postback_is_counted AFTER INSERT ON postbacks
WHEN NEW.received_at < (SELECT until FROM closed_postbacks)
  AND NEW.received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks')
BEGIN
  INSERT INTO postback_quarters VALUES
    (NEW.received_at / 900000, NEW.advertiser, coalesce(NEW.event, ''), NEW.status, coalesce(NEW.reason, ''), NEW.test, NEW.times)
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks;
END;

-- Most that changes stays in its cell, as what is erased does.
CREATE TRIGGER postback_leaves_its_cell AFTER UPDATE ON postbacks
WHEN OLD.received_at < (SELECT until FROM closed_postbacks)
  AND OLD.received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks')
  AND (OLD.received_at, OLD.advertiser, OLD.event, OLD.status, OLD.reason, OLD.test, OLD.times)
    IS NOT (NEW.received_at, NEW.advertiser, NEW.event, NEW.status, NEW.reason, NEW.test, NEW.times)
BEGIN
  INSERT INTO postback_quarters VALUES
    (OLD.received_at / 900000, OLD.advertiser, coalesce(OLD.event, ''), OLD.status, coalesce(OLD.reason, ''), OLD.test, -OLD.times)
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks;
END;

CREATE TRIGGER postback_enters_its_cell AFTER UPDATE ON postbacks
WHEN NEW.received_at < (SELECT until FROM closed_postbacks)
  AND NEW.received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks')
  AND (OLD.received_at, OLD.advertiser, OLD.event, OLD.status, OLD.reason, OLD.test, OLD.times)
    IS NOT (NEW.received_at, NEW.advertiser, NEW.event, NEW.status, NEW.reason, NEW.test, NEW.times)
BEGIN
  INSERT INTO postback_quarters VALUES
    (NEW.received_at / 900000, NEW.advertiser, coalesce(NEW.event, ''), NEW.status, coalesce(NEW.reason, ''), NEW.test, NEW.times)
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks;
END;

CREATE TRIGGER postback_is_no_longer_counted AFTER DELETE ON postbacks
WHEN OLD.received_at < (SELECT until FROM closed_postbacks)
  AND OLD.received_at >= (SELECT from_at FROM kept WHERE log = 'postbacks')
BEGIN
  INSERT INTO postback_quarters VALUES
    (OLD.received_at / 900000, OLD.advertiser, coalesce(OLD.event, ''), OLD.status, coalesce(OLD.reason, ''), OLD.test, -OLD.times)
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks;
END;
