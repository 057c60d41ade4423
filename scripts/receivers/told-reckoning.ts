/** Holds what a receiver was told against the books: of every conversion all that was booked, each entry once, in its order, and in the end what the books say of it. */
import type { FullFetch } from "../console-api.ts";
import { microsOf, readExport, textOf } from "../programme/books.ts";
import type { Told } from "./receiver.ts";

/** A conversion as its receiver must know it in the end. */
export interface BookedConversion {
  conversionId: string;
  affiliate: string;
  txid: string;
  status: string;
  payoutMicros: number;
  test: boolean;
}

export async function readBooked(fetchConsole: FullFetch, fromMs: number, orders: string): Promise<BookedConversion[]> {
  const booked: BookedConversion[] = [];
  for await (const row of readExport(fetchConsole, "conversions", fromMs))
    if (textOf(row.txid).startsWith(orders))
      booked.push({
        conversionId: textOf(row.conversion_id),
        affiliate: textOf(row.affiliate),
        txid: textOf(row.txid),
        status: textOf(row.status),
        payoutMicros: microsOf(row.payout),
        test: row.test === true,
      });
  return booked;
}

/** One sentence for each thing that is not as it should be. `booked` are those that this receiver hears of; what it was told of others is none of this. */
export function toldFaults(taken: readonly Told[], booked: readonly BookedConversion[]): string[] {
  const tellings = Map.groupBy(taken, ({ conversionId }) => conversionId);
  return booked.flatMap((one) => faultsOf(one, tellings.get(one.conversionId) ?? []));
}

function faultsOf({ conversionId, txid, status, payoutMicros }: BookedConversion, told: readonly Told[]): string[] {
  const last = told.at(-1);
  const where = `conversion ${conversionId} of ${txid}`;
  if (!last) return [`${where} was not told`];
  const faults: string[] = [];
  const sequences = told.map(({ sequence }) => sequence).join(", ");
  const whole = told.map((_, index) => index + 1).join(", ");
  if (sequences !== whole) faults.push(`${where} was told by its entries ${sequences}`);
  if (last.status !== status) faults.push(`${where} is ${status}, and was last told as ${last.status}`);
  if (last.payoutMicros !== null && last.payoutMicros !== payoutMicros)
    faults.push(`${where} pays ${payoutMicros} micros, and was last told as ${last.payoutMicros}`);
  const sum = told.reduce((total, { payoutDeltaMicros }) => total + (payoutDeltaMicros ?? 0), 0);
  if (last.payoutMicros !== null && sum !== payoutMicros)
    faults.push(`the payouts told of ${where} come to ${sum} micros, and it pays ${payoutMicros}`);
  return faults;
}
