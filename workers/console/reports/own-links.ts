/** The links that a report is about, where it is of one affiliate or one advertiser: few of them are read by the rollups' own keys, and nobody else's cells. */
import type { Segment } from "../../core/metrics/segments.ts";
import type { ReportPlan } from "./plan.ts";

/** So many look-ups of a time and a link take as long as reading everybody's cells may; beyond them those are read. */
const MAX_LOOKUPS = 100_000;
const QUARTERS = { quarter: 1, hour: 4, day: 96 } as const;

/** By number; null where the report is of all. Offer and affiliate of a link never change, nor an offer's advertiser. */
export async function ownLinks(db: D1Database, { conditions }: ReportPlan): Promise<readonly number[] | null> {
  const own = conditions.filter(({ column }) => column === "affiliate" || column === "advertiser");
  if (own.length === 0) return null;
  const where = own.map(({ column }) => `${column} = ?`).join(" AND ");
  const { results } = await db
    .prepare(
      `SELECT links.number AS number FROM links JOIN offers ON offers.number = links.offer WHERE ${where} LIMIT ${MAX_LOOKUPS}`,
    )
    .bind(...own.map(({ value }) => value))
    .all<{ number: number }>();
  return results.map(({ number }) => number);
}

/** True where it takes no more look-ups than it may to read these links' cells alone. */
export function areFew(links: readonly number[], segments: readonly Segment[]): boolean {
  const times = segments.reduce((sum, { unit, from, to }) => sum + (to - from) / QUARTERS[unit], 0);
  return times * links.length <= MAX_LOOKUPS;
}
