/** The roles of callers, and how every table of fields, columns, dimensions or metrics says which of them see an entry. What they may do stands in rights.ts. */

export const ROLES = ["admin", "manager", "finance", "analyst", "advertiser", "affiliate"] as const;
export type Role = (typeof ROLES)[number];

/** The roles that see something, named one by one, so that a new role sees nothing until an entry names it. Admins see everything. */
export type SeenBy = readonly ["admin", ...Role[]];

/** An entry of such a table. What says nothing is seen by admins only: nothing leaks by being forgotten. */
export interface Seen {
  seenBy?: SeenBy;
  /** It may tell who the affiliate is: no advertiser sees it that is not told its affiliates' names. */
  namesAffiliate?: true;
}

export const ADMINS = ["admin"] as const satisfies SeenBy;
/** Those who see the whole programme, and not only what is theirs. */
export const OPERATORS = ["admin", "manager", "finance", "analyst"] as const satisfies SeenBy;
export const ALL_BUT_ADVERTISERS = [...OPERATORS, "affiliate"] as const satisfies SeenBy;
export const ALL_BUT_AFFILIATES = [...OPERATORS, "advertiser"] as const satisfies SeenBy;
export const EVERYONE = ROLES satisfies SeenBy;

/** True when this role sees the entry. */
export function isSeenBy({ seenBy = ADMINS }: Seen, role: Role): boolean {
  return seenBy.includes(role);
}

/** True when this role sees the entry and `isTold` affiliates' names, or does not need to be. */
export function isShownTo(entry: Seen, role: Role, isTold: boolean): boolean {
  return isSeenBy(entry, role) && (isTold || entry.namesAffiliate !== true);
}

/** The roles that never see the entry, in the order of `ROLES`. */
export function hiddenFrom(entry: Seen): Role[] {
  return ROLES.filter((role) => !isSeenBy(entry, role));
}
