/** What a search finds: one thing, what it is called and where its page is. */

export const FOUND_KINDS = [
  "conversion",
  "receipt",
  "statement",
  "affiliate",
  "offer",
  "advertiser",
  "link",
  "coupon",
  "user",
] as const;
export type FoundKind = (typeof FOUND_KINDS)[number];

export interface SearchHit {
  kind: FoundKind;
  /** Its slug, number or ID; a coupon's code, a user's address. */
  id: string;
  /** What it is called; of an order its number, of what hangs on an offer that. */
  name: string;
  path: string;
}
