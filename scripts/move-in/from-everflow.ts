/**
 * An Everflow network in our words: advertisers, affiliates and offers are what they are here, and a link is an offer with an affiliate that runs it. A click's
 * `{transaction_id}` is our `{click_id}`.
 */
import { isRecord } from "../../workers/core/is-record.ts";
import { textOf } from "../console-api.ts";
import { type EverflowPair, type EverflowReader, type EverflowRow, pairOf } from "./everflow-api.ts";
import { decimal, type EverflowEvents, everflowOffer } from "./everflow-offers.ts";
import { slugGiver } from "./old-names.ts";
import type { LeftBehind, OldConversion, OldLink, OldOffer, OldProgramme, OldTracker } from "./old-programme.ts";

export interface EverflowChoice {
  /** Stands before all slugs. */
  prefix: string;
  /** Of offers that say none; null where those stay behind. */
  currency: string | null;
}

/** An Everflow as it is read now. Things get slugs of their names, in the order of their IDs; links of the codes that placed links have. */
export function everflowTracker(reader: EverflowReader, choice: EverflowChoice): OldTracker {
  let read: Promise<ReadEverflow> | undefined;
  const once = () => {
    read ??= readEverflow(reader, choice);
    return read;
  };
  return {
    dialect: "everflow",
    programme: async () => (await once()).programme,
    async *history({ from, to }, leave) {
      const known = await once();
      for await (const row of reader.conversions({ fromMs: timeOf(from), toMs: timeOf(to) })) {
        const conversion = conversionOf(row, known, leave);
        if (conversion !== null) yield conversion;
      }
    },
  };
}

interface ReadOffer extends EverflowEvents {
  offer: OldOffer;
  isRunning: boolean;
  isPublic: boolean;
}

interface NamedThing {
  slug: string;
  name: string;
  isActive: boolean;
}

interface ReadEverflow {
  programme: OldProgramme;
  offers: Map<number, ReadOffer>;
  /** Slugs by `offer/affiliate`. */
  links: Map<string, string>;
}

async function readEverflow(reader: EverflowReader, choice: EverflowChoice): Promise<ReadEverflow> {
  const left: LeftBehind[] = [];
  const leave = (what: string, why: string) => void left.push({ what, why });
  if (reader.earliestMs !== null)
    leave(`what was booked before ${new Date(reader.earliestMs).toISOString().slice(0, 10)}`, "its API tells a year");
  const advertisers = await namedOf(reader, "advertisers", choice);
  const affiliates = await namedOf(reader, "affiliates", choice);
  const offers = await offersOf(reader, { ...choice, advertisers }, leave);
  const { links, slugs } = await linksOf(reader, { ...choice, affiliates, offers }, leave);
  const [usedAdvertisers, usedAffiliates] = [
    new Set([...offers.values()].map(({ offer }) => offer.advertiser)),
    new Set(links.map(({ affiliate }) => affiliate)),
  ];
  const plain = (things: Map<number, NamedThing>, used: Set<string>) =>
    [...things.values()].filter(({ slug }) => used.has(slug)).map(({ slug, name }) => ({ slug, name }));
  const programme = {
    advertisers: plain(advertisers, usedAdvertisers),
    affiliates: plain(affiliates, usedAffiliates),
    ...{ offers: [...offers.values()].map(({ offer }) => offer), links, left },
  };
  return { programme, offers, links: slugs };
}

async function namedOf(
  reader: EverflowReader,
  kind: "advertisers" | "affiliates",
  { prefix }: EverflowChoice,
): Promise<Map<number, NamedThing>> {
  const one = kind === "advertisers" ? "advertiser" : "affiliate";
  const [key, give] = [`network_${one}_id`, slugGiver(one)];
  return new Map(
    byNumber(await reader.list(kind), key).map((row) => {
      const [id, name] = [Number(row[key]), textOf(row.name)?.trim() || String(row[key])];
      return [id, { slug: give(prefix + name, id), name, isActive: row.account_status === "active" }];
    }),
  );
}

function byNumber(rows: readonly EverflowRow[], key: string): EverflowRow[] {
  return [...rows].sort((left, right) => Number(left[key]) - Number(right[key]));
}

