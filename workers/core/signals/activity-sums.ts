/** What is kept of a day of an affiliate on an offer, by event, and of its clicks there: counts that are added up over 28 days, and the IDs that signals name. */
import { type ClickCounts, frequent } from "./counted-clicks.ts";
import type { LookedRow, SignalClaim, SignalRow } from "./signal-row.ts";

/** Of a day, a signal names so many conversions of an affiliate on an offer. */
const MOST_NAMED_A_DAY = 50;
/** How long after the click: each bucket's bound, in seconds, is the first that is too long for it, and twice the one before; the last bucket has none. */
export const WAIT_BUCKETS = 20;
const FIRST_BOUND_S = 10;

/** How many of how many. */
export type PartOf = [part: number, whole: number];

export interface ActivitySums {
  conversions: number;
  statuses: Record<string, number>;
  /** By signal. */
  shares: Record<string, PartOf>;
  named: Record<string, string[]>;
  waits: number[];
  /** Device, system and browser, with a slash between them. */
  setups: Record<string, number>;
  subs: Record<string, number>;
}

/** What of a row counts for a signal: null where it is none of the whole. */
export interface Counting<Row> {
  name: string;
  counts(row: Row): boolean | null;
}

export function noSums(): ActivitySums {
  return {
    conversions: 0,
    statuses: noCounts(),
    shares: {},
    named: {},
    waits: [],
    setups: noCounts(),
    subs: noCounts(),
  };
}

/** Counts by what others write: a sub-id may be called `constructor`. */
export function noCounts(): Record<string, number> {
  return Object.create(null);
}

/** Counts a conversion in. */
export function countRow(sums: ActivitySums, row: LookedRow, countings: readonly Counting<LookedRow>[]): void {
  sums.conversions += 1;
  add(sums.statuses, row.status, 1);
  for (const counting of countings) countShare(sums, counting, row, row.id);
  if (!row.isByClick) return;
  const waitS = (row.occurredAtMs - row.clickedAtMs) / 1_000;
  const doubled = waitS < FIRST_BOUND_S ? 0 : Math.floor(Math.log2(waitS / FIRST_BOUND_S)) + 1;
  const place = Math.min(doubled, WAIT_BUCKETS - 1);
  sums.waits[place] = (sums.waits[place] ?? 0) + 1;
  add(sums.setups, setupOf(row), 1);
  if (row.sub !== null) add(sums.subs, row.sub, 1);
}

/** Counts a claim in; it is no conversion. */
export function countClaim(sums: ActivitySums, claim: SignalClaim, countings: readonly Counting<SignalClaim>[]): void {
  for (const counting of countings) countShare(sums, counting, claim, claim.receipt);
}

export function setupOf({ device, os, browser }: Pick<SignalRow, "device" | "os" | "browser">): string {
  return [device, os, browser].map((one) => one ?? "").join("/");
}

/** As they are kept: the frequent values alone, and no holes. */
export function keptSums(sums: ActivitySums): ActivitySums {
  const { setups, subs, waits } = sums;
  return { ...sums, waits: Array.from(waits, (count) => count ?? 0), setups: frequent(setups), subs: frequent(subs) };
}

/** Adds `more` to `sums`; named IDs are newest last, of which `mostNamed` stay. */
export function addSums(sums: ActivitySums, more: ActivitySums, mostNamed: number): void {
  sums.conversions += more.conversions;
  addAll(sums.statuses, more.statuses);
  for (const [name, [part, whole]] of Object.entries(more.shares)) {
    const [ownPart, ownWhole] = sums.shares[name] ?? [0, 0];
    sums.shares[name] = [ownPart + part, ownWhole + whole];
  }
  for (const [name, ids] of Object.entries(more.named))
    sums.named[name] = [...(sums.named[name] ?? []), ...ids].slice(-mostNamed);
  for (const [bucket, count] of more.waits.entries()) sums.waits[bucket] = (sums.waits[bucket] ?? 0) + count;
  addAll(sums.setups, more.setups);
  addAll(sums.subs, more.subs);
}

/** Adds clicks up. */
export function addClicks(counts: ClickCounts, more: ClickCounts): void {
  counts.clicks += more.clicks;
  counts.uniques += more.uniques;
  counts.bots += more.bots;
  counts.sampled += more.sampled;
  counts.least += more.least;
  addAll(counts.subs, more.subs);
}

function countShare<Row>(sums: ActivitySums, { name, counts }: Counting<Row>, row: Row, id: string): void {
  const isPart = counts(row);
  if (isPart === null) return;
  const share = sums.shares[name] ?? [0, 0];
  sums.shares[name] = [share[0] + (isPart ? 1 : 0), share[1] + 1];
  if (!isPart) return;
  const ids = sums.named[name] ?? [];
  sums.named[name] = ids;
  ids.push(id);
  if (ids.length > MOST_NAMED_A_DAY) ids.shift();
}

function add(counts: Record<string, number>, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count;
}

function addAll(counts: Record<string, number>, more: Record<string, number>): void {
  for (const [name, count] of Object.entries(more)) add(counts, name, count);
}
