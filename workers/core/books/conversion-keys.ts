/**
 * The keys under which conversions are held. Parts are joined as JSON, so that no two lists of parts can read alike.
 *
 *     ["o", txid, test, event, space]   an order: it counts once, whatever click it names
 *     ["t", txid, test, event | null]   an order named without a click, so that its space (and perhaps its event) is not known
 *     ["c", click, event, test]         a click, in messages that name an order too
 *     ["b", click, event, test]         a click, in messages that name no order
 *     ["c", click, null, test]          another tracker's click, in rows of its history and in what names it since
 */
import type { Command } from "./command.ts";
import { alsoOf } from "./order-names.ts";

export function orderKey(txid: string, test: boolean, event: string, space: string): string {
  return JSON.stringify(["o", txid, test, event, space]);
}

/** The ranges [from, to) of all keys of this order number, whatever event and space they name, or leave out. After the shared parts comes a comma. */
export function txidRanges(txid: string, test: boolean): { from: string; to: string }[] {
  return ["o", "t"].map((kind) => {
    const prefix = JSON.stringify([kind, txid, test]).slice(0, -1);
    return { from: `${prefix},`, to: `${prefix}-` };
  });
}

/** The ranges [from, to) of all keys that say one of these click IDs or order numbers, whatever else they say. */
export function keyRanges({
  clickIds,
  txids,
}: {
  clickIds: readonly string[];
  txids: readonly string[];
}): { from: string; to: string }[] {
  const clicked = clickIds.flatMap((clickId) => ["c", "b"].map((kind) => JSON.stringify([kind, clickId]).slice(0, -1)));
  return [
    ...clicked.map((prefix) => ({ from: `${prefix},`, to: `${prefix}-` })),
    ...txids.flatMap((txid) => [false, true].flatMap((test) => txidRanges(txid, test))),
  ];
}

/** The ranges [from, to) of all keys of this click, whatever event they name. */
export function clickRanges(clickId: string): { from: string; to: string }[] {
  return keyRanges({ clickIds: [clickId], txids: [] });
}

export function looseKey(txid: string, test: boolean, event: string | null): string {
  return JSON.stringify(["t", txid, test, event]);
}

export function clickKey(clickId: string, event: string, test: boolean): string {
  return JSON.stringify(["c", clickId, event, test]);
}

export function bareClickKey(clickId: string, event: string, test: boolean): string {
  return JSON.stringify(["b", clickId, event, test]);
}

/** The key of the other tracker's click that a row of its history, or a later word, names; null where it names none. */
export function oldClickKey({ content, oldClickId, test }: Command): string | null {
  const old = content.history ? (content.clickId ?? null) : oldClickId;
  return old === null ? null : JSON.stringify(["c", old, null, test]);
}

/**
 * The keys that a command's message is stored under, `also` by its other name, `old` by another tracker's click; null where it names no order, or no click, or was barred. What was taken to a claim's click
 * stays under its own words too. A coupon's order has a click of its own, for corrections.
 */
export function storedKeys(command: Command): Record<"order" | "also" | "click" | "old", string | null> {
  const { txid, test, event, click, loose, coupon } = command;
  const old = oldClickKey(command);
  if (command.bar) return { order: null, also: null, click: null, old };
  const placed = click !== null && event !== null;
  const keyOf = (name: string | null): string | null =>
    name === null
      ? null
      : placed && !loose
        ? orderKey(name, test, event, click.space)
        : looseKey(name, test, loose ? loose.event : event);
  const own = placed ? { click, event } : coupon;
  const clicked =
    own &&
    (txid === null ? bareClickKey(own.click.clickId, own.event, test) : clickKey(own.click.clickId, own.event, test));
  return { order: keyOf(txid), also: keyOf(alsoOf(command)), click: clicked, old };
}
