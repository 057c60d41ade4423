/** Which fields of a conversion and its entries are opened to whom: what each sees of its own conversions elsewhere, and nothing of the other side's. */
import type { StatementOwner } from "../statements/due.ts";

/** Its own part of what both see: an affiliate its links and what it gets, an advertiser its orders and what it pays. */
export const PARTY_FIELDS: Record<StatementOwner, ReadonlySet<string>> = {
  affiliate: new Set(["about", "whose", "booked", "amount", "payout"]),
  advertiser: new Set(["about", "txid", "booked", "amount", "revenue"]),
};
