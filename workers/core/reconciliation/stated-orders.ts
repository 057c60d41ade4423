/** The orders of an advertiser's list: several lines of one order, and event where the list names events, are taken together. */
import { plainClickId } from "../click-id-hex.ts";
import type { SentLine } from "./sent-line.ts";

/** Orders of which the list has a line that could not be read: nothing is known of them, so they neither differ nor are missing. */
export interface UnreadOrders {
  txids: ReadonlySet<string>;
  clickIds: ReadonlySet<string>;
}

interface Named {
  txid: string | null;
  clickId: string | null;
}

/** The orders that these lines state, in the order in which they are first named. Amounts add up; where statuses differ, there is none. */
export function statedOrders(lines: Iterable<SentLine>, unread: UnreadOrders): SentLine[] {
  const orders = new Map<string, SentLine>();
  for (const line of lines) {
    if (isUnknown(line, unread)) continue;
    const key = keyOfOrder(line.txid, line.clickId, line.event);
    const before = orders.get(key);
    orders.set(key, before ? { ...before, ...together(before, line) } : line);
  }
  return [...orders.values()];
}

/** True for what the list names in a line that could not be read. */
export function isUnknown({ txid, clickId }: Named, unread: UnreadOrders): boolean {
  return txid === null ? clickId !== null && unread.clickIds.has(clickId) : unread.txids.has(txid);
}

/** What is one order: by its number, or by its click where it has none. */
export function keyOfOrder(txid: string | null, clickId: string | null, event: string | null): string {
  return JSON.stringify(
    txid === null ? [null, clickId === null ? undefined : plainClickId(clickId), event] : [txid, event],
  );
}

/** What an order that was stated before comes to with one more line of it. */
export function together(order: SentLine, line: SentLine): Partial<SentLine> {
  const isSame = order.statusWord === line.statusWord;
  const { amountMicros, currencies } = line;
  const both = currencies === null ? order.currencies : order.currencies?.filter((one) => currencies.includes(one));
  return {
    statusWord: isSame ? order.statusWord : `${order.statusWord ?? ""} + ${line.statusWord ?? ""}`,
    statuses: isSame ? order.statuses : null,
    amountMicros:
      order.amountMicros === null && amountMicros === null ? null : (order.amountMicros ?? 0n) + (amountMicros ?? 0n),
    // Lines of several currencies are none of any one.
    currencies: both === undefined ? currencies : both?.length === 0 ? [...(order.currencies ?? []), "+"] : both,
  };
}
