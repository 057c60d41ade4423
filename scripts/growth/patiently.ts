/** Statements that are sent once more where the simulator's connection breaks off under them: it does so when one takes long on a busy machine. */
import type { Database } from "../local/migrate.ts";

/** For statements that may come twice. */
export async function patiently(database: Database, sql: string): Promise<void> {
  try {
    await database.prepare(sql).all();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    await database.prepare(sql).all();
  }
}
