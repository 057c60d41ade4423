-- Which click parameter brought the external ID of a conversion's click, such as gclid or wbraid: platforms are told conversions under that name. Null where the link named it as ours.
ALTER TABLE conversions ADD COLUMN external_kind TEXT;
