/** What each role may do: one table of rights, from which calls and pages take who may make them. What a role sees stands with what is seen (`SeenBy` in roles.ts). */
import type { Role, SeenBy } from "./roles.ts";

interface RightEntry {
  /** What who has it may do, to be read after "may". */
  what: string;
  roles: SeenBy;
}

/** In the order in which docs/people.md tells them. */
export const RIGHTS = {
  set_up: {
    what: "set up advertisers, affiliates, offers, links, coupons, sources and trackers, without seeing their secrets",
    roles: ["admin", "manager"],
  },
  destinations: {
    what: "set up destinations, try, pause and resume them, and send deliveries again; advertisers and affiliates their own",
    roles: ["admin", "manager", "advertiser", "affiliate"],
  },
  promote: {
    what: "apply for offers, make links to those that let affiliates, and pause and resume them; affiliates their own",
    roles: ["admin", "affiliate"],
  },
  views: {
    what: "keep views of lists under names, and which columns lists show; each its own",
    roles: ["admin", "manager", "finance", "analyst", "advertiser", "affiliate"],
  },
  share_views: { what: "share a view with a role that sees the whole programme", roles: ["admin", "manager"] },
  notes: { what: "write notes for operators, and take them back", roles: ["admin", "manager", "finance"] },
  alerts: { what: "say where alerts are told", roles: ["admin", "manager"] },
  review: {
    what: "hold, release, approve and reject conversions, rule on claims, and say what fraud signals do",
    roles: ["admin", "manager"],
  },
  correct: {
    what: "correct a conversion by hand: reverse, reinstate or restate it, and apply what-ifs",
    roles: ["admin"],
  },
  what_if: {
    what: "look at the books of a period under other rules, and drop what that comes to",
    roles: ["admin", "manager", "finance"],
  },
  import: { what: "import files of postbacks, and adopt clicks of other trackers", roles: ["admin"] },
  replay: { what: "send messages to the ledger again, and past entries to destinations", roles: ["admin"] },
  statements: { what: "close months, and make statements of what is owed", roles: ["admin", "finance"] },
  pay: {
    what: "list what is to be paid, with bank details, set the account that is paid from, and say that a statement is paid",
    roles: ["admin", "finance"],
  },
  payment_details: { what: "see how an affiliate is paid, its bank details whole", roles: ["admin", "finance"] },
  payee: {
    what: "say who an affiliate is on its statements, and where its money goes: legal name, contact, VAT number, bank details; affiliates their own",
    roles: ["admin", "finance", "affiliate"],
  },
  rates: { what: "set rates of currencies", roles: ["admin", "finance"] },
  signing: {
    what: "see and renew what a webhook of a destination is signed with; advertisers and affiliates of their own",
    roles: ["admin", "advertiser", "affiliate"],
  },
  credentials: {
    what: "see and renew what an advertiser proves itself with; advertisers their own",
    roles: ["admin", "advertiser"],
  },
  try: {
    what: "run an advertiser's test panel, and have samples of its sources read; advertisers their own",
    roles: ["admin", "manager", "advertiser"],
  },
  disown: { what: "take back what an advertiser's credentials vouched for", roles: ["admin"] },
  tokens: { what: "make and revoke tokens of the API", roles: ["admin"] },
  people: { what: "invite users, and say what they are", roles: ["admin"] },
  personal: { what: "be told what is held of a person, and erase it", roles: ["admin"] },
  repair: { what: "write the books, the archive and the edge anew from what is stored", roles: ["admin"] },
} as const satisfies Record<string, RightEntry>;

export type Right = keyof typeof RIGHTS;

/** The roles that have the right, admins first. */
export function holders(right: Right): SeenBy {
  return RIGHTS[right].roles;
}

/** True when who has this role may do it. */
export function may({ role }: { role: Role }, right: Right): boolean {
  return holders(right).includes(role);
}
