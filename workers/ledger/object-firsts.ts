/** How many conversions of an affiliate on an offer were looked at as its first, as the advertiser's object counts them. They are counted up to what the offer says, and never fewer. */
import type { Command } from "../core/books/command.ts";
import { type FirstConversions, firstConversions } from "../core/books/first-conversions.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { must } from "../core/must.ts";
import type { Changed } from "./object-changes.ts";
import type { Sql } from "./sql.ts";

/** By key, as loaded and as they grow while a share is decided. */
export type FirstCounts = Map<string, { before: number; taken: number }>;

export const FIRST_TABLE = `
  CREATE TABLE IF NOT EXISTS firsts (
    key   TEXT PRIMARY KEY,
    taken INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Loads the counts that these commands may look at: their own, and those at the claims among them, of which an order number may take the click. */
export function loadFirsts(sql: Sql, commands: readonly Command[]): FirstCounts {
  const keys = new Set(commands.flatMap((command) => [command.firstOf?.key ?? [], keyAtClaim(command)].flat()));
  const counts: FirstCounts = new Map([...keys].map((key) => [key, { before: 0, taken: 0 }]));
  const query = "SELECT f.key, f.taken FROM json_each(?) k CROSS JOIN firsts f ON f.key = k.value";
  if (keys.size === 0) return counts;
  for (const chunk of jsonChunks([...keys]))
    for (const { key, taken } of sql.exec(query, chunk).toArray())
      counts.set(String(key), { before: Number(taken), taken: Number(taken) });
  return counts;
}

function keyAtClaim({ click, claim }: Command): string[] {
  const first = click && claim ? firstConversions({ ...click, reviewFirst: claim.reviewFirst }) : null;
  return first ? [first.key] : [];
}

/** True while fewer were looked at than are to be. A count that was not loaded throws: it would be written over. */
export function isOneOfFirst(counts: FirstCounts, { key, limit }: FirstConversions): boolean {
  return must(counts.get(key), "the count of first conversions", key).taken < limit;
}

/** One more was looked at. */
export function countFirst(counts: FirstCounts, { key }: FirstConversions): void {
  const count = must(counts.get(key), "the count of first conversions", key);
  counts.set(key, { ...count, taken: count.taken + 1 });
}

/** Tells what it wrote. */
export function writeFirsts(sql: Sql, counts: FirstCounts): Changed[] {
  const rows = [...counts].filter(([, { before, taken }]) => taken !== before).map(([key, { taken }]) => [key, taken]);
  const query =
    "INSERT INTO firsts (key, taken) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true ON CONFLICT (key) DO UPDATE SET taken = excluded.taken";
  for (const chunk of jsonChunks(rows)) sql.exec(query, chunk);
  return rows.map(([key]) => ["firsts", String(key)]);
}
