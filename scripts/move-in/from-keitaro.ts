/**
 * A Keitaro tracker in our words: affiliate networks are advertisers, traffic sources affiliates, campaigns links. What Keitaro calls payout is what a network pays,
 * our revenue; it pays no affiliates. A click's `{subid}` is our `{click_id}`.
 */
import { orderOfClick } from "../../workers/core/trackers/order-of-click.ts";
import { textOf } from "../console-api.ts";
import type { KeitaroReader } from "./keitaro-api.ts";
import { RefusedRequest } from "./old-api.ts";
import { withOurMacros } from "./old-macros.ts";
import { slugGiver } from "./old-names.ts";
import type { LeftBehind, OldConversion, OldLink, OldOffer, OldProgramme, OldTracker } from "./old-programme.ts";

type Row = Record<string, unknown>;

export interface KeitaroChoice {
  /** Stands before all slugs. */
  prefix: string;
  /** Of revenue in the log, which is in the tracker's own currency; null where that of the offer is meant. */
  currency: string | null;
}

/** Redirects of ours do what these do; of the others the address stays with the old tracker. */
const REDIRECTS = ["http", "http302", "meta", "double_meta", "js", "form_submit", "blank_referrer", "remote", ""];
/** Macros of destinations that mean the same. */
const MACROS = new Map([
  ["subid", "click_id"],
  ["external_id", "external_id"],
  ["country", "country"],
  ["device_type", "device"],
]);
const SUBS = Array.from({ length: 10 }, (_, index) => index + 1);

/** A Keitaro as it is read now. The slugs that things get are made of their names, in the order of their IDs. */
export function keitaroTracker(reader: KeitaroReader, choice: KeitaroChoice): OldTracker {
  let read: Promise<ReadKeitaro> | undefined;
  const once = () => {
    read ??= readKeitaro(reader, choice);
    return read;
  };
  return {
    dialect: "keitaro",
    programme: async () => (await once()).programme,
    async *history(range, leave) {
      yield* readLog(reader, await once(), range, choice, leave);
    },
  };
}

interface ReadKeitaro {
  programme: OldProgramme;
  /** Slugs of links by campaign and offer, and of advertisers by offer. */
  links: Map<string, string>;
  advertisers: Map<number, string>;
  currencies: Map<number, string>;
}

