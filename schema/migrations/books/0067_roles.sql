-- Managers, who set up and review, and finance, which makes statements: two more roles that a token can have. A check cannot be changed where it stands.
CREATE TABLE tokens_of_roles (
  hash       TEXT    PRIMARY KEY,
  id         TEXT    NOT NULL UNIQUE,
  name       TEXT    NOT NULL,
  role       TEXT    NOT NULL CHECK (role IN ('admin', 'manager', 'finance', 'analyst', 'advertiser', 'affiliate')),
  subject    INTEGER CHECK ((role IN ('advertiser', 'affiliate')) = (subject IS NOT NULL)),
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO tokens_of_roles SELECT hash, id, name, role, subject, created_at, revoked_at FROM tokens;
DROP TABLE tokens;
ALTER TABLE tokens_of_roles RENAME TO tokens;
