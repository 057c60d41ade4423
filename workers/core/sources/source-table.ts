/**
 * What a shop's or billing platform's own webhook is, as data: how it is verified, what names a message, when it is a test, and what each event means. It is read from an
 * operator's rules as well as from our tables, so it holds nothing but JSON; what it cannot say is a function with a name in `source-functions.ts`.
 *
 * A path is names of members with a full stop between them (`data.object.id`; a full stop in a name stands behind a backslash); `[]` behind one means every item of that
 * list, and `@` the item that a message is made of.
 */
import type { SentStatus } from "../../../schema/messages.ts";

/** Reads one text; null where it says nothing. `named` are names in lower case, and those of a click ID where there are none. */
export type SourceValue =
  /** A path. */
  | string
  | { text: string }
  | { header: string }
  | { first: readonly SourceValue[] }
  | { join: readonly SourceValue[] }
  /** The value of the first item of a list that bears one of these names: `[{"name": "click_id", "value": "…"}]`. */
  | { entry: string; named?: readonly string[]; key?: string; value?: string }
  /** A member of the object there that has one of these names; `value` where it is an object that holds the text under this name. */
  | { member: string; named?: readonly string[]; value?: string }
  /** A parameter of the query of an address, whole or from its path on. */
  | { query: SourceValue; named?: readonly string[] }
  | { words: SourceValue; mean: Readonly<Record<string, string>> }
  | { lower: SourceValue }
  | { upper: SourceValue }
  /** A function of `source-functions.ts`, of what is at this path. */
  | { by: string; at: string };

/** A sum of money, exact. Its minus is left out where something was given back. */
export type SourceSum =
  /** A path; with `[]` in it the sum of all that is there. */
  | string
  | { number: string }
  /** What the chosen basis says of this part of it. */
  | { basis: string }
  | { plus: readonly SourceSum[]; minus?: readonly SourceSum[] }
  | { sumOf: string; each: string; where: readonly SourceCondition[] }
  /** The share of a sum that a part has in a whole. */
  | { share: SourceSum; part: SourceSum; whole: SourceSum }
  /** What is left of a sum without these shares of it, each from 0 to 1. */
  | { of: SourceSum; without: readonly string[] }
  /** The first that says something, and whose conditions hold. */
  | { first: readonly { sum: SourceSum; when?: readonly SourceCondition[] }[] };

/** Holds where the text is one of `is`, none of `isNot`, there or not, or a number that is zero or not. */
export interface SourceCondition {
  at: SourceValue;
  is?: readonly string[];
  isNot?: readonly string[];
  exists?: boolean;
  zero?: boolean;
}

/** What all messages of a source have, and what one may say otherwise. Who bought, by which click and coupon, is read where something is sold only. */
export interface SaidFields {
  txid?: SourceValue;
  also_txid?: SourceValue;
  currency?: SourceValue;
  occurred_at?: SourceValue;
  click_id?: readonly SourceValue[];
  coupon?: SourceValue;
  customer?: SourceValue;
  meta?: Readonly<Record<string, SourceValue>>;
}

/**
 * A message for the books. `event` is a kind that set-up gives an event's name to, such as `sale`. What gives back, undoes or cancels names its order alone, whatever
 * event that counts as; where it has no order, or says `withClick`, the click and the event too. `always` sends a total of nothing too, which names the order's other name.
 */
export interface SaidMessage extends SaidFields {
  event?: string;
  status: SentStatus;
  amount?: SourceSum;
  refunded_total?: SourceSum;
  refund_id?: SourceValue;
  each?: string;
  when?: readonly SourceCondition[];
  withClick?: true;
  always?: true;
}

/** What an event means: the first rule that holds speaks. One that says nothing tells why. */
export interface SourceRule {
  when: readonly SourceCondition[];
  says: readonly SaidMessage[];
  why?: string;
}

/** A choice of what counts as a sale's amount, by its parts. `currency` where it is another one. */
export interface Basis {
  label: string;
  parts: Readonly<Record<string, SourceSum>>;
  currency?: SourceValue;
}

/** How a source proves itself; see `source-signatures.ts`. Where a header may stand under several names, the first that came counts. */
export type SourceProof =
  | { scheme: "hmac"; header: string; encoding: "base64" | "hex"; prefix?: string }
  /** A header of pairs: `t=1730000000,v1=…`. What is signed is the time, `joint` and the body. */
  | { scheme: "stamped"; header: string; between: string; time: string; mac: string; joint: string; toleranceS: number }
  | { scheme: "standard_webhooks"; toleranceS: number }
  | { scheme: "header"; header: string; prefix?: string }
  /** The address ends with it: `?secret=…`. */
  | { scheme: "url" }
  | { scheme: "digistore24" }
  | { scheme: "clickbank" };

/** What a sender understands. `accepted` where it wants to read more than JSON, `busy` where 429 says nothing to it. */
export interface SourceAnswers {
  accepted?: string;
  busy?: 503;
}

export interface SourceTable {
  label: string;
  body: "json" | "form";
  proof: SourceProof;
  /** Requests that come without proof and want 200: all these conditions hold of the form that they bring. */
  ping?: { fields: readonly string[]; without: string };
  answers: SourceAnswers;
  /** What its events are called by, for the log. */
  event: SourceValue;
  /** What names a message; without it its content does. */
  message: SourceValue | null;
  /** Null where nothing in it says so. */
  test: readonly SourceCondition[] | null;
  unit: "major" | "minor";
  /** Where amounts of a currency have other digits than ISO 4217 says. */
  digits?: Readonly<Record<string, number>>;
  /** The first is what counts where nothing is chosen. */
  bases: Readonly<Record<string, Basis>>;
  fields: SaidFields;
  rules: readonly SourceRule[];
}

/** Kinds of events that tables speak of. */
export const EVENT_KINDS = ["sale", "renewal", "trial", "upsell"] as const;
