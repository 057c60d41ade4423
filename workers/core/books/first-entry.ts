/**
 * The first entry of a conversion, as it lies in the conversion's row: `first_entry` of `migrations/books`. It was received when the conversion's ID says, so first entries lie in
 * their order of receipt, and whoever reads entries by time reads two places and merges them.
 */
import type { SqlRow } from "../../../schema/columns.ts";
import type { entries } from "../../../schema/tables.ts";
import { timePrefix } from "./conversion-id.ts";

type Booked = SqlRow<typeof entries>;

/** A row's place in the order of receipt. */
export type EntryKey = [receivedAtMs: number, conversionId: string, seq: number];

/** True where the entry lies in its conversion's row; else it has a row of its own. */
export function isFirstEntry({ conversion_id, seq, received_at }: Booked): boolean {
  return seq === 1 && conversion_id.startsWith(timePrefix(received_at));
}

/** The cell of the conversion's row, a JSON array in the order of the view `first_entries`; null where the entry has a row of its own. */
export function firstEntryCell(entry: Booked): string | null {
  if (!isFirstEntry(entry)) return null;
  const { kind, status, amount, revenue, payout, receipt, received_at, rule, note } = entry;
  return JSON.stringify([kind, status, amount, revenue, payout, receipt, received_at, rule, note]);
}

/** The same of a key as cells or as the archive has it. */
export function entryKey([receivedAtMs, conversionId, seq]: readonly (string | number | null)[]): EntryKey {
  return [Number(receivedAtMs), String(conversionId), Number(seq)];
}

/** The bound of IDs that a time is among first entries: those of smaller IDs were received before it. */
export function idAt(receivedAtMs: number): string {
  return timePrefix(Math.max(0, receivedAtMs));
}

/** The bound of IDs that a place in the order of receipt is among first entries: those of smaller IDs are those up to and with it. */
export function idBound([receivedAtMs, conversionId, seq]: EntryKey): string {
  const prefix = timePrefix(receivedAtMs);
  // Behind an ID comes whatever is longer.
  if (conversionId.startsWith(prefix)) return seq < 1 ? conversionId : `${conversionId}0`;
  return conversionId < prefix ? prefix : timePrefix(receivedAtMs + 1);
}