async function offersOf(
  reader: EverflowReader,
  { prefix, currency, advertisers }: EverflowChoice & { advertisers: Map<number, NamedThing> },
  leave: (what: string, why: string) => void,
): Promise<Map<number, ReadOffer>> {
  const [offers, give] = [new Map<number, ReadOffer>(), slugGiver("offer")];
  for (const row of byNumber(await reader.list("offers"), "network_offer_id")) {
    const id = Number(row.network_offer_id);
    const name = textOf(row.name)?.trim() || String(id);
    // What stays behind keeps its slug to itself: once it is mended there, the others are called as before.
    const slug = give(prefix + name, id);
    if (row.offer_status === "deleted") continue;
    const read = everflowOffer(row, name, leave);
    const advertiser = advertisers.get(Number(row.network_advertiser_id))?.slug;
    const own = textOf(row.currency_id)?.toUpperCase() || currency;
    if (read === null) continue;
    if (advertiser === undefined) leave(`offer “${name}”`, "its advertiser was not told");
    else if (own === null) leave(`offer “${name}”`, "it says no currency: say one with --currency");
    else
      offers.set(id, {
        ...read.known,
        offer: { slug, name, advertiser, destination: read.destination, currency: own, events: read.events },
        isRunning: row.offer_status === "active",
        isPublic: row.visibility === "public",
      });
  }
  return offers;
}

async function linksOf(
  reader: EverflowReader,
  known: { prefix: string; affiliates: Map<number, NamedThing>; offers: Map<number, ReadOffer> },
  leave: (what: string, why: string) => void,
): Promise<{ links: OldLink[]; slugs: Map<string, string> }> {
  const links: OldLink[] = [];
  const [slugs, byNumbers, give] = [new Map<string, string>(), new Map<string, string>(), slugGiver("link")];
  const pairs = await pairsOf(reader, known.offers);
  const codes = {
    affiliates: await reader.codes("tracking_link_affiliate", [...new Set(pairs.map((pair) => pair.affiliate))]),
    offers: await reader.codes("tracking_link_offer", [...new Set(pairs.map((pair) => pair.offer))]),
  };
  for (const pair of pairs) {
    const [offer, affiliate] = [known.offers.get(pair.offer), known.affiliates.get(pair.affiliate)];
    if (!offer || !affiliate) continue;
    const parts = [codes.affiliates.get(pair.affiliate), codes.offers.get(pair.offer)];
    const alias = parts.includes(undefined) ? null : parts.join("/");
    if (alias === null) leave(`the address of “${affiliate.name}” on “${offer.offer.name}”`, "it was told no code");
    const ids = `${pair.affiliate}-${pair.offer}`;
    const slug = give(known.prefix + (alias ?? ids), ids);
    const isPaused = !(offer.isRunning && affiliate.isActive && pair.mayRun);
    links.push({ slug, offer: offer.offer.slug, affiliate: affiliate.slug, isPaused, aliases: alias ? [alias] : [] });
    slugs.set(`${pair.offer}/${pair.affiliate}`, slug);
    byNumbers.set(`${pair.affiliate}/${pair.offer}`, slug);
  }
  return { links: withNumbers(links, byNumbers), slugs };
}

/** Reports of clicks name links by their numbers: these are aliases too, where they are nobody's codes. */
function withNumbers(links: readonly OldLink[], byNumbers: ReadonlyMap<string, string>): OldLink[] {
  const codes = new Set(links.flatMap(({ aliases }) => aliases));
  const numbers = new Map([...byNumbers].map(([alias, slug]) => [slug, codes.has(alias) ? [] : [alias]]));
  return links.map((link) => ({ ...link, aliases: [...link.aliases, ...(numbers.get(link.slug) ?? [])] }));
}

