/** The books as node:sqlite has them: the reference for what writing and reading their rows costs by itself. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ROOT } from "../sections.ts";

/** A new file with the tables, indexes and triggers of the books, or of the postback log; a transaction is on disk when it ends. */
export function openReference(path: string, database: "books" | "log" = "books"): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const migrations = join(ROOT, "schema/migrations", database);
  for (const file of readdirSync(migrations).sort()) db.exec(readFileSync(join(migrations, file), "utf8"));
  return db;
}
