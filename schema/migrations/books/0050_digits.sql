-- How many digits behind the decimal point payout and revenue of an event have; null: as many as the minor unit of the offer's currency (ISO 4217).
ALTER TABLE offer_events ADD COLUMN digits INTEGER CHECK (digits BETWEEN 0 AND 6);

-- A flat price that was set finer than its currency's minor unit, for everybody or for one affiliate, stays what it is: its event has the digits that it needs.
UPDATE offer_events SET digits = finer.digits FROM (
  SELECT p.offer, p.event, max(
      CASE WHEN p.flat % 10 <> 0 THEN 6 WHEN p.flat % 100 <> 0 THEN 5 WHEN p.flat % 1000 <> 0 THEN 4
        WHEN p.flat % 10000 <> 0 THEN 3 WHEN p.flat % 100000 <> 0 THEN 2 WHEN p.flat % 1000000 <> 0 THEN 1 ELSE 0 END
    ) AS digits
  FROM (
    SELECT offer, name AS event, payout ->> '$.flat' AS flat FROM offer_events
    UNION ALL SELECT offer, name, revenue ->> '$.flat' FROM offer_events
    UNION ALL SELECT offer, event, payout ->> '$.flat' FROM offer_event_overrides
    UNION ALL SELECT offer, event, revenue ->> '$.flat' FROM offer_event_overrides
  ) p WHERE p.flat IS NOT NULL GROUP BY p.offer, p.event
) finer, offers o
WHERE finer.offer = offer_events.offer AND finer.event = offer_events.name AND o.number = offer_events.offer AND finer.digits > CASE
  WHEN o.currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
  WHEN o.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
  WHEN o.currency IN ('CLF', 'UYW') THEN 4 ELSE 2 END;
