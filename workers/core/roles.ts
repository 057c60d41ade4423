/** The roles of callers, and how every table of fields, columns, dimensions or metrics says which of them see an entry. */

export const ROLES = ["admin", "analyst", "advertiser", "affiliate"] as const;
export type Role = (typeof ROLES)[number];

/** The roles that see something, named one by one, so that a new role sees nothing until an entry names it. Admins see everything. */
export type SeenBy = readonly ["admin", ...Role[]];

/** An entry of such a table. What says nothing is seen by admins only: nothing leaks by being forgotten. */
export interface Seen {
  seenBy?: SeenBy;
}

export const ADMINS: SeenBy = ["admin"];
/** Those who see the whole programme, and not only what is theirs. */
export const OPERATORS: SeenBy = ["admin", "analyst"];
export const ALL_BUT_ADVERTISERS: SeenBy = ["admin", "analyst", "affiliate"];
export const ALL_BUT_AFFILIATES: SeenBy = ["admin", "analyst", "advertiser"];
export const EVERYONE: SeenBy = ["admin", "analyst", "advertiser", "affiliate"];

/** True when this role sees the entry. */
export function isSeenBy({ seenBy = ADMINS }: Seen, role: Role): boolean {
  return seenBy.includes(role);
}

/** The roles that never see the entry, in the order of `ROLES`. */
export function hiddenFrom(entry: Seen): Role[] {
  return ROLES.filter((role) => !isSeenBy(entry, role));
}
