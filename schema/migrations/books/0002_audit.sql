-- Who changed what: every change of the set-up, every correction and replay, in the order in which they were made.
-- What is there before and after is as the API shows it; no secret stands in it.
CREATE TABLE audit (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  actor   TEXT    NOT NULL,
  role    TEXT    NOT NULL,
  action  TEXT    NOT NULL,
  kind    TEXT    NOT NULL,
  subject TEXT    NOT NULL,
  before  TEXT    CHECK (before IS NULL OR json_valid(before)),
  after   TEXT    CHECK (after IS NULL OR json_valid(after))
) STRICT;

CREATE INDEX audit_by_subject ON audit (kind, subject, number);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
