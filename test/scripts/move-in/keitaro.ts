/** A made-up Keitaro with 50 offers, as its Admin API v1 answers: typed after its OpenAPI document and public logs of it. */

type Row = Record<string, unknown>;

export const KEY = "a-key-of-the-tests";
const OFFERS = 50;
const CONVERSIONS = 1_203;
const LOG_COLUMNS = [
  ...(["sub_id", "tid", "status", "original_status", "revenue", "campaign_id", "offer_id"] as const),
  ...(["click_datetime", "postback_datetime", "external_id", "sub_id_1", "sub_id_2"] as const),
];

const NETWORKS: Row[] = ["AdCombo", "Терра Лидс", "AdCombo", "Empty"].map((name, index) => ({
  id: index + 1,
  name,
  state: "active",
}));
const SOURCES: Row[] = ["Facebook Ads", "Push House"].map((name, index) => ({ id: index + 1, name }));

/** Every tenth is a page on the tracker; every third says its price with each postback. */
const offers: Row[] = Array.from({ length: OFFERS }, (_, index) => ({
  id: index + 1,
  name: index % 7 === 0 ? "Keto" : `Offer ${index + 1}`,
  affiliate_network_id: index % 5 === 4 ? null : (index % 3) + 1,
  action_type: index % 10 === 9 ? "local_file" : "http",
  action_payload: index % 10 === 9 ? "" : `https://shop${index}.example/?s={subid}&a={sub_id_1}&x={unknown_macro}`,
  payout_value: index % 2 === 0 ? 12.5 : 7,
  payout_currency: index % 4 === 0 ? "EUR" : "USD",
  payout_auto: index % 3 === 0,
  payout_upsell: index % 2 === 1,
  state: "active",
}));

const campaigns: Row[] = [
  { id: 1, name: "One", alias: "51abc", token: "tok1", traffic_source_id: 1, state: "active" },
  { id: 2, name: "Split", alias: "Split Two!", token: "", traffic_source_id: 2, state: "active" },
  { id: 3, name: "No source", alias: "51abd", traffic_source_id: null, state: "disabled" },
  { id: 4, name: "Lands nowhere", alias: "51abe", traffic_source_id: 1, state: "active" },
  { id: 5, name: "Gone", alias: "51abf", traffic_source_id: 1, state: "deleted" },
  ...Array.from({ length: 40 }, (_, index) => {
    return { id: 100 + index, name: `C${index}`, alias: `c${index}`, traffic_source_id: 1, state: "active" };
  }),
];

function streamsOf(campaign: number): Row[] {
  const to = (...ids: number[]) => ids.map((offer_id) => ({ offer_id, share: 50, state: "active" }));
  if (campaign === 1) return [{ id: 1, state: "active", filters: [], offers: to(1) }];
  if (campaign === 2) return [{ id: 2, state: "active", filters: [{ name: "country" }], offers: to(2, 3) }];
  if (campaign === 3) return [{ id: 3, state: "active", filters: [], offers: to(4) }];
  if (campaign === 4) return [{ id: 4, state: "active", filters: [], offers: to(10) }];
  return [{ id: campaign, state: "active", filters: [], offers: to(1 + ((campaign - 100) % 9)) }];
}

const STATUSES = ["sale", "sale", "lead", "rejected", "rebill", "reg"];

/** Oldest first; the last campaign has none that is carried. */
const log: Row[] = Array.from({ length: CONVERSIONS }, (_, index) => {
  const at = (minutes: number) => new Date(Date.UTC(2025, 8, 1) + (index * 30 + minutes) * 60_000).toISOString();
  const written = (minutes: number) => at(minutes).slice(0, 19).replace("T", " ");
  return {
    sub_id: `51sub${String(index).padStart(8, "0")}`,
    tid: index % 2 === 0 ? `T-${index}` : "",
    status: STATUSES[index % STATUSES.length],
    original_status: "x",
    revenue: index % 3 === 0 ? 12.5 : "7.1234567",
    campaign_id: index === CONVERSIONS - 1 ? 5 : index % 2 === 0 ? 1 : 3,
    offer_id: index === CONVERSIONS - 1 ? 1 : index % 2 === 0 ? 1 : 4,
    click_datetime: written(0),
    postback_datetime: written(20),
    external_id: `ext-${index}`,
    sub_id_1: "banner",
    sub_id_2: "",
  };
});

/** What it answers instead, once for each, in order; null for what it would say. */
export interface FakeKeitaro {
  fetch(url: string, init: RequestInit): Promise<Response>;
  asked: string[];
  troubles: (Response | null)[];
}

export function fakeKeitaro(): FakeKeitaro {
  const fake: FakeKeitaro = {
    asked: [],
    troubles: [],
    async fetch(url, init) {
      const path = new URL(url).pathname.replace("/admin_api/v1/", "");
      fake.asked.push(path);
      const trouble = fake.troubles.shift();
      if (trouble) return trouble;
      if (new Headers(init.headers).get("api-key") !== KEY)
        return Response.json({ error: "Unauthorized" }, { status: 401 });
      return answerTo(path, init);
    },
  };
  return fake;
}

function answerTo(path: string, init: RequestInit): Response {
  const campaign = /^campaigns\/(\d+)\/streams$/.exec(path)?.[1];
  if (campaign !== undefined) return Response.json(streamsOf(Number(campaign)));
  const lists: Record<string, Row[]> = { affiliate_networks: NETWORKS, traffic_sources: SOURCES, offers, campaigns };
  if (lists[path]) return Response.json(lists[path]);
  if (path !== "conversions/log" || init.method !== "POST")
    return Response.json({ error: "Not found" }, { status: 404 });
  const { columns, limit, offset, range } = JSON.parse(String(init.body));
  const unknown = columns.filter((name: string) => !LOG_COLUMNS.some((known) => known === name));
  if (unknown.length > 0) return Response.json({ error: `Unknown columns: ${unknown.join(", ")}` }, { status: 400 });
  const own = log.filter(({ postback_datetime: at }) => String(at) >= range.from && String(at) < range.to);
  const rows = own
    .slice(offset, offset + limit)
    .map((row) => Object.fromEntries(columns.map((name: string) => [name, row[name]])));
  return Response.json({ rows, total: own.length, meta: [] });
}
