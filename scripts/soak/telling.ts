/** Holds what each receiver was told against the entries of the books: every one was told once and in its order, or the delivery log says why not. */
import { callConsole, type FullFetch, recordsIn } from "../console-api.ts";
import { readExport, textOf } from "../programme/books.ts";
import { repeatedFaults } from "../receivers/tellings.ts";
import { readBooked } from "../receivers/told-reckoning.ts";
import type { SoakReceiver } from "./receivers.ts";

/** An entry that receivers are to hear of. */
export interface BookedEntry {
  conversionId: string;
  sequence: number;
  affiliate: string;
}

/** What a delivery that was not told says of itself. */
export interface Untold {
  status: string;
  reason: string | null;
}

/** Ends of a delivery without its receiver having taken it; each gives a reason. */
const EXPLAINED = ["skipped", "expired", "superseded", "gave_up", "held", "in_doubt"];
/** So many are asked for one by one; where more are missing the courier is still at it. */
const MOST_ASKED = 200;

/** The entries of real conversions with such orders; tests are told to nobody. */
export async function readBookedEntries(
  fetchConsole: FullFetch,
  fromMs: number,
  orders: string,
): Promise<BookedEntry[]> {
  const booked = await readBooked(fetchConsole, fromMs, orders);
  const affiliates = new Map(
    booked.filter(({ test }) => !test).map(({ conversionId, affiliate }) => [conversionId, affiliate]),
  );
  const entries: BookedEntry[] = [];
  for await (const row of readExport(fetchConsole, "entries", fromMs)) {
    const conversionId = textOf(row.conversion_id);
    const affiliate = affiliates.get(conversionId);
    if (affiliate !== undefined) entries.push({ conversionId, sequence: Number(row.seq), affiliate });
  }
  return entries;
}

export interface ReceiversReckoning {
  receiver: SoakReceiver;
  told: number;
  /** Deliveries that ended untold, by status and reason. */
  explained: Map<string, number>;
  faults: string[];
}

/** One receiver's reckoning. */
export async function reckonReceiver(
  fetchConsole: FullFetch,
  receiver: SoakReceiver,
  entries: readonly BookedEntry[],
): Promise<ReceiversReckoning> {
  const { heard, slug, affiliate } = receiver;
  const own = entries.filter((entry) => affiliate === null || entry.affiliate === affiliate);
  const missing = missingOf(heard.taken, own);
  const explained = new Map<string, number>();
  const faults = [
    ...orderFaults(heard.taken),
    ...heard.strange.map((what) => `was told what it cannot read: ${what}`),
    ...(await repeatedFaults(fetchConsole, slug, heard.again)),
  ];
  if (missing.length > MOST_ASKED) faults.push(`was not told of ${missing.length} entries`);
  else
    for (const entry of missing) {
      const untold = await readUntold(fetchConsole, slug, entry);
      const fault = untoldFault(entry, untold);
      if (fault) faults.push(fault);
      else if (untold) count(explained, `${untold.status}: ${untold.reason}`);
    }
  return { receiver, told: own.length - missing.length, explained, faults };
}

/** The entries that it did not take. */
export function missingOf(
  taken: readonly { conversionId: string; sequence: number }[],
  entries: readonly BookedEntry[],
): BookedEntry[] {
  const told = new Set(taken.map(placeOf));
  return entries.filter((entry) => !told.has(placeOf(entry)));
}

/** Why an entry that its receiver did not take should not be so; null where its delivery ended with a reason. */
export function untoldFault(entry: BookedEntry, untold: Untold | null): string | null {
  const what = `the entry ${placeOf(entry)}`;
  if (!untold) return `${what} has no delivery`;
  if (EXPLAINED.includes(untold.status) && untold.reason !== null) return null;
  return `${what} was not taken, and its delivery is ${untold.status}, ${untold.reason ?? "without a reason"}`;
}

/** Each entry once, under one ID, and those of a conversion in their order. `taken` is in the order in which it came. */
export function orderFaults(
  taken: readonly { conversionId: string; sequence: number; deliveryId: string }[],
): string[] {
  const last = new Map<string, number>();
  return taken.flatMap((told) => {
    const before = last.get(told.conversionId) ?? 0;
    last.set(told.conversionId, told.sequence);
    if (told.sequence > before) return [];
    return [`was told of the entry ${placeOf(told)} behind ${before}, by the delivery ${told.deliveryId}`];
  });
}

async function readUntold(
  fetchConsole: FullFetch,
  slug: string,
  { conversionId, sequence }: BookedEntry,
): Promise<Untold | null> {
  const query = new URLSearchParams({ destination: slug, conversion_id: conversionId });
  const { items } = await callConsole(fetchConsole, { path: `/api/deliveries?${query}` });
  const found = recordsIn(items).find(({ entry_id }) => entry_id === `${conversionId}-${sequence}`);
  return found
    ? { status: String(found.status), reason: typeof found.reason === "string" ? found.reason : null }
    : null;
}

function placeOf({ conversionId, sequence }: { conversionId: string; sequence: number }): string {
  return `${conversionId}-${sequence}`;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
