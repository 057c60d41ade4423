/** Databases in memory, as all of their migrations make them. */
import { DatabaseSync } from "node:sqlite";
import { filesUnder, read } from "./files.ts";

export function migrated(name: "books" | "log" | "courier"): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  for (const file of filesUnder(`schema/migrations/${name}`).sort()) database.exec(read(file));
  return database;
}
