/** Conversions as a decision on many looks at them: what it would change, and what not and why; with what both are worth by currency. */
import type { BulkAmong, BulkConversion, BulkDecision, BulkSum, BulkUnchanged } from "../../../schema/tables.ts";
import { type Decidable, type PassedOver, whyPassedOver } from "../../core/books/decidable.ts";
import { formatMicros } from "../../core/money.ts";

/** Money is text: micros pass no number. */
export interface Candidate {
  conversion_id: string;
  advertiser: number;
  currency: string;
  amount: string;
  payout: string;
  status: Decidable["status"];
  hold: Decidable["hold"];
  imported: 0 | 1;
  listed: 0 | 1;
}

/** What is read of conversion `c`. Statements that are drafts can be thrown away, and bind nobody. */
export const CANDIDATE = [
  { name: "conversion_id", sql: "c.conversion_id" },
  { name: "advertiser", sql: "c.advertiser" },
  { name: "currency", sql: "c.currency" },
  { name: "amount", sql: "CAST(c.amount AS TEXT)" },
  { name: "payout", sql: "CAST(c.payout AS TEXT)" },
  { name: "status", sql: "c.status" },
  { name: "hold", sql: "c.hold" },
  { name: "imported", sql: "c.imported" },
  {
    name: "listed",
    sql: `EXISTS (SELECT 1 FROM statement_lines AS line CROSS JOIN statements AS closed ON closed.id = line.statement
      WHERE line.conversion_id = c.conversion_id AND closed.number IS NOT NULL)`,
  },
] as const;

export const CANDIDATE_SQL = CANDIDATE.map(({ name, sql }) => `${sql} AS ${name}`).join(", ");

/** Why the decision passes it over; null where it changes something. */
export function whyNot(
  { imported, listed, ...one }: Candidate,
  decision: BulkDecision,
  among: BulkAmong,
): PassedOver | null {
  if (among === "held" && one.hold !== "held") return "not_held";
  return whyPassedOver({ ...one, imported: imported === 1, isListed: listed === 1 }, decision);
}

export interface Sorted {
  conversions: BulkConversion[];
  sums: BulkSum[];
  unchanged: BulkUnchanged[];
}

/** Of those that fit: which the decision changes, and what all are worth. */
export function sortCandidates(candidates: readonly Candidate[], decision: BulkDecision, among: BulkAmong): Sorted {
  const byWhy = Map.groupBy(candidates, (one) => whyNot(one, decision, among));
  const changed = byWhy.get(null) ?? [];
  return {
    conversions: changed.map(({ advertiser, conversion_id }): BulkConversion => [advertiser, conversion_id]),
    sums: sumsOf(changed),
    unchanged: [...byWhy].flatMap(([why, rows]) => (why === null ? [] : sumsOf(rows).map((sum) => ({ why, ...sum })))),
  };
}

function sumsOf(candidates: readonly Candidate[]): BulkSum[] {
  return [...Map.groupBy(candidates, ({ currency }) => currency)].map(([currency, rows]) => sumOf(currency, rows));
}

/** Of one currency: what these are worth together, in micros as text. */
function sumOf(currency: string, rows: readonly { amount: string; payout: string }[]): BulkSum {
  const sum = (name: "amount" | "payout") => formatMicros(rows.reduce((all, row) => all + BigInt(row[name]), 0n));
  return { currency, conversions: rows.length, amount: sum("amount"), payout: sum("payout") };
}
