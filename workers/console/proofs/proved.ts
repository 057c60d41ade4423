/** Under which checkpoint of the signed log something stands, and of when that is. */
import * as v from "valibot";
import { objectName } from "../../core/books/stored.ts";
import { formatInstant } from "../../core/instant.ts";
import type { Env } from "../env.ts";

export const provedAnswer = v.object({ checkpoint: v.number(), at: v.string() });
export type Proved = v.InferOutput<typeof provedAnswer>;

/** What of an advertiser's is looked for, by receipt and by conversion's ID. */
interface Asked {
  receipts?: readonly string[];
  conversions?: readonly string[];
}

/** Checkpoints by receipt and conversion; what the log does not have yet, or no object answers for, has none. */
export async function provedOf(
  env: Pick<Env, "DB" | "CONVERSIONS">,
  advertiser: number,
  { receipts = [], conversions = [] }: Asked,
): Promise<Map<string, Proved>> {
  try {
    const object = env.CONVERSIONS.getByName(objectName(advertiser));
    const under = await object.checkpointsOf([...receipts], [...conversions]);
    const times = await timesOf(
      env.DB,
      under.map(({ checkpoint }) => checkpoint),
    );
    return new Map(
      under.flatMap(({ name, checkpoint }) => {
        const at = times.get(checkpoint);
        return at === undefined ? [] : [[name, { checkpoint, at }] as const];
      }),
    );
  } catch (error) {
    console.error({ event: "object_not_asked", advertiser, error: String(error) });
    return new Map();
  }
}

/** The same of one receipt of the advertiser of that slug. */
export async function provedReceipt(
  env: Pick<Env, "DB" | "CONVERSIONS">,
  slug: string,
  receipt: string,
): Promise<Proved | null> {
  const number = await env.DB.prepare("SELECT number FROM advertisers WHERE slug = ?").bind(slug).first("number");
  return typeof number === "number"
    ? ((await provedOf(env, number, { receipts: [receipt] })).get(receipt) ?? null)
    : null;
}

const TIMES = "SELECT c.number, c.at FROM json_each(?) AS k CROSS JOIN checkpoints AS c ON c.number = k.value";

async function timesOf(db: D1Database, numbers: readonly number[]): Promise<Map<number, string>> {
  if (numbers.length === 0) return new Map();
  const { results } = await db
    .prepare(TIMES)
    .bind(JSON.stringify([...new Set(numbers)]))
    .all<{ number: number; at: number }>();
  return new Map(results.map(({ number, at }) => [number, formatInstant(at)]));
}
