/** A database's triggers, put aside while it is filled with rows whose effects are computed in one go. */
import type { Database } from "../local/migrate.ts";

/** Runs `fill` without triggers; afterwards they are back as they were. */
export async function withoutTriggers(database: Database, fill: () => Promise<void>): Promise<void> {
  const { results } = await database.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all();
  const triggers: { name: string; sql: string }[] = JSON.parse(JSON.stringify(results));
  for (const { name } of triggers) await database.prepare(`DROP TRIGGER ${name}`).all();
  await fill();
  for (const { sql } of triggers) await database.prepare(sql).all();
}
