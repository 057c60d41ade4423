-- People who sign in, each by an e-mail address that is theirs. There are no passwords: a link that an admin makes opens a session once; only its hash is here.
CREATE TABLE users (
  number     INTEGER PRIMARY KEY,
  email      TEXT    NOT NULL UNIQUE CHECK (email = lower(email)),
  name       TEXT    NOT NULL,
  role       TEXT    NOT NULL CHECK (role IN ('admin', 'manager', 'finance', 'analyst', 'advertiser', 'affiliate')),
  subject    INTEGER CHECK ((role IN ('advertiser', 'affiliate')) = (subject IS NOT NULL)),
  status     TEXT    NOT NULL CHECK (status IN ('active', 'paused')),
  invited_by TEXT    NOT NULL,
  link_hash  TEXT    UNIQUE CHECK ((link_hash IS NULL) = (link_until IS NULL)),
  link_until INTEGER,
  seen_at    INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- Whoever else changes what: somebody stays who can let people in.
CREATE TRIGGER users_keep_an_admin BEFORE UPDATE ON users
WHEN OLD.role = 'admin' AND OLD.status = 'active' AND NOT (NEW.role = 'admin' AND NEW.status = 'active')
  AND NOT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND status = 'active' AND number <> OLD.number)
BEGIN
  SELECT RAISE(ABORT, 'the last admin stays');
END;

CREATE TRIGGER users_are_never_deleted BEFORE DELETE ON users
BEGIN
  SELECT RAISE(ABORT, 'users are paused, never deleted');
END;

-- All sessions of a holder, a token's hash or a user, that began until then are over.
CREATE TABLE sessions_over (
  holder TEXT    PRIMARY KEY,
  until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
