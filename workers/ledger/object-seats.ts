/** Gives rows of an advertiser's object their seats (`core/books/seats.ts`). */
import { canSit, SEATS, type Seated, seatedChunks, seatOf, WITH_SEATED_NAMES } from "../core/books/seats.ts";
import type { Sql } from "./sql.ts";

/** The seat of each of these names: where its row lies, or is to lie. */
export function seatsOf(sql: Sql, seated: Seated, names: readonly string[]): Map<string, number> {
  const asked = [...new Set(names)];
  const query = `
    ${WITH_SEATED_NAMES} SELECT t.seat, t.${seated.name} AS held_by FROM k CROSS JOIN ${seated.table} AS t ON ${canSit("t")}`;
  const rows = seatedChunks(seated, asked).flatMap((chunk) => sql.exec(query, chunk).toArray());
  const taken = new Map(rows.map(({ seat, held_by }) => [Number(seat), String(held_by)]));
  const seats = new Map([...taken].map(([number, name]) => [name, number]));
  for (const name of asked) if (!seats.has(name)) seats.set(name, takeSeat(taken, seatOf(seated, name), name));
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