/** Who was let onto an offer, and who had clicks or conversions on it, in the order of their IDs. */
async function pairsOf(
  reader: EverflowReader,
  offers: ReadonlyMap<number, ReadOffer>,
): Promise<(EverflowPair & { mayRun: boolean })[]> {
  const ran = new Map<number, Set<number>>();
  for (const { offer, affiliate } of await reader.ran())
    ran.set(offer, (ran.get(offer) ?? new Set<number>()).add(affiliate));
  const pairs: (EverflowPair & { mayRun: boolean })[] = [];
  for (const [offer, { isPublic }] of offers) {
    const visibility = await reader.visibility(offer);
    const visible = idsIn(visibility.network_affiliate_visible_ids);
    const kept = [
      ...idsIn(visibility.network_affiliate_hidden_ids),
      ...idsIn(visibility.network_affiliate_rejected_ids),
    ];
    const all = new Set([...visible, ...(ran.get(offer) ?? [])]);
    for (const affiliate of [...all].sort((left, right) => left - right)) {
      const mayRun = visible.includes(affiliate) || (isPublic && !kept.includes(affiliate));
      pairs.push({ offer, affiliate, mayRun });
    }
  }
  return pairs;
}

function idsIn(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number).filter(Number.isSafeInteger) : [];
}

/** Everflow's words; what it threw out is worth nothing. */
const STATUSES = new Map([
  ["approved", "approved"],
  ["pending", "pending"],
  ["rejected", "rejected"],
  ["invalid", "rejected"],
]);
const SUBS = ["sub1", "sub2", "sub3", "sub4", "sub5"];

function conversionOf(
  row: EverflowRow,
  { offers, links }: ReadEverflow,
  leave: (one: LeftBehind) => void,
): OldConversion | null {
  const stays = (what: string, why: string) => {
    leave({ what, why });
    return null;
  };
  const [pair] = pairOf(row);
  const [offer, link] = pair
    ? [offers.get(pair.offer), links.get(`${pair.offer}/${pair.affiliate}`)]
    : [undefined, undefined];
  if (!offer || link === undefined)
    return stays(
      `conversions of offer ${pair?.offer ?? "?"} and affiliate ${pair?.affiliate ?? "?"}`,
      "no link was carried that they could stand on",
    );
  const status = STATUSES.get(cell(row, "status"));
  if (status === undefined)
    return stays(`conversions with the status “${cell(row, "status")}”`, "it means none of ours");
  const event = eventOf(row, offer);
  if (event === undefined)
    return stays(
      `conversions of the event “${cell(row, "event")}” of “${offer.offer.name}”`,
      "the offer has no such event",
    );
  const money = { amount: row.sale_amount, revenue: row.revenue, payout: row.payout };
  const sums = Object.entries(money).map(([name, value]) => [name, decimal(value ?? 0, 6)] as const);
  if (sums.some(([, sum]) => sum === null))
    return stays(
      "conversions with a sum below 0, or that is none",
      "they correct others, which stand as they are told",
    );
  return {
    ...{ advertiser: offer.offer.advertiser, tracker: "everflow", link, event, status },
    ...Object.fromEntries(sums.map(([name, sum]) => [name, sum ?? "0"])),
    ...Object.fromEntries(SUBS.map((name) => [name, cell(row, name)])),
    conversion_id: cell(row, "conversion_id"),
    ...{ click_id: cell(row, "transaction_id"), txid: cell(row, "order_id"), coupon: cell(row, "coupon_code") },
    currency: cell(row, "currency_id") || offer.offer.currency,
    external_id: cell(row, "source_id"),
    original_status: row.is_scrub === true ? `${cell(row, "status")}, throttled` : cell(row, "status"),
    clicked_at: Number(row.click_unix_timestamp) > 0 ? cell(row, "click_unix_timestamp") : "",
    received_at: cell(row, "conversion_unix_timestamp"),
  };
}

/** By its number; the base event is also told as no event. */
function eventOf(row: EverflowRow, { names, base }: ReadOffer): string | undefined {
  const byNumber = names.get(Number(row.network_offer_payout_revenue_id));
  if (byNumber !== undefined) return byNumber;
  if (row.is_event === false) return base;
  const slug = slugGiver("event")(cell(row, "event"), 0);
  return [...names.values()].find((name) => name === slug);
}

function cell(row: EverflowRow, name: string): string {
  const value = row[name];
  return value === null || value === undefined || isRecord(value) ? "" : String(value);
}

function timeOf(text: string): number {
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new Error(`a day is such as 2026-11-01, and is “${text}”`);
  return atMs;
}
