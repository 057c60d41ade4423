/** What a closing would find: what is due by owner and currency, and what of it would be carried over. */
import * as v from "valibot";
import { isDay } from "../../core/instant.ts";
import { localDate, startOfDay } from "../../core/metrics/time-zone.ts";
import { addDecimals, formatMicros, joinMicros } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { lookOfClosing } from "../../core/statements/closing-look.ts";
import { type Among, type DraftsPassedOver, dueRows, type StatementOwner } from "../../core/statements/due.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import { invalidQuery, parameters } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { OF, OWNER_OF } from "./read-statements.ts";

/** Conversions that are looked at in one query. */
const PAGE = 20_000;
/** Of a larger system the closing itself tells. */
const MOST_PAGES = 50;

export const DAY_TEXT = v.pipe(v.string(), v.trim(), v.check(isDay, "Write a day that there is, such as 2026-12-01."));

export const dueQuery = parameters({
  of: v.exactOptional(v.picklist(OF)),
  until: v.exactOptional(DAY_TEXT),
  tz: v.exactOptional(v.string()),
});

const dueAnswer = v.object({
  owner: v.string(),
  currency: v.string(),
  conversions: v.number(),
  due: v.string(),
  /** Too little to be closed. */
  carried: v.boolean(),
});
export type DueView = v.InferOutput<typeof dueAnswer>;
/** What a closing of everything would come to: drafts that are there give way to it, so what they list is looked at anew. */
const closesAnswer = v.object({
  currency: v.string(),
  statements: v.number(),
  due: v.string(),
  /** How many owners would be carried over, and with how much. */
  carried: v.number(),
  carried_due: v.string(),
});
export type ClosesView = v.InferOutput<typeof closesAnswer>;
export const duesAnswer = v.object({
  until: v.string(),
  time_zone: v.string(),
  items: v.array(dueAnswer),
  closes: v.array(closesAnswer),
  /** The same by owner. */
  closing: v.array(dueAnswer),
  /** Stands for exactly that. */
  look: v.string(),
});

/** The first of the month that it is, as `2026-12-01`. */
export function monthBegan(nowMs: number, timeZone: string): string {
  return `${new Date(localDate(timeZone, nowMs)).toISOString().slice(0, 7)}-01`;
}

/** When a day begins in a zone. */
export function beginningOf(day: string, timeZone: string): number {
  return startOfDay(timeZone, Date.parse(day));
}

export async function dueNow(
  { DB }: Pick<Env, "DB">,
  query: v.InferOutput<typeof dueQuery>,
  nowMs: number,
): Promise<Result<v.InferOutput<typeof duesAnswer>, Problem>> {
  const { of = "affiliates", tz = "UTC" } = query;
  if (!isZone(tz)) return refuse(invalidQuery([{ parameter: "tz", detail: "Write a time zone, such as UTC." }]));
  const until = query.until ?? monthBegan(nowMs, tz);
  const ownerType = OWNER_OF[of];
  const untilMs = beginningOf(until, tz);
  const found = await duesOf(DB, ownerType, untilMs, "none");
  const closed = (await hasDrafts(DB, ownerType)) ? await duesOf(DB, ownerType, untilMs, "of_all_offers") : found;
  if (!found || !closed)
    return refuse({
      name: "try_again",
      detail: "There is too much to be looked through here: close it, which makes drafts.",
    });
  const [items, closing] = await Promise.all([
    judged(DB, ownerType, summed(found)),
    judged(DB, ownerType, summed(closed)),
  ]);
  const views = closing.map(viewOf);
  return accept({
    ...{ until, time_zone: tz, items: items.map(viewOf), closes: closesOf(views), closing: views },
    look: lookOfClosing({ ownerType, untilMs, timeZone: tz }, closing),
  });
}

export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

interface DueSum {
  owner: number;
  currency: string;
  conversions: number;
  units: number;
  rest: number;
}

interface OwnerSum {
  owner: number;
  currency: string;
  conversions: number;
  micros: bigint;
}

interface JudgedSum extends OwnerSum {
  slug: string;
  carried: boolean;
}

/** By owner and currency. */
function summed(rows: readonly DueSum[]): OwnerSum[] {
  const groups = Map.groupBy(rows, ({ owner, currency }) => `${owner} ${currency}`);
  return [...groups.values()].map((own) => ({
    ...{ owner: own[0]?.owner ?? 0, currency: own[0]?.currency ?? "" },
    conversions: own.reduce((sum, { conversions }) => sum + conversions, 0),
    micros: own.reduce((sum, { units, rest }) => sum + joinMicros(units, rest), 0n),
  }));
}

/** Drafts of all offers, which a closing of everything takes anew. */
const GIVING_WAY = "SELECT id FROM statements WHERE owner_type = ?1 AND state = 'draft' AND offers IS NULL";

