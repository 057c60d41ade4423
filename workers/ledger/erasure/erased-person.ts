/** Who is erased, as every place needs it. */
import type { ErasureMessage } from "../../../schema/messages.ts";
import { hexClickId } from "../../core/click-id-hex.ts";
import {
  importErasureKey,
  type PersonNames,
  type Replacement,
  replacementFor,
} from "../../core/erasure/erased-names.ts";
import type { HmacKey } from "../../core/hmac-sha256.ts";

export interface ErasedPerson {
  advertiser: number;
  names: PersonNames;
  /** All of the names that are, or were, somebody's; clicks in either spelling. */
  isNamed: { clickId(name: string): boolean; txid(name: string): boolean };
  replacement: Replacement;
  key: HmacKey;
}

/** The person of a message that has all names. */
export function personOf(secret: string, { advertiser, clickIds, txids }: ErasureMessage): ErasedPerson {
  const key = importErasureKey(secret);
  const [clicks, orders] = [new Set(bothSpellings(clickIds)), new Set(txids)];
  return {
    advertiser,
    names: { clickIds, txids },
    isNamed: { clickId: (name) => clicks.has(name), txid: (name) => orders.has(name) },
    replacement: replacementFor(key, advertiser),
    key,
  };
}

/** What was not understood may say a click of ours in hexadecimal digits; other trackers' have one spelling. */
export function bothSpellings(clickIds: readonly string[]): string[] {
  return clickIds.flatMap((clickId) => [clickId, hexClickId(clickId)].filter((name) => name !== ""));
}
