/** What an offer is made of: the form that the API takes, and what must hold between its parts. */
import * as v from "valibot";
import type { Rule } from "../../../schema/records.ts";
import type { Cap } from "../../../schema/tables.ts";
import { readDeepLinkHost } from "../../core/click/deep-link.ts";
import { DEVICES, SYSTEMS } from "../../core/click/device.ts";
import { isTimeZone } from "../../core/metrics/time-zone.ts";
import { destination, flag, instant, name, setupStatus, slug, slugOf, wholeNumber } from "../web/field-schemas.ts";
import { fields, parameters } from "../web/input.ts";
import { PAGE_PARAMETERS } from "../web/listing.ts";
import { FIXED_FIELD } from "../web/saving.ts";
import { payoutRule, revenueRule } from "./price-fields.ts";

const MAX_EVENTS = 50;
const MAX_OVERRIDES = 500;
const MAX_RULES = 50;
const MAX_CAPS = 50;
const MAX_HOSTS = 100;
const MAX_LIMIT = 1_000_000_000;

const listOf = <const Item extends v.GenericSchema>(item: Item, most: number) =>
  v.pipe(v.array(item), v.maxLength(most, `A list has at most ${most} items.`));

/** Whole days. */
const windowDays = wholeNumber(1, 3_650);

const EVENT_ADVICE = "An event's name is 1 to 63 letters, digits and _ . : - and begins with a letter or a digit.";
const eventName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,62}$/, EVENT_ADVICE));

const override = fields({
  affiliate: v.string(),
  payout: v.exactOptional(payoutRule),
  revenue: v.exactOptional(revenueRule),
  version: FIXED_FIELD,
});

const event = fields({
  name: eventName,
  payout: v.exactOptional(payoutRule),
  revenue: v.exactOptional(revenueRule),
  repeat: v.exactOptional(v.picklist(["per_txid", "once_per_click"])),
  restate: v.exactOptional(v.picklist(["ignore", "replace"])),
  window_days: v.exactOptional(v.nullable(windowDays)),
  overrides: v.exactOptional(listOf(override, MAX_OVERRIDES)),
  version: FIXED_FIELD,
});
export type EventInput = v.InferOutput<typeof event>;

const events = v.pipe(
  listOf(event, MAX_EVENTS),
  v.nonEmpty("An offer needs an event: what it pays for."),
  v.check((list) => new Set(list.map((item) => item.name)).size === list.length, "Two events have the same name."),
);

const country = v.pipe(
  v.string(),
  v.toUpperCase(),
  v.regex(/^[A-Z]{2}$/, "Write a country as ISO 3166 alpha-2, such as DE."),
);

/** Where visitors of some kind go: another destination, or nowhere. */
const rule = v.pipe(
  fields({
    countries: v.exactOptional(listOf(country, 250)),
    not_countries: v.exactOptional(listOf(country, 250)),
    devices: v.exactOptional(listOf(v.picklist(DEVICES), 20)),
    systems: v.exactOptional(listOf(v.picklist(SYSTEMS), 20)),
    destination: v.exactOptional(destination),
    block: v.exactOptional(v.literal(true, "Write true, or leave it out.")),
  }),
  v.check(
    (given) => (given.destination === undefined) !== (given.block === undefined),
    "Say either destination or block.",
  ),
  v.transform(
    ({ not_countries, ...given }): Rule => (not_countries ? { ...given, notCountries: not_countries } : given),
  ),
);

const cap = fields({ event: eventName, per: v.picklist(["day", "month"]), limit: wholeNumber(1, MAX_LIMIT) });

const host = v.pipe(
  v.string(),
  v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
    const read = readDeepLinkHost(dataset.value);
    if (read !== null) return read;
    addIssue({ message: "Write a host's name only, such as shop.example or *.shop.example." });
    return NEVER;
  }),
);

const timeZone = v.pipe(v.string(), v.check(isTimeZone, "Write a time zone's name, such as Europe/Berlin or UTC."));

const currency = v.pipe(
  v.string(),
  v.toUpperCase(),
  v.check((code) => Intl.supportedValuesOf("currency").includes(code), "Write a currency of ISO 4217, such as USD."),
);

const settings = {
  status: v.exactOptional(setupStatus),
  window_days: v.exactOptional(windowDays),
  min_seconds: v.exactOptional(wholeNumber(0, 86_400)),
  order_space: v.exactOptional(v.picklist(["advertiser", "offer"])),
  starts_at: v.exactOptional(v.nullable(instant)),
  ends_at: v.exactOptional(v.nullable(instant)),
  fallback_url: v.exactOptional(v.nullable(destination)),
  deep_link_hosts: v.exactOptional(listOf(host, MAX_HOSTS)),
  redirect_status: v.exactOptional(v.picklist([302, 307])),
  referrer_policy: v.exactOptional(
    v.picklist([
      "no-referrer",
      "no-referrer-when-downgrade",
      "origin",
      "origin-when-cross-origin",
      "same-origin",
      "strict-origin",
      "strict-origin-when-cross-origin",
      "unsafe-url",
    ]),
  ),
  pass_through: v.exactOptional(flag),
  rules: v.exactOptional(listOf(rule, MAX_RULES)),
  caps: v.exactOptional(listOf(cap, MAX_CAPS)),
  time_zone: v.exactOptional(timeZone),
};

export const newOffer = fields({
  slug,
  name,
  advertiser: slugOf("an advertiser"),
  destination,
  currency,
  events,
  ...settings,
});
export type NewOffer = v.InferOutput<typeof newOffer>;

/** Fixed after creation. */
export const FIXED_OF_OFFER = ["slug", "advertiser", "currency", "created_at", "updated_at"] as const;

/** `events` names those to change and those to add; an event that is not named stays as it is. */
export const offerChange = fields({
  name: v.exactOptional(name),
  destination: v.exactOptional(destination),
  events: v.exactOptional(events),
  ...settings,
  ...v.entriesFromList(FIXED_OF_OFFER, FIXED_FIELD),
});
export type OfferChange = v.InferOutput<typeof offerChange>;

export const offerList = parameters({
  ...PAGE_PARAMETERS,
  advertiser: v.exactOptional(v.string()),
  status: v.exactOptional(setupStatus),
});
export type OfferList = v.InferOutput<typeof offerList>;

/** What must hold between the parts of an offer, once a change is made: the first place that is wrong, and what to do. */
export function checkOffer(offer: {
  startsAtMs: number | null;
  endsAtMs: number | null;
  caps: readonly Cap[];
  events: readonly string[];
}): { pointer: string; detail: string } | null {
  const { startsAtMs, endsAtMs, caps } = offer;
  if (startsAtMs !== null && endsAtMs !== null && endsAtMs <= startsAtMs)
    return { pointer: "#/ends_at", detail: "The offer ends before it starts: choose a later end." };
  const index = caps.findIndex((one) => !offer.events.includes(one.event));
  if (index < 0) return null;
  const detail = `The offer has no event "${caps[index]?.event}". Its events are: ${offer.events.join(", ")}.`;
  return { pointer: `#/caps/${index}/event`, detail };
}
