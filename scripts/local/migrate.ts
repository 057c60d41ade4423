/** Applies the SQL migrations of a folder to a D1 database, and notes them in wrangler's own table, so that both agree on what was applied. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unstable_splitSqlQuery } from "wrangler";

/** The part of a D1 database that migrations need; Miniflare's stands for the platform's. */
export interface Database {
  prepare(sql: string): Statement;
  batch(statements: Statement[]): Promise<unknown>;
}
interface Statement {
  bind(...values: unknown[]): Statement;
  all(): Promise<{ results: unknown[] }>;
}

const TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** Applies each `*.sql` of `dir` that was not yet, by name, each with its note in one transaction; gives the names applied now. */
export async function migrate(database: Database, dir: string): Promise<string[]> {
  await database.prepare(TABLE).all();
  const applied = await database.prepare("SELECT name FROM d1_migrations").all();
  const done = new Set(applied.results.map(nameOf));
  const names = readdirSync(dir)
    .filter((name) => name.endsWith(".sql") && !done.has(name))
    .sort();
  for (const name of names) {
    const statements = unstable_splitSqlQuery(readFileSync(join(dir, name), "utf8"));
    const note = database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name);
    await database.batch([...statements.map((sql) => database.prepare(sql)), note]);
  }
  return names;
}

function nameOf(row: unknown): unknown {
  return typeof row === "object" && row !== null && "name" in row ? row.name : undefined;
}
