/** The lists that have views: where each is, and who may look at it. */
import { ALL_BUT_ADVERTISERS, ALL_BUT_AFFILIATES, EVERYONE, OPERATORS, type SeenBy } from "../../core/roles.ts";
import type { Caller } from "../web/caller.ts";

/** By name: a page of the console has the name as its path. */
export const LISTS = {
  reports: EVERYONE,
  conversions: EVERYONE,
  claims: EVERYONE,
  statements: EVERYONE,
  postbacks: ALL_BUT_AFFILIATES,
  deliveries: EVERYONE,
  offers: EVERYONE,
  links: EVERYONE,
  coupons: EVERYONE,
  sources: ALL_BUT_AFFILIATES,
  trackers: OPERATORS,
  destinations: EVERYONE,
  affiliates: ALL_BUT_ADVERTISERS,
  advertisers: ALL_BUT_AFFILIATES,
  reasons: OPERATORS,
  audit: OPERATORS,
} as const satisfies Record<string, SeenBy>;
export type ListName = keyof typeof LISTS;

export const LIST_NAMES = [
  "reports",
  "conversions",
  "claims",
  "statements",
  "postbacks",
  "deliveries",
  "offers",
  "links",
  "coupons",
  "sources",
  "trackers",
  "destinations",
  "affiliates",
  "advertisers",
  "reasons",
  "audit",
] as const satisfies readonly ListName[];

/** The list of this name, when the caller may look at it. */
export function listNamed(name: string, { role }: Pick<Caller, "role">): ListName | null {
  const list = LIST_NAMES.find((one) => one === name);
  if (list === undefined) return null;
  const roles: SeenBy = LISTS[list];
  return roles.includes(role) ? list : null;
}

/** Who keeps what: a user, a token, or whoever has neither, by name. */
export function holderOf({ user, token, name }: Pick<Caller, "user" | "token" | "name">): string {
  if (user !== undefined) return `user:${user}`;
  return token === undefined ? `name:${name}` : `token:${token}`;
}
