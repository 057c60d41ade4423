/** What reports group by and filter by, one entry for each: whose it is, its SQL, where it is known, who sees it. Relations, rollups, API, form and files are made of this list. */
import { SUB_ID_COUNT } from "../click/sub-ids.ts";
import { ALL_BUT_ADVERTISERS, EVERYONE, isShownTo, type Role, type Seen } from "../roles.ts";
import type { Subject } from "../subjects.ts";
import { isTime, TIMES } from "./time-dimensions.ts";

export interface Dimension extends Seen {
  label: string;
  /** What its values are numbers of, which are written and asked for as slugs; absent where they are text. */
  slugOf?: Subject;
  /** Its values, where they are few and known. */
  choices?: readonly string[];
  /** Whose it is. What is a click's is its conversions' too; a click has nothing that is a conversion's, and neither has what is a delivery's. */
  of: "click" | "conversion" | "delivery";
  /** The expression that gives it from a row of whose it is: of conversions, and of clicks where it is theirs. Text that is absent is ''. */
  sql: string;
  /** Where it is known: only in rows; in sums of quarter-hours too; or in those of hours and days as well. */
  known: "rows" | "quarters" | "spans";
  /** True where postbacks are summed by it too. */
  ofPostbacks?: boolean;
  /** False where reports only filter by it. */
  grouped?: boolean;
}

/** What reports filter by too. */
export const FILTERED = {
  advertiser: {
    label: "Advertiser",
    slugOf: "advertiser",
    of: "click",
    sql: "advertiser",
    known: "spans",
    ofPostbacks: true,
    seenBy: EVERYONE,
  },
  offer: { label: "Offer", slugOf: "offer", of: "click", sql: "offer", known: "spans", seenBy: EVERYONE },
  affiliate: {
    label: "Affiliate",
    slugOf: "affiliate",
    of: "click",
    sql: "affiliate",
    known: "spans",
    seenBy: EVERYONE,
  },
  link: { label: "Link", slugOf: "link", of: "click", sql: "link", known: "spans", seenBy: EVERYONE },
  event: { label: "Event", of: "conversion", sql: "event", known: "spans", ofPostbacks: true, seenBy: EVERYONE },
  status: {
    label: "Status",
    of: "conversion",
    sql: "status",
    known: "spans",
    choices: ["pending", "approved", "rejected", "reversed"],
    grouped: false,
    seenBy: EVERYONE,
  },
  imported: {
    label: "Imported",
    of: "conversion",
    sql: "iif(imported = 1, 'yes', 'no')",
    known: "rows",
    choices: ["yes", "no"],
    seenBy: EVERYONE,
  },
} as const satisfies Record<string, Dimension>;

/** What reports only group by. */
const OTHERS: Record<string, Dimension> = {
  country: { label: "Country", of: "click", sql: text("country"), known: "quarters", seenBy: EVERYONE },
  device: { label: "Device", of: "click", sql: text("device"), known: "quarters", seenBy: EVERYONE },
  os: { label: "Os", of: "click", sql: text("os"), known: "rows", seenBy: EVERYONE },
  browser: { label: "Browser", of: "click", sql: text("browser"), known: "rows", seenBy: EVERYONE },
  referrer: {
    label: "Referrer",
    of: "click",
    sql: text("referrer"),
    known: "rows",
    seenBy: EVERYONE,
    namesAffiliate: true,
  },
  ...Object.fromEntries(Array.from({ length: SUB_ID_COUNT }, (_, index) => subId(index + 1))),
  destination: { label: "Destination", of: "delivery", sql: "destination", known: "spans", seenBy: EVERYONE },
  attributed_by: {
    label: "Attributed by",
    of: "conversion",
    sql: "attributed_by",
    known: "rows",
    seenBy: EVERYONE,
  },
  new_or_returning: {
    label: "New or returning",
    of: "conversion",
    sql: text("customer"),
    known: "rows",
    seenBy: EVERYONE,
  },
};

/** What the affiliate told itself about its clicks: no business of the advertisers'. */
function subId(number: number): [string, Dimension] {
  const sql = text(`sub${number}`);
  const entry = { label: `Sub${number}`, of: "click", sql, known: "rows" } as const;
  return [`sub${number}`, { ...entry, seenBy: ALL_BUT_ADVERTISERS }];
}

function text(column: string): string {
  return `coalesce(${column}, '')`;
}

export type FilterName = keyof typeof FILTERED;

/** Everything that tells rows apart, but times; in the order in which it is offered. */
export const DIMENSIONS: ReadonlyMap<string, Dimension> = new Map<string, Dimension>([
  ...Object.entries(FILTERED),
  ...Object.entries(OTHERS),
]);

export const FILTERS: readonly FilterName[] = Object.keys(FILTERED).filter(isFilter);

function isFilter(name: string): name is FilterName {
  return Object.hasOwn(FILTERED, name);
}

/** What reports group by, times first. */
export const GROUPS: readonly string[] = [
  ...Object.keys(TIMES),
  ...[...DIMENSIONS].filter(([, { grouped }]) => grouped !== false).map(([name]) => name),
];

/** What deliveries are counted by. Destinations are told by their slugs. */
export const DELIVERY_DIMENSIONS: readonly string[] = [
  ...[...DIMENSIONS].flatMap(([name, { of, known, grouped }]) =>
    of !== "delivery" && known === "spans" && grouped !== false ? [name] : [],
  ),
  ...namesOf(({ of }) => of === "delivery"),
];

/** Those that this role may group by; `isTold` says whether it is told who affiliates are. */
export function groupsFor(role: Role, isTold: boolean): string[] {
  return GROUPS.filter((name) => isDimensionSeenBy(name, role, isTold));
}

/** True when this role may group and filter by it. */
export function isDimensionSeenBy(name: string, role: Role, isTold: boolean): boolean {
  return isShownTo(entryOf(name), role, isTold);
}

export function labelOf(name: string): string {
  return entryOf(name).label;
}

/** The names of those that pass; times are none of them. */
export function namesOf(passes: (dimension: Dimension) => boolean): string[] {
  return [...DIMENSIONS].filter(([, dimension]) => passes(dimension)).map(([name]) => name);
}

function entryOf(name: string): Seen & { label: string } {
  const entry = isTime(name) ? TIMES[name] : DIMENSIONS.get(name);
  if (!entry) throw new Error(`there is no dimension ${name}`);
  return entry;
}
