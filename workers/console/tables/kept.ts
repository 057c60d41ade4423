/** Since when rows of a log are in its database: what is older lies in the archive only. */

/** The logs whose old rows are deleted from their database once they are archived. */
export type KeptLog = "postbacks";

/** Unix milliseconds; 0 when none were deleted yet. */
export async function keptFromMs(database: Pick<D1Database, "prepare">, log: KeptLog): Promise<number> {
  const kept = database.prepare("SELECT from_at FROM kept WHERE log = ?").bind(log);
  return (await kept.all<{ from_at: number }>()).results[0]?.from_at ?? 0;
}
