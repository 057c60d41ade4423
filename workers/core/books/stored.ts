/** How an advertiser's object stores its books, and what it tells of them: the ledger settles through it, the console may look. */
import type { Conversion } from "./conversion.ts";
import type { HeldMessage } from "./shelf.ts";

/** What a message's settling wrote, so that a redelivery writes the same again. */
export interface Touched {
  receipts: string[];
  entries: EntryRange[];
}

/** A conversion's entries from one seq to another, both included. */
export interface EntryRange {
  conversion: string;
  first: number;
  last: number;
}

/** A message as stored. `stage` counts its outcomes. */
export interface StoredMessage extends HeldMessage {
  stage: number;
  settledAtMs: number;
  touched: Touched;
}

export interface StoredConversion {
  conversion: Conversion;
  settledAtMs: number;
}

/** What can be read of the object over RPC. */
export interface HeldBooks extends Rpc.DurableObjectBranded {
  /** A page of messages by receipt. */
  messages(after: string, limit: number): StoredMessage[];
  /** A page of conversions by ID. */
  conversions(after: string, limit: number): StoredConversion[];
  /** Those of these receipts and conversion IDs that are held. */
  find(receipts: string[], conversions: string[]): { messages: StoredMessage[]; conversions: StoredConversion[] };
}

/** The name of an advertiser's object. */
export function objectName(advertiser: number): string {
  return `advertiser:${advertiser}`;
}
