-- What paying an affiliate needs. `bank_details` are sealed by the console, which alone can read them; `bank_hint` is their end, which says which account is meant.
ALTER TABLE affiliates ADD COLUMN legal_name TEXT;
ALTER TABLE affiliates ADD COLUMN contact TEXT;
ALTER TABLE affiliates ADD COLUMN vat_number TEXT;
ALTER TABLE affiliates ADD COLUMN payment_method TEXT;
ALTER TABLE affiliates ADD COLUMN payment_note TEXT;
ALTER TABLE affiliates ADD COLUMN payment_currency TEXT CHECK (payment_currency IS NULL OR payment_currency GLOB '[A-Z][A-Z][A-Z]');
ALTER TABLE affiliates ADD COLUMN bank_details TEXT;
ALTER TABLE affiliates ADD COLUMN bank_hint TEXT;
