-- What is erased, by what replaced it: what is refused later in its name is met by it.
CREATE TABLE erased (
  name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