async function hasDrafts(db: D1Database, ownerType: StatementOwner): Promise<boolean> {
  return (await db.prepare(`${GIVING_WAY} LIMIT 1`).bind(ownerType).first()) !== null;
}

function closesOf(dues: readonly DueView[]): ClosesView[] {
  const total = (rows: readonly DueView[]) => addDecimals(rows.map(({ due }) => due));
  return [...Map.groupBy(dues, ({ currency }) => currency)]
    .map(([currency, own]) => {
      const [carried, closed] = [own.filter((one) => one.carried), own.filter((one) => !one.carried)];
      return {
        ...{ currency, statements: closed.length, due: total(closed) },
        ...{ carried: carried.length, carried_due: total(carried) },
      };
    })
    .sort((left, right) => left.currency.localeCompare(right.currency));
}

/** Null where there is too much of it. */
async function duesOf(
  db: D1Database,
  ownerType: StatementOwner,
  untilMs: number,
  passedOver: DraftsPassedOver,
): Promise<DueSum[] | null> {
  const sums: DueSum[] = [];
  const add = (row: DueSum) => sums.push(row);
  const bound =
    (await db
      .prepare("SELECT before_id FROM listing_bounds WHERE owner_type = ?")
      .bind(ownerType)
      .first<string>("before_id")) ?? "";
  const asked = { bound, untilMs, passedOver };
  const isWhole =
    (await overPages(db, ownerType, "unlisted", { after: "", ...asked }, add)) &&
    (await overPages(db, ownerType, "young", { after: bound, ...asked }, add));
  if (!isWhole) return null;
  const { results } = await db
    .prepare(
      `SELECT owner, currency, 0 AS conversions, sum(due / 1000000) AS units, sum(due % 1000000) AS rest FROM adjustments
       WHERE owner_type = ?1 AND (statement IS NULL${passedOver === "none" ? "" : ` OR statement IN (${GIVING_WAY})`}) GROUP BY owner, currency`,
    )
    .bind(ownerType)
    .all<DueSum>();
  return [...sums, ...results];
}

async function overPages(
  db: D1Database,
  ownerType: StatementOwner,
  among: Among,
  asked: { after: string; bound: string; untilMs: number; passedOver: DraftsPassedOver },
  add: (row: DueSum) => unknown,
): Promise<boolean> {
  const { after: first, bound, untilMs, passedOver } = asked;
  const page =
    among === "young"
      ? "SELECT conversion_id FROM conversions WHERE conversion_id > ?1 AND ?2 = ?2 AND ?3 = ?3"
      : "SELECT conversion_id FROM unlisted WHERE conversion_id > ?1 AND owner_type = ?2 AND conversion_id < ?3";
  const end = `SELECT max(conversion_id) AS upto FROM (${page} ORDER BY conversion_id LIMIT ${PAGE})`;
  const sums = `WITH ${dueRows(ownerType, among, passedOver)}
    SELECT owner, currency, count(*) AS conversions, sum(due / 1000000) AS units, sum(due % 1000000) AS rest FROM due GROUP BY owner, currency`;
  let after = first;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const upto = await db.prepare(end).bind(after, ownerType, bound).first<string>("upto");
    if (upto === null) return true;
    const { results } = await db.prepare(sums).bind(ownerType, after, upto, untilMs, null, null).all<DueSum>();
    for (const row of results) add(row);
    after = upto;
  }
  return false;
}

/** Whose each is, and whether it is too little. */
async function judged(db: D1Database, ownerType: StatementOwner, sums: readonly OwnerSum[]): Promise<JudgedSum[]> {
  const query =
    ownerType === "affiliate"
      ? "SELECT number, slug, minimum_payout AS least FROM affiliates WHERE number IN (SELECT value FROM json_each(?))"
      : "SELECT number, slug, 0 AS least FROM advertisers WHERE number IN (SELECT value FROM json_each(?))";
  const { results } = await db
    .prepare(query)
    .bind(JSON.stringify([...new Set(sums.map(({ owner }) => owner))]))
    .all<{ number: number; slug: string; least: number }>();
  const owners = new Map(results.map((row) => [row.number, row]));
  return sums
    .filter(({ micros, conversions }) => micros !== 0n || conversions > 0)
    .map((sum) => {
      const { slug = "", least = 0 } = owners.get(sum.owner) ?? {};
      return { ...sum, slug, carried: sum.micros <= 0n || sum.micros < BigInt(least) };
    })
    .sort((left, right) => left.slug.localeCompare(right.slug) || left.currency.localeCompare(right.currency));
}

function viewOf({ slug, currency, conversions, micros, carried }: JudgedSum): DueView {
  return { owner: slug, currency, conversions, due: formatMicros(micros), carried };
}

/** A day so many days later. */
export function daysLater(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}
