/**
 * Which claims are heard: the first ten received of a click and event, and the first three of an order. What is over is never heard, whatever becomes of the
 * others, so to know the first ones is enough, and a late claim only ever pushes a later one out. A place is taken as long as its claim is heard.
 */

import { must } from "../must.ts";
import { CLAIMS_HEARD_MS } from "../retention.ts";
import type { Command } from "./command.ts";
import { clickKey, orderKey } from "./conversion-keys.ts";
import { comparePositions, type Position } from "./order-of-receipt.ts";

export const CLAIMS_PER_CLICK = 10;
export const CLAIMS_PER_ORDER = 3;

/** The claims first received under each key, in the order of receipt; of those that are heard at one time never more than its limit. */
export type ClaimPlaces = ReadonlyMap<string, readonly Position[]>;

/** The places under these keys as they are then; true when the claim is one too many; and the receipts of those that lose their place to it. */
export interface TakenPlaces {
  places: ClaimPlaces;
  isOver: boolean;
  crowdedOut: string[];
}

/** The keys that a claim, which has a click and event, takes a place under, each with its limit. */
export function placeKeys({ txid, test, event, click, receipt }: Command): { key: string; limit: number }[] {
  const placed = must(click, "the click of claim", receipt);
  const meant = must(event, "the event of claim", receipt);
  const onClick = { key: clickKey(placed.clickId, meant, test), limit: CLAIMS_PER_CLICK };
  if (txid === null) return [onClick];
  return [onClick, { key: orderKey(txid, test, meant, placed.space), limit: CLAIMS_PER_ORDER }];
}

/** True of a claim's place at a time at which the claim is still heard, or has yet to come. */
function isHeardAt({ receivedAtMs }: Position, timeMs: number): boolean {
  return timeMs < receivedAtMs + CLAIMS_HEARD_MS;
}

/**
 * Lets a claim take its place under its keys, by the order of receipt. A receipt that comes again with another time has the earlier. Places from before every claim
 * that may still be on its way are left out.
 */
export function takePlaces(known: ClaimPlaces, claim: Command): TakenPlaces {
  const taken: TakenPlaces & { places: Map<string, readonly Position[]> } = {
    places: new Map(),
    isOver: false,
    crowdedOut: [],
  };
  const { receivedAtMs, row, receipt } = claim;
  for (const { key, limit } of placeKeys(claim)) {
    const own = [...(known.get(key) ?? []), { receivedAtMs, row, receipt }].sort(comparePositions);
    const once = own.filter((place, index) => own.findIndex((other) => other.receipt === place.receipt) === index);
    const kept: Position[] = [];
    const over: string[] = [];
    for (const place of once) {
      const before = kept.filter((other) => isHeardAt(other, place.receivedAtMs));
      if (before.length < limit) kept.push(place);
      else over.push(place.receipt);
    }
    taken.places.set(
      key,
      kept.filter((place) => isHeardAt(place, receivedAtMs - CLAIMS_HEARD_MS)),
    );
    if (over.includes(receipt)) taken.isOver = true;
    taken.crowdedOut.push(...over.filter((one) => one !== receipt));
  }
  return taken;
}
