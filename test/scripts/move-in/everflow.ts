/** A made-up Everflow network with 50 offers, as its Network API answers: typed after its developers' pages and public readers of it. */

type Row = Record<string, unknown>;

export const KEY = "a-key-of-the-tests";
/** When the tests say that it is: the network tells nothing older than 365 days before. */
export const NOW_MS = Date.UTC(2026, 10, 1);
const OFFERS = 50;
const CONVERSIONS = 1_205;
const DAY_S = 86_400;
const FIRST_S = Date.UTC(2026, 0, 1) / 1_000;

const ADVERTISERS: Row[] = ["Tea Shop", "Чай", "Tea Shop", "Nobody’s"].map((name, index) => {
  return { network_advertiser_id: index + 1, name, account_status: "active" };
});

const AFFILIATES: Row[] = ["Magazine", "Push Häuser", "Idle", "Gone Ltd"].map((name, index) => {
  return { network_affiliate_id: index + 1, name, account_status: index === 3 ? "inactive" : "active" };
});

/** Every offer has a base event; every fifth a lead and a share of the sale besides. */
function entriesOf(id: number): Row[] {
  const base = {
    network_offer_payout_revenue_id: id * 10,
    entry_name: "Base",
    is_default: true,
    ...{ payout_type: "cpa", payout_amount: 2.5, payout_percentage: 0 },
    ...{ revenue_type: "rpa", revenue_amount: 4, revenue_percentage: 0 },
    ...{ is_allow_duplicate_conversion: id % 2 === 0, is_must_approve_conversion: id === 7 },
  };
  const sale = {
    ...{ network_offer_payout_revenue_id: id * 10 + 2, entry_name: "Re-order", is_default: false },
    ...{ payout_type: "prv", payout_amount: 0, payout_percentage: 50 },
    ...{ revenue_type: "rps", revenue_amount: 0, revenue_percentage: 15 },
    is_allow_duplicate_conversion: true,
  };
  const both = {
    ...{ network_offer_payout_revenue_id: id * 10 + 1, entry_name: "Lead!", is_default: false },
    ...{ payout_type: "cpa_cps", payout_amount: 1, payout_percentage: 5 },
    ...{ revenue_type: "rpa_rps", revenue_amount: 0, revenue_percentage: 10 },
  };
  return id % 5 === 0 ? [sale, base, both] : [base];
}

/** The last but one is deleted, the last leads to no address; every third is closed, and its first affiliate let in. */
const offers: Row[] = Array.from({ length: OFFERS }, (_, index) => {
  const id = index + 1;
  const entries = entriesOf(id);
  return {
    network_offer_id: id,
    network_advertiser_id: (index % 3) + 1,
    name: index % 10 === 0 ? "Green tea" : `Offer ${id}`,
    destination_url:
      id === OFFERS
        ? "https://{sub1}.shop.example/"
        : `https://shop${id}.example/?t={transaction_id}&a={affiliate_id}&s={sub1}&src={source_id}&x={idfa}`,
    offer_status: id === OFFERS - 1 ? "deleted" : id === 4 ? "paused" : "active",
    currency_id: id % 4 === 0 ? "EUR" : "USD",
    visibility: id % 3 === 0 ? "require_approval" : "public",
    relationship: {
      payout_revenue: { total: entries.length, entries },
      custom_payout_revenue_settings: id === 5 ? { total: 1, entries: [{ name: "VIP" }] } : { total: 0, entries: [] },
    },
  };
});

function visibilityOf(offer: number): Row {
  const isClosed = offer % 3 === 0;
  return {
    network_offer_id: offer,
    network_affiliate_visible_ids: isClosed ? [1] : [],
    network_affiliate_rejected_ids: [],
    network_affiliate_hidden_ids: offer === 1 ? [2] : [],
  };
}

/** Whoever ran an offer: the first two on the first six, the inactive one on the first. */
const RAN = [1, 2, 3, 4, 5, 6].flatMap((offer) => [1, 2].map((affiliate) => ({ offer, affiliate })));
const ALL_RAN = [...RAN, { offer: 1, affiliate: 4 }, { offer: 99, affiliate: 1 }];

const STATUSES = ["approved", "approved", "pending", "rejected", "invalid"];

/** Four a day, the oldest first; the last three have a word that is none of ours, a sum below 0, and an offer that was deleted. */
const conversions: Row[] = Array.from({ length: CONVERSIONS }, (_, index) => {
  const atS = FIRST_S + Math.floor((index * DAY_S) / 4);
  const fromEnd = CONVERSIONS - index;
  const pair = RAN[index % RAN.length];
  const isEvent = pair?.offer === 5 && index % 2 === 0;
  return {
    conversion_id: String(index).padStart(32, "c"),
    conversion_unix_timestamp: atS,
    click_unix_timestamp: index % 7 === 0 ? 0 : atS - 600,
    transaction_id: String(index).padStart(32, "0"),
    order_id: index % 2 === 0 ? `O-${index}` : "",
    ...{ sub1: "banner", sub2: "", sub3: "", sub4: "", sub5: "five", source_id: `src-${index}` },
    status: fromEnd === 1 ? "someday" : STATUSES[index % STATUSES.length],
    ...{ payout: fromEnd === 2 ? -2.5 : 2.5, revenue: 4, sale_amount: 0.1 + 0.2, currency_id: "" },
    coupon_code: "",
    ...{ is_event: isEvent, event: isEvent ? "Re-order" : "Base", network_offer_payout_revenue_id: isEvent ? 52 : 0 },
    is_scrub: index === 0,
    relationship: {
      offer: { network_offer_id: fromEnd === 3 ? OFFERS - 1 : pair?.offer },
      affiliate: { network_affiliate_id: pair?.affiliate },
    },
  };
});

