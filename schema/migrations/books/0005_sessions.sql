-- Sessions of the console that were signed out of before their time. A session is a sealed cookie; what stands here opens nothing, whoever has copied it.
CREATE TABLE ended_sessions (
  id         TEXT    PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
