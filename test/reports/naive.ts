/** Reports computed in plain code over rows: slow, obvious, and the same numbers. */

import { peekClickId } from "../../workers/core/click-id.ts";

export interface ClickRow {
  click_id: string;
  link: number;
  offer: number;
  affiliate: number;
  advertiser: number;
  clicked_at: number;
  kind: "counted" | "provisional" | "bot";
  embedded: 0 | 1;
  first_visit: number;
  test: number;
  [column: string]: string | number | null;
}

export interface ConversionRow {
  conversion_id: string;
  link: number;
  offer: number;
  affiliate: number;
  advertiser: number;
  event: string;
  status: string;
  currency: string;
  click_id: string;
  click_joined: number;
  amount: number;
  revenue: number;
  payout: number;
  clicked_at: number;
  occurred_at: number;
  received_at: number;
  customer: string | null;
  test: number;
  hold: string;
  [column: string]: string | number | null;
}

export interface PostbackRow {
  advertiser: number;
  received_at: number;
  status: string;
  reason: string | null;
  event: string | null;
  test: number;
  [column: string]: string | number | null;
}

/** A delivery as it stands, with what its entry says; `took` in milliseconds where it was told as its entry came, and taken. */
export interface DeliveryRow {
  destination: string;
  link: number;
  offer: number;
  affiliate: number;
  advertiser: number;
  event: string;
  currency: string;
  created_at: number;
  status: string;
  took: number | null;
  test: number;
  [column: string]: string | number | null;
}

export interface Rows {
  deliveries: DeliveryRow[];
  clicks: ClickRow[];
  conversions: ConversionRow[];
  postbacks: PostbackRow[];
}

export interface Asked {
  groupBy: string[];
  timeZone: string;
  clock: "received" | "clicked" | "occurred";
  fromMs: number;
  toMs: number;
  nowMs: number;
  filters: Record<string, string | number>;
}

/** Names by number, and the currency of an offer. */
export interface Names {
  slug: (subject: string, number: number) => string;
  currency: (offer: number) => string;
}

/** One thing that falls into a group. */
interface Item {
  labels: (string | null)[];
  currency: string | null;
}
type Counted<Row> = Item & { row: Row };

export interface NaiveGroup {
  labels: (string | null)[];
  currency: string | null;
  values: Record<string, unknown>;
}

/** What clicks do not have, by the column that conversions have it in. */
const OF_CONVERSIONS: Record<string, string> = {
  event: "event",
  status: "status",
  new_or_returning: "customer",
  attributed_by: "attributed_by",
  imported: "imported",
};
const TAKEN = "sent";
const UNTAKEN = ["failed", "in_doubt", "gave_up", "expired"];
const isDeliveryGroup = (name: string) =>
  ["day", "hour", "week", "month", "advertiser", "offer", "affiliate", "link", "event", "destination"].includes(name);
const isPostbackGroup = (name: string) => ["day", "hour", "week", "month", "advertiser", "event"].includes(name);

/** The groups of a report, and its totals. */
export function naiveReport(rows: Rows, asked: Asked, names: Names): { groups: NaiveGroup[]; totals: NaiveGroup[] } {
  return { groups: naiveGroups(rows, asked, names), totals: naiveGroups(rows, asked, names, []) };
}