/** What it answers instead, once for each, in order; null for what it would say. */
export interface FakeEverflow {
  fetch(url: string, init: RequestInit): Promise<Response>;
  asked: string[];
  troubles: (Response | null)[];
  /** Rows of a page at most, whatever is asked for; and rows of a report of pairs. */
  mostRows: number;
  mostPairs: number;
  /** Once, a row comes in front of the conversions while they are read, and moves one to the next page. */
  comesMeanwhile: boolean;
}

export function fakeEverflow(): FakeEverflow {
  const fake: FakeEverflow = {
    ...{ asked: [], troubles: [], mostRows: 20, mostPairs: 10_000, comesMeanwhile: false },
    async fetch(url, init) {
      const { pathname, searchParams } = new URL(url);
      const path = pathname.replace("/v1/networks/", "");
      fake.asked.push(path);
      const trouble = fake.troubles.shift();
      if (trouble) return trouble;
      if (new Headers(init.headers).get("x-eflow-api-key") !== KEY)
        return Response.json({ error: "Unauthorized" }, { status: 401 });
      return init.method === "GET"
        ? answerToGet(fake, path, searchParams)
        : answerToPost(fake, { path, searchParams, body: JSON.parse(String(init.body)) });
    },
  };
  return fake;
}

function answerToGet(fake: FakeEverflow, path: string, asked: URLSearchParams): Response {
  const offer = /^offers\/(\d+)\/visibility$/.exec(path)?.[1];
  if (offer !== undefined) return Response.json(visibilityOf(Number(offer)));
  const lists: Record<string, Row[]> = { advertisers: ADVERTISERS, affiliates: AFFILIATES, offers };
  const list = lists[path];
  if (!list) return Response.json({ error: "Not found" }, { status: 404 });
  const related = asked.getAll("relationship");
  const shown = path !== "offers" || related.includes("payout_revenue") ? list : list.map(withoutRelationship);
  return Response.json(pageOf(fake, path, shown, asked));
}

function withoutRelationship({ relationship: _, ...row }: Row): Row {
  return row;
}

function pageOf(fake: FakeEverflow, name: string, rows: readonly Row[], asked: URLSearchParams): Row {
  const page = Number(asked.get("page") ?? 1);
  const size = Math.min(fake.mostRows, Number(asked.get("page_size") ?? 50));
  const paging = { page, page_size: size, total_count: rows.length };
  return { [name]: rows.slice((page - 1) * size, page * size), paging };
}

/** Codes of five, as real ones are; an affiliate's and an offer's are not alike. */
function codeOf(type: string, id: number): string {
  return `${type === "tracking_link_affiliate" ? "A" : "Z"}${id.toString(36).toUpperCase().padStart(4, "0")}`;
}

function answerToPost(
  fake: FakeEverflow,
  { path, searchParams, body }: { path: string; searchParams: URLSearchParams; body: Record<string, unknown> },
): Response {
  if (path === "encode") {
    const ids = Array.isArray(body.ids) ? body.ids.map(Number) : [];
    return Response.json({ values: ids.map((id) => ({ decoded: id, encoded: codeOf(String(body.type), id) })) });
  }
  const [fromMs, toMs] = [timeOf(body.from), timeOf(body.to)];
  if (fromMs < NOW_MS - 365 * DAY_S * 1_000) return Response.json({ error: "Invalid dates." }, { status: 400 });
  if (body.timezone_id !== 67) return Response.json({ error: "Invalid timezone." }, { status: 400 });
  if (path === "reporting/entity/table") return Response.json(tableOf(fake, fromMs, toMs));
  if (path !== "reporting/conversions" || body.show_conversions !== true || body.show_events !== true)
    return Response.json({ error: "Not found" }, { status: 404 });
  // The end belongs to the time here: whoever reads must not count a row of it twice.
  const own = conversions.filter(({ conversion_unix_timestamp: atS }) => isIn(Number(atS) * 1_000, fromMs, toMs));
  const answer = pageOf(fake, "conversions", own, searchParams);
  if (!fake.comesMeanwhile || searchParams.get("page") !== "2") return Response.json(answer);
  fake.comesMeanwhile = false;
  return Response.json({ ...answer, conversions: own.slice(fake.mostRows - 1, 2 * fake.mostRows - 1) });
}

function timeOf(text: unknown): number {
  return Date.parse(`${String(text).replace(" ", "T")}${String(text).includes(" ") ? "Z" : ""}`);
}

function isIn(atMs: number, fromMs: number, toMs: number): boolean {
  return atMs >= fromMs && atMs <= toMs;
}

/** All ran in March. */
function tableOf({ mostPairs }: FakeEverflow, fromMs: number, toMs: number): Row {
  const pairs = isIn(Date.UTC(2026, 2, 15), fromMs, toMs) ? ALL_RAN : [];
  const table = pairs.slice(0, mostPairs).map(({ offer, affiliate }) => ({
    columns: [
      { column_type: "offer", id: String(offer), label: "" },
      { column_type: "affiliate", id: String(affiliate), label: "" },
    ],
    reporting: { total_click: 3, cv: 1 },
  }));
  return { table, incomplete_results: pairs.length > mostPairs };
}
