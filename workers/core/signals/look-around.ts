/** What the conversions of a day tell of one another: order numbers before their time, even gaps, and minutes that are too full. */
import { MINUTE_MS } from "../time-units.ts";
import type { LookedRow, SignalRow } from "./signal-row.ts";

/** So many orders of others tell where the shop's numbers are. */
const LEAST_NUMBERS = 20;
/** Orders of others that begin or end the day's numbers, and may be odd ones. */
const ODD_SHARE = 0.05;
/** Numbers rise with time where so large a share of neighbours does. */
const RISING_SHARE = 0.7;
/** Gaps are even that differ by no more than this share; shorter ones are of one moment. */
const EVEN_SHARE = 0.02;
const LEAST_GAP_MS = 5_000;
const LEAST_CROWD = 5;
/** The busiest minutes of a day have so many times what its mean has. */
const BUSY_TIMES = 4;
/** A count that comes by chance is hardly ever so many standard deviations above what is expected. */
const CHANCE = 5;
const DAY_MINUTES = 1_440;
/** `SHOP-2026-00042-a`: what stands before the last digits, the number, and what stands behind. */
const NUMBERED = /^(?<before>.*?)(?<digits>\d{1,15})(?<behind>\D*)$/s;

/** The rows of one day, in whatever order, each with what its neighbours tell. */
export function lookAround(rows: readonly SignalRow[]): LookedRow[] {
  const looked = new Map(
    rows.map((row): [string, LookedRow] => [row.id, { ...row, isAhead: null, isEven: null, isCrowded: false }]),
  );
  for (const own of Map.groupBy(looked.values(), activityName).values()) {
    markEven(own);
    markCrowded(own);
  }
  for (const numbered of Map.groupBy(numberedIn(looked.values()), ({ series }) => series).values()) markAhead(numbered);
  return [...looked.values()];
}

function activityName({ affiliate, offer, event }: SignalRow): string {
  return `${affiliate} ${offer} ${event}`;
}

function markEven(rows: readonly LookedRow[]): void {
  const clicked = rows
    .filter(({ isByClick }) => isByClick)
    .sort((left, right) => left.clickedAtMs - right.clickedAtMs || (left.id < right.id ? -1 : 1));
  let gapBefore: number | null = null;
  for (const [index, row] of clicked.entries()) {
    const before = clicked[index - 1];
    const gap = before ? row.clickedAtMs - before.clickedAtMs : null;
    if (gap !== null && gapBefore !== null && Math.max(gap, gapBefore) >= LEAST_GAP_MS)
      row.isEven = Math.abs(gap - gapBefore) <= EVEN_SHARE * Math.max(gap, gapBefore);
    gapBefore = gap;
  }
}

function markCrowded(rows: readonly LookedRow[]): void {
  const expected = (rows.length / DAY_MINUTES) * BUSY_TIMES;
  const busy = Math.max(LEAST_CROWD, expected + CHANCE * Math.sqrt(expected));
  for (const minute of Map.groupBy(rows, ({ occurredAtMs }) => Math.floor(occurredAtMs / MINUTE_MS)).values())
    if (minute.length >= busy) for (const row of minute) row.isCrowded = true;
}

interface Numbered {
  series: string;
  number: number;
  row: LookedRow;
}

/** Rows whose order has a number, by what else stands in the order. */
function* numberedIn(rows: Iterable<LookedRow>): Generator<Numbered> {
  for (const row of rows) {
    const { before, digits, behind } = NUMBERED.exec(row.txid ?? "")?.groups ?? {};
    if (digits !== undefined)
      yield { series: JSON.stringify([row.orderSpace, before, behind]), number: Number(digits), row };
  }
}

/** Each affiliate's numbers against those of all others on the day, of which the oddest at both ends do not count. */
function markAhead(numbered: readonly Numbered[]): void {
  const isRising = risingWithout(numbered);
  const sorted = numbered.toSorted((left, right) => left.number - right.number);
  const places = Map.groupBy(sorted.keys(), (place) => sorted[place]?.row.affiliate);
  for (const [affiliate, own] of places) {
    const others = sorted.length - own.length;
    if (affiliate === undefined || others < LEAST_NUMBERS || !isRising(affiliate)) continue;
    const odd = Math.floor(others * ODD_SHARE);
    const low = sorted[placeOfOthers(own, odd)]?.number ?? 0;
    const high = sorted[placeOfOthers(own, others - 1 - odd)]?.number ?? 0;
    for (const place of own) {
      const one = sorted[place];
      if (one) one.row.isAhead = one.number > high + (high - low);
    }
  }
}

/** The place in which the nth stands that is none of the own ones, which are given in order. */
function placeOfOthers(own: readonly number[], nth: number): number {
  let place = nth;
  for (const passed of own) {
    if (passed > place) break;
    place += 1;
  }
  return place;
}

/** Whether numbers rise with time, but for those of an affiliate: numbers that are drawn tell nothing. Each is held against the one that comes half of them later. */
function risingWithout(numbered: readonly Numbered[]): (affiliate: number) => boolean {
  const byTime = numbered.toSorted((left, right) => left.row.occurredAtMs - right.row.occurredAtMs);
  const half = Math.ceil(byTime.length / 2);
  const all: Pairs = { rising: 0, pairs: 0 };
  const ofAffiliates = new Map<number, Pairs>();
  for (const [place, earlier] of byTime.slice(0, byTime.length - half).entries()) {
    const later = byTime[place + half];
    if (!later) continue;
    const rising = earlier.number < later.number ? 1 : 0;
    const whose = new Set([earlier.row.affiliate, later.row.affiliate]);
    for (const counted of [all, ...[...whose].map((affiliate) => pairsOf(ofAffiliates, affiliate))]) {
      counted.rising += rising;
      counted.pairs += 1;
    }
  }
  return (affiliate) => {
    const own = pairsOf(ofAffiliates, affiliate);
    const pairs = all.pairs - own.pairs;
    return pairs > 0 && all.rising - own.rising >= RISING_SHARE * pairs;
  };
}

interface Pairs {
  rising: number;
  pairs: number;
}

function pairsOf(known: Map<number, Pairs>, affiliate: number): Pairs {
  const pairs = known.get(affiliate) ?? { rising: 0, pairs: 0 };
  known.set(affiliate, pairs);
  return pairs;
}
