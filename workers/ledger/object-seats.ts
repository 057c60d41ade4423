/** Gives rows of an advertiser's object their seats (`core/books/seats.ts`). */
import { canSit, SEATS, type Seated, seatedChunks, WITH_SEATED_NAMES } from "../core/books/seats.ts";
import type { Sql } from "./sql.ts";

/** The seat of each of these names: where its row lies, or is to lie. */
export function seatsOf(sql: Sql, seated: Seated, names: readonly string[]): Map<string, number> {
  const query = `
    ${WITH_SEATED_NAMES} SELECT k.name, k.seat AS first, t.seat, t.${seated.name} AS held_by
    FROM k LEFT JOIN ${seated.table} AS t ON ${canSit("t")}`;
  const rows = seatedChunks(seated, [...new Set(names)]).flatMap((chunk) => sql.exec(query, chunk).toArray());
  const taken = new Map<number, string>();
  for (const row of rows) if (row.seat !== null) taken.set(Number(row.seat), String(row.held_by));
  const seats = new Map([...taken].map(([number, name]) => [name, number]));
  for (const { name, first } of rows)
    if (!seats.has(String(name))) seats.set(String(name), takeSeat(taken, Number(first), String(name)));
  return seats;
}

/** The first free seat, which is taken then. */
function takeSeat(taken: Map<number, string>, first: number, name: string): number {
  let seat = first;
  while (taken.has(seat)) seat++;
  if (seat >= first + SEATS) throw new Error(`a free seat for ${name} is missing`);
  taken.set(seat, name);
  return seat;
}
