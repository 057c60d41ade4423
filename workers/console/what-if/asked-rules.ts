/** The rules of a what-if as the API takes them: by the names of offers, events and affiliates; and as the books are held against them, by numbers. */
import * as v from "valibot";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { EventRules, OtherRules, OwnPrices } from "../../core/what-if/other-rules.ts";
import { mapping } from "../advertisers/fields.ts";
import type { Env } from "../env.ts";
import { caps } from "../offers/condition-fields.ts";
import { eventName, windowDays } from "../offers/event-fields.ts";
import { payoutRule, revenueRule } from "../offers/price-fields.ts";
import { wholeNumber } from "../web/field-schemas.ts";
import { fields } from "../web/input.ts";
import { invalid, type Problem } from "../web/problem.ts";

const MOST_DIGITS = 6;

const ownPrices = fields({ payout: v.exactOptional(payoutRule), revenue: v.exactOptional(revenueRule) });

const eventRules = fields({
  payout: v.exactOptional(payoutRule),
  revenue: v.exactOptional(revenueRule),
  window_days: v.exactOptional(windowDays),
  digits: v.exactOptional(wholeNumber(0, MOST_DIGITS)),
  repeat: v.exactOptional(v.picklist(["per_txid", "once_per_click"])),
  affiliates: v.exactOptional(v.record(v.string(), ownPrices)),
});

const offerRules = fields({
  window_days: v.exactOptional(windowDays),
  caps: v.exactOptional(caps),
  events: v.exactOptional(v.record(eventName, eventRules)),
});

/** What is to have been otherwise: of offers, by slug, and how the advertiser's words are read. */
export const askedRules = v.pipe(
  fields({
    offers: v.exactOptional(v.record(v.string(), offerRules)),
    mapping: v.exactOptional(mapping),
  }),
  v.check(
    ({ offers = {}, mapping }) => mapping !== undefined || Object.keys(offers).length > 0,
    "Say what is to be otherwise: offers, mapping, or both.",
  ),
);
export type AskedRules = v.InferOutput<typeof askedRules>;
type AskedEvent = v.InferOutput<typeof eventRules>;

interface AskedNames {
  offers: ReadonlyMap<string, { number: number; events: readonly string[] }>;
  affiliates: ReadonlyMap<string, number>;
}

/** The rules by numbers; refused where they name what the advertiser has not. */
export async function rulesByNumber(
  { DB }: Pick<Env, "DB">,
  advertiser: number,
  { offers = {}, mapping: asked }: AskedRules,
): Promise<Result<OtherRules, Problem>> {
  const names = await readNames(DB, advertiser, offers);
  const rules: OtherRules = { offers: {}, ...(asked === undefined ? {} : { mapping: asked }) };
  for (const [slug, offer] of Object.entries(offers)) {
    const known = names.offers.get(slug);
    if (!known) return refuse(invalid(`/rules/offers/${slug}`, `The advertiser has no offer "${slug}".`));
    const events: Record<string, EventRules> = {};
    for (const [name, event] of Object.entries(offer.events ?? {})) {
      const at = `/rules/offers/${slug}/events/${name}`;
      if (!known.events.includes(name)) return refuse(invalid(at, `The offer ${slug} has no event "${name}".`));
      const stranger = Object.keys(event.affiliates ?? {}).find((one) => !names.affiliates.has(one));
      if (stranger !== undefined) return refuse(invalid(`${at}/affiliates`, `There is no affiliate "${stranger}".`));
      events[name] = eventByNumber(event, names);
    }
    rules.offers[known.number] = {
      ...(offer.window_days === undefined ? {} : { windowDays: offer.window_days }),
      ...(offer.caps === undefined ? {} : { caps: offer.caps }),
      events,
    };
  }
  return accept(rules);
}

function eventByNumber({ window_days: days, affiliates = {}, ...event }: AskedEvent, names: AskedNames): EventRules {
  const byNumber = Object.entries(affiliates).map(([slug, prices]): [string, OwnPrices] => [
    String(names.affiliates.get(slug)),
    prices,
  ]);
  return {
    ...event,
    ...(days === undefined ? {} : { windowDays: days }),
    affiliates: Object.fromEntries(byNumber),
  };
}

async function readNames(
  db: D1Database,
  advertiser: number,
  offers: NonNullable<AskedRules["offers"]>,
): Promise<AskedNames> {
  const slugs = JSON.stringify(Object.keys(offers));
  const asked = Object.values(offers).flatMap(({ events = {} }) => Object.values(events));
  const affiliates = JSON.stringify(asked.flatMap((event) => Object.keys(event.affiliates ?? {})));
  const [found, people] = await db.batch<Record<string, string | number>>([
    db
      .prepare(
        `SELECT o.number, o.slug, (SELECT json_group_array(e.name) FROM offer_events e WHERE e.offer = o.number) AS events
         FROM json_each(?) k CROSS JOIN offers o ON o.slug = k.value AND o.advertiser = ?`,
      )
      .bind(slugs, advertiser),
    db.prepare("SELECT number, slug FROM json_each(?) k CROSS JOIN affiliates ON slug = k.value").bind(affiliates),
  ]);
  return {
    offers: new Map(
      (found?.results ?? []).map((row) => {
        const events: string[] = JSON.parse(String(row.events));
        return [String(row.slug), { number: Number(row.number), events }];
      }),
    ),
    affiliates: new Map((people?.results ?? []).map((row) => [String(row.slug), Number(row.number)])),
  };
}
