/** Holds an advertiser's list against the books: what is missing on which side, and what differs. */

import type { SentLine, Status } from "./sent-line.ts";
import { type HeldConversion, type SettlingCorrection, settlingCorrection } from "./settling-correction.ts";
import { isUnknown, keyOfOrder, together, type UnreadOrders } from "./stated-orders.ts";

export const DIFFERENCES = [
  "missing_here",
  "missing_there",
  "status_differs",
  "amount_differs",
  "currency_differs",
] as const;

export interface Difference {
  difference: (typeof DIFFERENCES)[number];
  txid: string | null;
  clickId: string | null;
  event: string | null;
  ourStatus: string | null;
  theirStatus: string | null;
  ourAmountMicros: bigint | null;
  theirAmountMicros: bigint | null;
  currency: string | null;
  theirCurrency: string | null;
  conversionId: string | null;
  /** What would settle it here, where one correction of one conversion does. */
  correction: SettlingCorrection | null;
}

/** What the list says of one order (and event, where it names events), its lines taken together. */
interface Claim extends SentLine {
  held: HeldConversion[];
  /** True where one of these is of what is asked for: then the whole order is compared. */
  isAsked: boolean;
}

export interface Comparison {
  /** Takes a conversion of the books; those that the list does not name are told only where they are in range. */
  meet(conversion: HeldConversion): void;
  /** To be asked when the books are through: orders that agree, and everything that does not. */
  finish(): { orders: number; agreeing: number; differences: Difference[] };
}

/**
 * A comparison with these lines. Several lines of one order add up; where their statuses differ, none is held against the books. A line is known by its order's number,
 * and by its click where it has none or the conversion has none. What the books have under another event, offer or affiliate than is asked for is not compared.
 */
export function compareWith(lines: Iterable<SentLine>, unread: UnreadOrders): Comparison {
  const claims = new Map<string, Claim>();
  const byClick = new Map<string, Claim>();
  for (const line of lines) {
    if (isUnknown(line, unread)) continue;
    const key = keyOfOrder(line.txid, line.clickId, line.event);
    const before = claims.get(key);
    const claim = before ? Object.assign(before, together(before, line)) : { ...line, held: [], isAsked: false };
    claims.set(key, claim);
    if (line.txid !== null && line.clickId !== null) byClick.set(keyOfOrder(null, line.clickId, line.event), claim);
  }
  const missingThere: Difference[] = [];
  return {
    meet(conversion) {
      if (isUnknown(conversion, unread)) return;
      const { txid, clickId, event } = conversion;
      const find = (held: ReadonlyMap<string, Claim>, order: string | null): Claim | undefined =>
        held.get(keyOfOrder(order, clickId, event)) ?? held.get(keyOfOrder(order, clickId, null));
      const ordered = txid === null ? find(byClick, null) : find(claims, txid);
      const claim = ordered ?? find(claims, null);
      if (claim) {
        claim.held.push(conversion);
        claim.isAsked ||= conversion.isAsked;
      } else if (conversion.inRange && conversion.isAsked)
        missingThere.push(ours("missing_there", [conversion], { txid, clickId, event }));
    },
    finish() {
      const compared = [...claims.values()].filter(({ held, isAsked }) => held.length === 0 || isAsked);
      const found = compared.map(judge);
      const agreeing = found.filter((differences) => differences.length === 0).length;
      return { orders: compared.length, agreeing, differences: [...found.flat(), ...missingThere] };
    },
  };
}

function judge(claim: Claim): Difference[] {
  const { statusWord, statuses, amountMicros, currencies } = claim;
  const held = claim.held.map((one) => asTold(one, currencies));
  const theirCurrency = currencies === null ? null : currencies.join(" or ");
  const theirs = { theirStatus: statusWord, theirAmountMicros: amountMicros, theirCurrency };
  if (held.length === 0) return [{ ...ours("missing_here", [], claim), ...theirs }];
  const differences: Difference[] = [];
  const standing = held.filter(({ status }) => stands(status));
  const agrees = statuses === null || held.some(({ status }) => statuses.includes(status));
  const correction = settlingCorrection(claim, claim.held);
  if (!agrees) differences.push({ ...ours("status_differs", held, claim), ...theirs, correction });
  if (currencies !== null && !held.every(({ currency }) => currencies.includes(currency)))
    return [...differences, { ...ours("currency_differs", held, claim), ...theirs }];
  // What is rejected or reversed is worth nothing here, whatever was ordered.
  const isWorth = standing.length > 0 && (statuses === null || statuses.some(stands));
  const sum = standing.reduce((total, { amountMicros: own }) => total + own, 0n);
  if (isWorth && amountMicros !== null && sum !== amountMicros)
    differences.push({ ...ours("amount_differs", held, claim), ...theirs, correction });
  return differences;
}

/** A conversion as the list would have it: in the currency that the sale was told in, unless the list is in another, such as the offer's. */
function asTold(conversion: HeldConversion, currencies: readonly string[] | null): HeldConversion {
  const { original } = conversion;
  const isMeant = original && (currencies === null || currencies.includes(original.currency));
  return isMeant ? { ...conversion, ...original } : conversion;
}

function stands(status: Status): boolean {
  return status === "pending" || status === "approved";
}

function ours(
  difference: Difference["difference"],
  held: readonly HeldConversion[],
  { txid, clickId, event }: Pick<SentLine, "txid" | "clickId" | "event">,
): Difference {
  const statuses = [...new Set(held.map(({ status }) => status))];
  return {
    difference,
    txid,
    clickId: clickId ?? held[0]?.clickId ?? null,
    event: event ?? held[0]?.event ?? null,
    ourStatus: held.length === 0 ? null : statuses.join(" + "),
    theirStatus: null,
    ourAmountMicros: held.length === 0 ? null : held.reduce((total, { amountMicros }) => total + amountMicros, 0n),
    theirAmountMicros: null,
    currency: held[0]?.currency ?? null,
    theirCurrency: null,
    conversionId: held[0]?.conversionId ?? null,
    correction: null,
  };
}