function naiveGroups(rows: Rows, asked: Asked, names: Names, groupBy = asked.groupBy): NaiveGroup[] {
  const { filters, fromMs, toMs } = asked;
  const item = (row: Record<string, string | number | null>, atMs: number, currency: string | null): Item => ({
    labels: groupBy.map((name) => labelOf(name, row, atMs, asked.timeZone, names)),
    currency,
  });
  const within = (atMs: number) => atMs >= fromMs && atMs < toMs;
  const passes = (row: Record<string, string | number | null>, columns: string[]) =>
    columns.every((column) => filters[column] === undefined || row[column] === filters[column]);
  const subjects = ["advertiser", "offer", "affiliate", "link", "test"];

  // What a click does not have must not be taken from its conversion.
  const nothing = Object.fromEntries(Object.values(OF_CONVERSIONS).map((column) => [column, null]));
  const byClick = Map.groupBy(
    [...rows.conversions].sort((a, b) => (a.conversion_id < b.conversion_id ? -1 : 1)),
    (row) => `${row.click_id} ${row.test}`,
  );
  const isProvisional = (id: string) => peekClickId(id)?.provisional === true;
  const bots = new Set(rows.clicks.filter((row) => row.kind === "bot").map((row) => row.click_id));
  // Whether it was a bot's is known only where the click's row was found.
  const isOfBot = (row: ConversionRow) => row.click_joined === 1 && bots.has(row.click_id);

  const clicks: Counted<ClickRow | ConversionRow>[] = [
    ...rows.clicks
      .filter((row) => row.kind === "counted" && passes(row, subjects) && within(row.clicked_at))
      .map((row) => ({ row, ...item(row, row.clicked_at, names.currency(row.offer)) })),
    ...[...byClick.values()]
      .flatMap((all) => all.find((row) => isProvisional(row.click_id) || isOfBot(row)) ?? [])
      .filter((row) => passes(row, subjects) && within(row.clicked_at))
      .map((row) => ({ row, ...item({ ...row, ...nothing }, row.clicked_at, row.currency) })),
  ];
  const visitsOfBots = rows.clicks
    .filter((row) => row.kind === "bot" && passes(row, subjects) && within(row.clicked_at))
    .map((row) => ({ row, ...item(row, row.clicked_at, names.currency(row.offer)) }));
  const embeddings = rows.clicks
    .filter((row) => row.embedded === 1 && passes(row, subjects) && within(row.clicked_at))
    .map((row) => ({ row, ...item(row, row.clicked_at, names.currency(row.offer)) }));
  const timeOf = (row: ConversionRow) =>
    asked.clock === "received" ? row.received_at : asked.clock === "clicked" ? row.clicked_at : row.occurred_at;
  const conversions = rows.conversions
    .filter((row) => passes(row, [...subjects, "event", "status", "imported"]) && within(timeOf(row)))
    .map((row) => ({ row, ...item(row, timeOf(row), row.currency) }));
  const logged = rows.conversions
    .filter(
      (row) =>
        passes(row, [...subjects, "event", "status", "imported"]) &&
        within(row.received_at) &&
        row.received_at < asked.nowMs - 120_000,
    )
    .map((row) => ({ row, ...item(row, row.received_at, row.currency) }));
  const currencies = new Set([1, 2, 3].filter((offer) => passesOffer(offer, filters)).map(names.currency));
  const common = currencies.size === 1 ? ([...currencies][0] ?? null) : null;
  const hasPostbacks =
    asked.groupBy.every(isPostbackGroup) &&
    ["offer", "affiliate", "link", "status", "imported"].every((name) => filters[name] === undefined);
  const postbacks = (hasPostbacks ? rows.postbacks : [])
    .filter((row) => passes(row, ["advertiser", "event", "test"]) && within(row.received_at))
    .map((row) => ({ row, ...item(row, row.received_at, common) }));
  const hasDeliveries =
    asked.groupBy.every(isDeliveryGroup) && filters.status === undefined && filters.imported === undefined;
  const deliveries = (hasDeliveries ? rows.deliveries : [])
    .filter((row) => passes(row, [...subjects, "event"]) && within(row.created_at))
    .map((row) => ({ row, ...item(row, row.created_at, row.currency) }));
  const hasCustomers = [...asked.groupBy, ...Object.keys(filters)].every((name) => OF_CONVERSIONS[name] === undefined);
  const customers = (hasCustomers ? [...byClick.values()] : []).flatMap((all) => {
    const standing = all.filter((row) => row.status !== "rejected");
    const first = standing[0];
    if (!first || !passes(first, subjects) || !within(first.clicked_at)) return [];
    return [{ row: standing, ...item(first, first.clicked_at, first.currency) }];
  });

  // What was neither taken nor failed is told of nowhere.
  const told = deliveries.filter(({ row }) => [TAKEN, ...UNTAKEN].includes(row.status));
  const places = new Map<string, Item>();
  for (const one of [
    ...clicks,
    ...visitsOfBots,
    ...embeddings,
    ...conversions,
    ...logged,
    ...postbacks,
    ...told,
    ...customers,
  ])
    places.set(placeOf(one), one);
  return [...places].map(([place, { labels, currency }]) => {
    const here = <Row>(all: Counted<Row>[]): Row[] => all.filter((one) => placeOf(one) === place).map(({ row }) => row);
    const health = hasPostbacks ? postbackValues(here(postbacks)) : {};
    const lifecycle = hasCustomers ? customerValues(here(customers)) : {};
    const values = {
      ...activity(here(clicks), here(visitsOfBots).length, here(conversions)),
      embedded: here(embeddings).length,
      ...health,
      ...latencies(here(conversions)),
      ...loss(here(logged)),
      ...(hasDeliveries ? deliveryValues(here(told)) : {}),
      ...lifecycle,
    };
    return { labels, currency, values };
  });
}