async function readKeitaro(reader: KeitaroReader, { prefix }: KeitaroChoice): Promise<ReadKeitaro> {
  const left: LeftBehind[] = [];
  const give = (kind: string) => {
    const slug = slugGiver(kind);
    return (name: string, id: string | number) => slug(prefix + name, id);
  };
  const networks = await namedOf(reader, "affiliate_networks", give("network"));
  const sources = await namedOf(reader, "traffic_sources", give("source"));
  const nobodys = {
    advertiser: { slug: `${prefix}own-offers`, name: "Own offers" },
    affiliate: { slug: `${prefix}direct`, name: "Direct" },
  };
  const advertisers = new Map<number, string>();
  const currencies = new Map<number, string>();
  const offers = new Map<number, OldOffer>();
  const offerSlug = give("offer");
  for (const row of byId(await reader.list("offers"))) {
    const [id, name] = [idOf(row), nameOf(row)];
    const destination = addressOf(row);
    if (destination === null) {
      left.push({
        what: `offer “${name}”`,
        why: "it is a page on the old tracker, and not an address: host it, and make the offer by hand",
      });
      continue;
    }
    const { address, unknown } = withOurMacros(destination, ourMacro);
    if (unknown.length > 0)
      left.push({
        what: `macros of offer “${name}”`,
        why: `${unknown.join(", ")} mean nothing here, and become empty`,
      });
    const advertiser = networks.get(Number(row.affiliate_network_id))?.slug ?? nobodys.advertiser.slug;
    const currency = (textOf(row.payout_currency) || "USD").toUpperCase();
    const value = String(row.payout_value ?? 0);
    const isPosted = row.payout_auto === true || !/^\d+(\.\d+)?$/.test(value);
    const event = {
      name: "sale",
      payout: { flat: "0" },
      revenue: isPosted ? ("posted" as const) : { flat: value },
      repeat: row.payout_upsell === true ? ("per_txid" as const) : ("once_per_click" as const),
    };
    const slug = offerSlug(name, id);
    offers.set(id, { slug, name, advertiser, destination: address, currency, events: [event] });
    advertisers.set(id, advertiser);
    currencies.set(id, currency);
  }
  const links: OldLink[] = [];
  const linkSlugs = new Map<string, string>();
  const linkSlug = give("link");
  for (const campaign of byId(await reader.list("campaigns"))) {
    const [id, name, alias] = [idOf(campaign), nameOf(campaign), textOf(campaign.alias) ?? ""];
    if (campaign.state === "deleted") continue;
    const streams = await reader.list(`campaigns/${id}/streams`);
    const own = [...new Set(streams.filter(({ state }) => state !== "deleted").flatMap(offersOf))];
    const carried = own.filter((offer) => offers.has(offer));
    const [first] = carried;
    if (first === undefined) {
      left.push({
        what: `campaign “${name}”`,
        why: "it leads to no offer that is carried: its addresses stay with the old tracker",
      });
      continue;
    }
    if (carried.length > 1)
      left.push({
        what: `the split of campaign “${name}”`,
        why: `of its ${carried.length} offers its addresses lead to the first: split by rules of the offer, or give affiliates a link of each`,
      });
    if (streams.some(({ filters }) => Array.isArray(filters) && filters.length > 0))
      left.push({
        what: `filters of campaign “${name}”`,
        why: "who is sent where is a rule of the offer here: set it by hand",
      });
    const affiliate = sources.get(Number(campaign.traffic_source_id))?.slug ?? nobodys.affiliate.slug;
    const isPaused = campaign.state === "disabled";
    for (const [place, offer] of carried.entries()) {
      const slug = linkSlug(place === 0 ? alias || name : `${alias || name}-${offers.get(offer)?.slug ?? offer}`, id);
      const token = textOf(campaign.token);
      const aliases = place > 0 ? [] : [...(alias ? [alias] : []), ...(token ? [`?${token}`] : [])];
      links.push({ slug, offer: offers.get(offer)?.slug ?? "", affiliate, isPaused, aliases });
      linkSlugs.set(`${id} ${offer}`, slug);
    }
  }
  const usedAdvertisers = new Set([...offers.values()].map(({ advertiser }) => advertiser));
  const usedAffiliates = new Set(links.map(({ affiliate }) => affiliate));
  const programme = {
    advertisers: [...networks.values(), nobodys.advertiser].filter(({ slug }) => usedAdvertisers.has(slug)),
    affiliates: [...sources.values(), nobodys.affiliate].filter(({ slug }) => usedAffiliates.has(slug)),
    ...{ offers: [...offers.values()], links, left },
  };
  return { programme, links: linkSlugs, advertisers, currencies };
}

async function namedOf(reader: KeitaroReader, path: string, give: (name: string, id: number) => string) {
  const rows = byId(await reader.list(path));
  return new Map(rows.map((row) => [idOf(row), { slug: give(nameOf(row), idOf(row)), name: nameOf(row) }]));
}

function byId(rows: readonly Row[]): Row[] {
  return [...rows].sort((left, right) => idOf(left) - idOf(right));
}

function idOf({ id }: Row): number {
  const number = Number(id);
  if (!Number.isSafeInteger(number)) throw new Error(`the tracker tells a thing whose ID is ${JSON.stringify(id)}`);
  return number;
}

function nameOf(row: Row): string {
  return textOf(row.name)?.trim() || String(row.id);
}

/** Where an offer leads; null where it is a page that the tracker shows itself. */
function addressOf({ action_type: type, action_payload: payload }: Row): string | null {
  const address = textOf(payload);
  return REDIRECTS.includes(textOf(type) ?? "") && address !== null && /^https?:\/\//.test(address) ? address : null;
}

function ourMacro(name: string): string | undefined {
  const sub = /^sub_?id_?(\d+)$/.exec(name)?.[1];
  return sub !== undefined && SUBS.includes(Number(sub)) ? `sub${Number(sub)}` : MACROS.get(name);
}

function offersOf({ offers }: Row): number[] {
  const rows = Array.isArray(offers) ? offers : [];
  return rows
    .filter((one: Row) => one.state !== "deleted" && one.state !== "disabled")
    .map((one: Row) => Number(one.offer_id))
    .filter(Number.isSafeInteger);
}

