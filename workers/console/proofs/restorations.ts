/** Where the books' database was taken back behind minutes that the signed log has published: what the ledger found, and an operator's word that it was restored, which the log then has. */
import * as v from "valibot";
import { formatInstant } from "../../core/instant.ts";
import type { Env } from "../env.ts";

const restoration = v.object({
  /** How many minutes were published when it was found. */
  minutes: v.number(),
  /** The last row of the audit log that was chained then. */
  row: v.number(),
  found_at: v.string(),
  /** When it was said, and by whom; null until then. */
  said_at: v.nullable(v.string()),
  by: v.nullable(v.string()),
  checkpoint: v.nullable(v.number()),
});

export const restorationsAnswer = v.object({ items: v.array(restoration) });

interface Row {
  size: number;
  number: number;
  found_at: number;
  said_at: number | null;
  who: string | null;
  checkpoint: number | null;
}

const ALL = "SELECT size, number, found_at, said_at, who, checkpoint FROM restorations ORDER BY size";
const SAY = "UPDATE restorations SET said_at = ?1, who = ?2 WHERE said_at IS NULL RETURNING size";

export async function listRestorations({ DB }: Pick<Env, "DB">): Promise<v.InferOutput<typeof restorationsAnswer>> {
  const { results } = await DB.prepare(ALL).all<Row>();
  return {
    items: results.map(({ size, number, found_at, said_at, who, checkpoint }) => ({
      minutes: size,
      row: number,
      found_at: formatInstant(found_at),
      said_at: said_at === null ? null : formatInstant(said_at),
      by: who,
      checkpoint,
    })),
  };
}

/** Says of all that were found and not said yet that the database was restored; gives how many that were. */
export async function sayRestored({ DB }: Pick<Env, "DB">, by: string, nowMs: number): Promise<number> {
  const { results } = await DB.prepare(SAY).bind(nowMs, by).all();
  return results.length;
}
