/** Which currency a click belongs to: its offer's, which is fixed at creation. */
import type { ReportFilter } from "./plan.ts";

export interface Currencies {
  /** The currency that all offers of the report have in common; null where there are several, or no offers. */
  common: string | null;
  /** Where there are several: by the offer's number, as text. */
  byOffer: ReadonlyMap<string, string>;
}

export async function readCurrencies(db: D1Database, conditions: readonly ReportFilter[]): Promise<Currencies> {
  const own = conditions.filter(({ column }) => column === "advertiser" || column === "offer");
  const where = own.map(({ column }) => `${column === "offer" ? "number" : column} = ?`).join(" AND ");
  const values = own.map(({ value }) => value);
  const from = `FROM offers ${where === "" ? "" : `WHERE ${where}`}`;
  const distinct = await db
    .prepare(`SELECT DISTINCT currency ${from} LIMIT 2`)
    .bind(...values)
    .all<{ currency: string }>();
  if (distinct.results.length < 2) return { common: distinct.results[0]?.currency ?? null, byOffer: new Map() };
  const all = await db
    .prepare(`SELECT number, currency ${from}`)
    .bind(...values)
    .all<{ number: number; currency: string }>();
  return { common: null, byOffer: new Map(all.results.map(({ number, currency }) => [String(number), currency])) };
}
