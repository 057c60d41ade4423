/** What a closing of everything comes to, in one word: what was looked at becomes final, or nothing does. */
import { sha256 } from "../sha256.ts";
import type { StatementOwner } from "./due.ts";

/** What a closing takes: what was received before `untilMs` (Unix milliseconds), of a period that ended in this time zone. */
export interface ClosingPeriod {
  ownerType: StatementOwner;
  untilMs: number;
  timeZone: string;
}

/** What it comes to for an owner, by number, in a currency. `carried`: too little to be closed. */
export interface ClosingSum {
  owner: number;
  currency: string;
  micros: bigint;
  carried: boolean;
}

/** The look at a closing: SHA-256 in hex over the period and each sum that is not zero, in whatever order they come. */
export function lookOfClosing({ ownerType, untilMs, timeZone }: ClosingPeriod, sums: readonly ClosingSum[]): string {
  const said = sums
    .filter(({ micros }) => micros !== 0n)
    .map(({ owner, currency, micros, carried }) => `${owner} ${currency} ${micros}${carried ? " carried" : ""}`)
    .sort();
  return sha256(JSON.stringify([ownerType, untilMs, timeZone, said]));
}
