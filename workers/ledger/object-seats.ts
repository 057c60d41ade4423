/** Gives rows of an advertiser's object their seats (`core/books/seats.ts`). */
import { canSit, SEATS, type Seated, seatedNames } from "../core/books/seats.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { must } from "../core/must.ts";
import type { Sql } from "./sql.ts";

/** The seat of each of these names: where its row lies, or is to lie. */
export function seatsOf(sql: Sql, seated: Seated, names: readonly string[]): Map<string, number> {
  const query = `
    ${seatedNames(seated)} SELECT k.name, k.seat AS first, t.seat, t.${seated.name} AS held_by
    FROM k LEFT JOIN ${seated.table} AS t ON ${canSit("t")}`;
  const rows = jsonChunks([...new Set(names)]).flatMap((chunk) => sql.exec(query, chunk).toArray());
  const taken = new Map<number, string>();
  for (const row of rows) if (row.seat !== null) taken.set(Number(row.seat), String(row.held_by));
  const seats = new Map([...taken].map(([number, name]) => [name, number]));
  for (const { name, first } of rows)
    if (!seats.has(String(name))) seats.set(String(name), takeSeat(taken, Number(first), String(name)));
  return seats;
}

/** The first free seat, which is taken then. */
function takeSeat(taken: Map<number, string>, first: number, name: string): number {
  const all = Array.from({ length: SEATS }, (_, index) => first + index);
  const seat = must(
    all.find((one) => !taken.has(one)),
    "a free seat for",
    name,
  );
  taken.set(seat, name);
  return seat;
}