function passesOffer(offer: number, filters: Asked["filters"]): boolean {
  const advertiser = offer === 3 ? 2 : 1;
  return (
    (filters.offer === undefined || filters.offer === offer) &&
    (filters.advertiser === undefined || filters.advertiser === advertiser)
  );
}

function placeOf({ labels, currency }: Item): string {
  return JSON.stringify([...labels, currency]);
}

function activity(clicks: (ClickRow | ConversionRow)[], bots: number, conversions: ConversionRow[]) {
  const count = (status: string) => conversions.filter((row) => row.status === status).length;
  const total = (column: "amount" | "revenue" | "payout") =>
    conversions.reduce((sum, row) => sum + BigInt(row[column]), 0n);
  const [amount, revenue, payout] = [total("amount"), total("revenue"), total("payout")];
  const standing = count("pending") + count("approved");
  const held = conversions.filter((row) => row.hold === "held");
  return {
    clicks: clicks.length,
    unique_clicks: clicks.filter((row) => row.first_visit === 1).length,
    bots,
    conversions: standing,
    pending: count("pending"),
    approved: count("approved"),
    rejected: count("rejected"),
    reversed: count("reversed"),
    conversion_rate: rate(standing, clicks.length),
    amount: decimal(amount),
    revenue: decimal(revenue),
    payout: decimal(payout),
    margin: decimal(revenue - payout),
    epc: average(payout, clicks.length),
    cpa: average(payout, standing),
    aov: average(amount, conversions.filter((row) => row.amount > 0).length),
    roas: revenue > 0n ? Number((amount * 2_000_000n + revenue) / (2n * revenue)) / 1e6 : null,
    reversal_rate: rate(count("reversed"), count("approved") + count("reversed")),
    held: held.length,
    held_payout: decimal(held.reduce((sum, row) => sum + BigInt(row.payout), 0n)),
  };
}

function postbackValues(rows: PostbackRow[]) {
  const count = (...statuses: string[]) => rows.filter((row) => statuses.includes(row.status)).length;
  const accepted = rows.length - count("refused");
  const reasons: Record<string, number> = {};
  for (const row of rows)
    if (row.status === "refused" || row.status === "rejected")
      reasons[row.reason ?? row.status] = (reasons[row.reason ?? row.status] ?? 0) + 1;
  return {
    postbacks: rows.length,
    match_rate: rate(count("attributed", "updated", "duplicate"), accepted),
    unattributed_rate: rate(count("unattributed"), accepted),
    duplicate_rate: rate(count("duplicate"), accepted),
    refused: count("refused"),
    rejected_postbacks: count("rejected"),
    claims: 0,
    reasons,
  };
}

/** What the events of offers are; one that is not among them is of no kind. */
export const KINDS = [
  [1, "lead", "lead"],
  [1, "sale", "sale"],
  [1, "rebill", "renewal"],
  [2, "lead", "trial"],
  [2, "sale", "activation"],
  [2, "rebill", "other"],
] as const;

function kindOf({ offer, event }: ConversionRow): string {
  return KINDS.find(([of, name]) => of === offer && name === event)?.[2] ?? "other";
}

