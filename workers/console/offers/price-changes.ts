/** Prices from a moment on: announced, listed, and withdrawn before they count. */
import * as v from "valibot";
import type { StoredPricing } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatMicros } from "../../core/money.ts";
import { isFinerThan, type PricingRule } from "../../core/pricing.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChanges } from "../audit/change.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { instant } from "../web/field-schemas.ts";
import { fields } from "../web/input.ts";
import { invalid, notFound, type Problem } from "../web/problem.ts";
import { bringInPrices } from "./due-prices.ts";
import { eventName } from "./event-fields.ts";
import { digitsOf } from "./price-digits.ts";
import { payoutRule, priceView, revenueRule, shownPrice } from "./price-fields.ts";
import { findOffer } from "./store.ts";

const MOST_LISTED = 200;
/** Of one event, of everybody and of single affiliates. */
const MOST_ANNOUNCED = 100;

/** What changes by it, of everybody's price or of an affiliate's own, where null leaves everybody's; without `from` it counts from now on. */
export const newPriceChange = v.pipe(
  fields({
    event: eventName,
    affiliate: v.exactOptional(v.string()),
    payout: v.exactOptional(v.nullable(payoutRule)),
    revenue: v.exactOptional(v.nullable(revenueRule)),
    from: v.exactOptional(instant),
  }),
  v.check(({ payout, revenue }) => payout !== undefined || revenue !== undefined, "Say payout, revenue, or both."),
  v.check(
    ({ affiliate, payout, revenue }) => affiliate !== undefined || (payout !== null && revenue !== null),
    "Only an affiliate's own price can be taken away: an event has one.",
  ),
);
export type NewPriceChange = v.InferOutput<typeof newPriceChange>;

export const priceChangeAnswer = v.object({
  price_change: v.number(),
  event: v.string(),
  /** Null: everybody's. */
  affiliate: v.nullable(v.string()),
  from: v.string(),
  /** Absent where it stays; null where the affiliate has none of its own from then on. */
  payout: v.exactOptional(v.nullable(shownPrice)),
  revenue: v.exactOptional(v.nullable(shownPrice)),
  version: v.number(),
  /** It does not count yet, and can be withdrawn. */
  announced: v.boolean(),
  by: v.nullable(v.string()),
});
export type PriceChangeView = v.InferOutput<typeof priceChangeAnswer>;

interface ChangeRow {
  number: number;
  event: string;
  slug: string | null;
  from_at: number;
  sets: "all" | "both" | "payout" | "revenue";
  payout: string | null;
  revenue: string | null;
  version: number;
  actor: string | null;
}

const CHANGES = `SELECT p.number, p.event, a.slug, p.from_at, p.sets, p.payout, p.revenue, p.version, p.actor
  FROM price_changes AS p LEFT JOIN affiliates AS a ON a.number = p.affiliate`;

/** All prices of an offer with since when each counts, the latest first; what is announced among them. */
export async function listPriceChanges(
  env: Env,
  caller: Caller,
  key: string,
  nowMs: number,
): Promise<Result<{ items: PriceChangeView[] }, Problem>> {
  const offer = await findOffer(env, caller, key);
  if (!offer.ok) return offer;
  const { results } = await env.DB.withSession("first-primary")
    .prepare(`${CHANGES} WHERE p.offer = ? ORDER BY p.from_at DESC, p.number DESC LIMIT ${MOST_LISTED}`)
    .bind(offer.value.row.number)
    .all<ChangeRow>();
  return accept({ items: results.map((row) => viewOf(row, nowMs)) });
}

/** Writes down what is to count, and from when. */
export async function announcePrice(
  env: Env,
  key: string,
  input: NewPriceChange,
  change: ChangeStamp,
): Promise<Result<PriceChangeView, Problem>> {
  const { event: name, affiliate: slug, payout, revenue, from: fromMs = change.atMs } = input;
  const found = await findOffer(env, change.by, key);
  if (!found.ok) return found;
  const { row, events } = found.value;
  const event = events.find((one) => one.name === name);
  if (!event) return refuse(invalid("#/event", `The offer has no event "${name}": add it first.`));
  if (fromMs < change.atMs)
    return refuse(invalid("#/from", "A price counts from now or later on: what was received before keeps its price."));
  const digits = digitsOf(event, row.currency);
  for (const [place, rule] of Object.entries({ payout, revenue })) {
    const fault = rule ? tooFine(rule, digits) : null;
    if (fault) return refuse(invalid(`#/${place}`, fault));
  }
  const affiliate = slug === undefined ? 0 : await numberOfAffiliate(env, slug);
  if (affiliate === null) return refuse(invalid("#/affiliate", `There is no affiliate "${slug}": create it first.`));
  const place = { offer: row.number, name, affiliate };
  const full = await whyFull(env, place, fromMs);
  if (full) return refuse(full);
  const rising =
    affiliate === 0
      ? "UPDATE offer_events SET version = version + 1 WHERE offer = ?1 AND name = ?2 AND ?3 = 0"
      : "UPDATE offer_event_overrides SET version = version + 1 WHERE offer = ?1 AND event = ?2 AND affiliate = ?3";
  const version =
    affiliate === 0
      ? "SELECT version FROM offer_events WHERE offer = ?1 AND name = ?2"
      : "SELECT version FROM offer_event_overrides WHERE offer = ?1 AND event = ?2 AND affiliate = ?3";
  const sets = payout === undefined ? "revenue" : revenue === undefined ? "payout" : "both";
  const ofPlace = [row.number, name, affiliate] as const;
  const answers = await env.DB.batch<{ number: number }>([
    env.DB.prepare(
      `INSERT INTO offer_event_overrides (offer, event, affiliate, payout, revenue, version)
       SELECT ?1, ?2, ?3, NULL, NULL, 0 WHERE ?3 <> 0 ON CONFLICT DO NOTHING`,
    ).bind(...ofPlace),
    env.DB.prepare(rising).bind(...ofPlace),
    env.DB.prepare(
      `INSERT INTO price_changes (offer, event, affiliate, from_at, sets, payout, revenue, version, counts, actor)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, (${version}), 0, ?8 RETURNING number`,
    ).bind(...ofPlace, fromMs, sets, stored(payout), stored(revenue), change.by.name),
    logChanges(env.DB, change, [
      { action: "create", kind: "price", subject: key, before: null, after: deedOf(input, fromMs) },
    ]),
  ]);
  const [made] = answers[2]?.results ?? [];
  if (!made) throw new Error("SQLite returned no row");
  await bringInPrices(env, change.atMs);
  return readPriceChange(env, made.number, change.atMs);
}

