-- A keyed hash of the account in an affiliate's bank details, by which two that are paid to the same one are found. Empty where they cannot be opened.
ALTER TABLE affiliates ADD COLUMN bank_mark TEXT;
CREATE INDEX affiliates_by_bank_mark ON affiliates (bank_mark) WHERE bank_mark > '';