const NEEDED = [
  "sub_id",
  "status",
  "revenue",
  "campaign_id",
  "offer_id",
  "click_datetime",
  "postback_datetime",
] as const;
/** Versions differ in which of these they have. */
const WISHED = [
  "conversion_id",
  "tid",
  "original_status",
  "external_id",
  "country_code",
  ...SUBS.map((number) => `sub_id_${number}`),
];
const PAGE = 500;

/** Keitaro's words; a rebill is a sale of its own. */
const STATUSES: Record<string, string> = {
  lead: "pending",
  sale: "approved",
  rebill: "approved",
  rejected: "rejected",
  trash: "rejected",
};

async function* readLog(
  reader: KeitaroReader,
  { links, advertisers, currencies }: ReadKeitaro,
  range: { from: string; to: string },
  choice: KeitaroChoice,
  leave: (one: LeftBehind) => void,
): AsyncGenerator<OldConversion> {
  const columns = await columnsOf(reader, range);
  for (let offset = 0; ; offset += PAGE) {
    const rows = await reader.conversions({ ...range, columns, limit: PAGE, offset });
    for (const row of rows) {
      const [campaign, offer] = [Number(row.campaign_id), Number(row.offer_id)];
      const [link, advertiser] = [links.get(`${campaign} ${offer}`), advertisers.get(offer)];
      const status = STATUSES[cell(row, "status")];
      if (status === undefined)
        leave({ what: `conversions with the status “${cell(row, "status")}”`, why: "it means none of ours" });
      else if (link === undefined || advertiser === undefined)
        leave({
          what: `conversions of campaign ${campaign} and offer ${offer}`,
          why: "no link was carried that they could stand on",
        });
      else
        yield {
          advertiser,
          ...conversionOf(row, { link, status, currency: choice.currency ?? currencies.get(offer) ?? "" }),
        };
    }
    if (rows.length < PAGE) return;
  }
}

/** Of the columns that are wished for, those that this tracker knows: it refuses what it does not. */
async function columnsOf(reader: KeitaroReader, range: { from: string; to: string }): Promise<string[]> {
  const knows = async (columns: readonly string[]) => {
    try {
      await reader.conversions({ ...range, columns, limit: 1, offset: 0 });
      return true;
    } catch (error) {
      if (error instanceof RefusedRequest) return false;
      throw error;
    }
  };
  if (await knows([...NEEDED, ...WISHED])) return [...NEEDED, ...WISHED];
  // With what is always needed it fails as itself.
  await reader.conversions({ ...range, columns: NEEDED, limit: 1, offset: 0 });
  const known: string[] = [];
  for (const column of WISHED) if (await knows([...NEEDED, column])) known.push(column);
  return [...NEEDED, ...known];
}

function conversionOf(
  row: Row,
  { link, status, currency }: { link: string; status: string; currency: string },
): OldConversion {
  const subs = Object.fromEntries(SUBS.map((number) => [`sub${number}`, cell(row, `sub_id_${number}`)]));
  return {
    ...{ tracker: "keitaro", link, event: "sale", status, currency, payout: "0", ...subs },
    // Without an ID of its own it is the one conversion of its click, or of its order there, however its time moves.
    conversion_id: cell(row, "conversion_id") || `${cell(row, "sub_id")}/${cell(row, "tid")}`,
    // An order's number counts within its click there, as our door has it of its postbacks.
    ...{
      click_id: cell(row, "sub_id"),
      txid: cell(row, "tid") === "" ? "" : orderOfClick(cell(row, "sub_id"), cell(row, "tid")),
    },
    ...{
      revenue: moneyOf(cell(row, "revenue")),
      external_id: cell(row, "external_id"),
      country: cell(row, "country_code"),
    },
    ...{ original_status: cell(row, "original_status"), clicked_at: cell(row, "click_datetime") },
    received_at: cell(row, "postback_datetime") || cell(row, "click_datetime"),
  };
}

function cell(row: Row, name: string): string {
  const value = row[name];
  return value === null || value === undefined ? "" : String(value);
}

/** A log of `12.5` or `12.5000000`; what was taken back stands as its status says, and is worth nothing. */
function moneyOf(text: string): string {
  return text.startsWith("-") || text === "" ? "0" : text.replace(/(\.\d{6})\d+$/, "$1");
}