/** Takes back what does not count yet. */
export async function withdrawPrice(
  env: Env,
  key: string,
  number: string,
  change: ChangeStamp,
): Promise<Result<null, Problem>> {
  const offer = await findOffer(env, change.by, key);
  if (!offer.ok) return offer;
  const row = /^\d{1,10}$/.test(number)
    ? await env.DB.prepare(`${CHANGES} WHERE p.number = ? AND p.offer = ?`)
        .bind(Number(number), offer.value.row.number)
        .first<ChangeRow>()
    : null;
  if (row === null) return refuse(notFound("price change", number));
  const { price_change: _, ...was } = viewOf(row, change.atMs);
  if (!was.announced)
    return refuse(invalid("#", "It counts already: what was received since is priced by it. Set another price."));
  await env.DB.batch([
    env.DB.prepare("DELETE FROM price_changes WHERE number = ? AND counts = 0 AND from_at > ?").bind(
      row.number,
      change.atMs,
    ),
    logChanges(env.DB, change, [{ action: "discard", kind: "price", subject: key, before: was, after: null }]),
  ]);
  return accept(null);
}

async function readPriceChange(env: Env, number: number, nowMs: number): Promise<Result<PriceChangeView, Problem>> {
  const row = await env.DB.withSession("first-primary")
    .prepare(`${CHANGES} WHERE p.number = ?`)
    .bind(number)
    .first<ChangeRow>();
  return row === null ? refuse(notFound("price change", String(number))) : accept(viewOf(row, nowMs));
}

async function numberOfAffiliate({ DB }: Env, slug: string): Promise<number | null> {
  return DB.prepare("SELECT number FROM affiliates WHERE slug = ?").bind(slug).first<number>("number");
}

async function whyFull(
  { DB }: Env,
  { offer, name, affiliate }: { offer: number; name: string; affiliate: number },
  fromMs: number,
): Promise<Problem | null> {
  const present = await DB.prepare(
    `SELECT count(*) FILTER (WHERE counts = 0) AS announced, count(*) FILTER (WHERE affiliate = ?3 AND from_at = ?4) AS same
     FROM price_changes WHERE offer = ?1 AND event = ?2`,
  )
    .bind(offer, name, affiliate, fromMs)
    .first<{ announced: number; same: number }>();
  if ((present?.announced ?? 0) >= MOST_ANNOUNCED)
    return invalid("#", `At most ${MOST_ANNOUNCED} prices of an event are announced: withdraw one first.`);
  if ((present?.same ?? 0) > 0)
    return invalid("#/from", "Another price counts from this moment on: withdraw it first.");
  return null;
}

function tooFine(rule: PricingRule, digits: number): string | null {
  if (rule === "posted" || !("flat" in rule) || !isFinerThan(digits, rule)) return null;
  return `${formatMicros(rule.flat)} is finer than the prices of this event, which have ${digits} digits behind the decimal point.`;
}

function stored(rule: PricingRule | null | undefined): string | null {
  return rule ? JSON.stringify(rule) : null;
}

function deedOf({ event, affiliate, payout, revenue }: NewPriceChange, fromMs: number) {
  const shown = (rule: PricingRule | null) => (rule === null ? null : priceView(rule));
  return {
    event,
    ...(affiliate === undefined ? {} : { affiliate }),
    ...(payout === undefined ? {} : { payout: shown(payout) }),
    ...(revenue === undefined ? {} : { revenue: shown(revenue) }),
    from: formatInstant(fromMs),
  };
}

function viewOf({ number, event, slug, from_at, sets, payout, revenue, version, actor }: ChangeRow, nowMs: number) {
  return {
    price_change: number,
    event,
    affiliate: slug,
    from: formatInstant(from_at),
    ...(sets === "revenue" ? {} : { payout: shownOf(payout) }),
    ...(sets === "payout" ? {} : { revenue: shownOf(revenue) }),
    version,
    announced: from_at > nowMs,
    by: actor,
  } satisfies PriceChangeView;
}

function shownOf(text: string | null) {
  if (text === null) return null;
  const rule: StoredPricing = JSON.parse(text);
  return priceView(rule);
}