/** Said once more, in minutes and days, to hold the code's own list. */
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EDGES = [
  ...[1, 5, 10, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[1, 2, 4, 8, 12].map((hours) => hours * HOUR),
  ...[1, 2, 3, 7, 14, 30, 60, 90, 180, 365].map((days) => days * DAY),
];

function percentile(seconds: number[], share: number): number | null {
  const within = [...EDGES, Number.POSITIVE_INFINITY].find(
    (edge) => seconds.filter((one) => one < edge).length >= share * seconds.length,
  );
  if (seconds.length === 0 || within === undefined) return null;
  return within === Number.POSITIVE_INFINITY ? 365 * DAY : within;
}

function deliveryValues(rows: DeliveryRow[]) {
  const delivered = rows.filter(({ status }) => status === TAKEN).length;
  const seconds = rows.flatMap(({ took }) => (took === null ? [] : [took / 1_000]));
  return {
    delivered,
    delivery_success: rate(delivered, rows.length),
    delivery_latency_p50: percentile(seconds, 0.5),
    delivery_latency_p95: percentile(seconds, 0.95),
  };
}

function latencies(rows: ConversionRow[]) {
  const click = rows.map((row) => (row.occurred_at - row.clicked_at) / 1_000);
  const arrival = rows.map((row) => (row.received_at - row.occurred_at) / 1_000);
  return {
    click_latency_p50: percentile(click, 0.5),
    click_latency_p95: percentile(click, 0.95),
    arrival_latency_p50: percentile(arrival, 0.5),
    arrival_latency_p95: percentile(arrival, 0.95),
  };
}

function loss(rows: ConversionRow[]) {
  const all = new Set(rows.map((row) => row.click_id));
  const lost = new Set(rows.filter((row) => row.click_joined === 0).map((row) => row.click_id));
  return { click_log_loss: rate(lost.size, all.size) };
}

function customerValues(customers: ConversionRow[][]) {
  const purchases = customers.map((rows) => rows.filter((row) => row.amount > 0));
  const revenue = customers.flat().reduce((sum, row) => sum + BigInt(row.revenue), 0n);
  const isOf = (rows: ConversionRow[], ...kinds: string[]) => rows.filter((row) => kinds.includes(kindOf(row)));
  const eventsOf = (rows: ConversionRow[]) => new Set(rows.map((row) => row.event)).size;
  const renewals = [
    ...customers.map((rows) => isOf(rows, "renewal").length),
    ...purchases.map((rows) => isOf(rows, "sale", "other")).map((rows) => rows.length - eventsOf(rows)),
  ];
  const started = customers.filter((rows) => isOf(rows, "lead", "trial", "install", "other").length > 0);
  return {
    customers: customers.length,
    activation_rate: rate(
      started.filter(
        (rows) => isOf(rows, "activation", "sale", "renewal").length > 0 || eventsOf(isOf(rows, "other")) > 1,
      ).length,
      started.length,
    ),
    repeat_purchase_rate: rate(
      purchases.filter((rows) => rows.length > 1).length,
      purchases.filter((rows) => rows.length > 0).length,
    ),
    renewals: renewals.reduce((sum, count) => sum + count, 0),
    ltv: average(revenue, customers.length),
  };
}

function rate(numerator: number, denominator: number): number | null {
  return denominator > 0 ? Math.round((numerator / denominator) * 1e6) / 1e6 : null;
}

/** Whole micros, half away from zero. */
function average(micros: bigint, count: number): string | null {
  if (count === 0) return null;
  const size = micros < 0n ? -micros : micros;
  const rounded = (size * 2n + BigInt(count)) / (2n * BigInt(count));
  return decimal(micros < 0n ? -rounded : rounded);
}

function decimal(micros: bigint): string {
  const size = micros < 0n ? -micros : micros;
  const cents = `${size % 1_000_000n}`.padStart(6, "0").replace(/0{1,4}$/, "");
  return `${micros < 0n ? "-" : ""}${size / 1_000_000n}.${cents}`;
}

function labelOf(
  name: string,
  row: Record<string, string | number | null>,
  atMs: number,
  timeZone: string,
  names: Names,
): string | null {
  const date = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(atMs);
  switch (name) {
    case "day":
      return date;
    case "month":
      return date.slice(0, 7);
    case "week": {
      const monday = new Date(`${date}T00:00:00Z`);
      while (monday.getUTCDay() !== 1) monday.setUTCDate(monday.getUTCDate() - 1);
      return monday.toISOString().slice(0, 10);
    }
    case "hour": {
      const hour = new Intl.DateTimeFormat("sv-SE", { timeZone, hour: "2-digit" }).format(atMs);
      const zone = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" }).format(atMs);
      const offset = /GMT(.*)$/.exec(zone)?.[1] ?? "";
      return `${date}T${hour}:00${/[1-9]/.test(offset) ? offset : "Z"}`;
    }
    case "advertiser":
    case "offer":
    case "affiliate":
    case "link":
      return row[name] === undefined ? null : names.slug(name, Number(row[name]));
    default:
      return textOf(row[OF_CONVERSIONS[name] ?? name]);
  }
}

function textOf(value: string | number | null | undefined): string | null {
  return value === undefined || value === null || value === "" ? null : String(value);
}
