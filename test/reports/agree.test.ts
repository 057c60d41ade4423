/** Whatever happened to the rows, and however they are grouped: reports from rollups and from rows are what plain code makes of the rows. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runReport } from "../../workers/console/reports/report.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { FILTERED, GROUPS } from "../../workers/core/metrics/dimensions.ts";
import { writeDeliveries } from "../../workers/courier/courier-records.ts";
import type { StoredDelivery } from "../../workers/courier/outbox.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { closeLog } from "../../workers/ledger/close-log.ts";
import { World } from "../archive/archive-world.ts";
import { logClick, reportEnv, tendClicks } from "../click-log/click-log.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { testKeyRing } from "../ledger/world.ts";
import { type Asked, KINDS, type NaiveGroup, naiveReport, type Rows } from "./naive.ts";

const HOUR_MS = 3_600_000;
const QUARTER_MS = 900_000;
const DAY_MS = 24 * HOUR_MS;
/** Summer time ends in Berlin on 25 October, in New York on 1 November; in Adelaide and Chatham it has begun. */
const START_MS = Date.UTC(2026, 9, 22);
const DAYS = 14;
const END_MS = START_MS + (DAYS + 20) * DAY_MS;
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Asia/Kathmandu",
  "Australia/Adelaide",
  "Pacific/Chatham",
];
const ADMIN: Caller = { name: "test", role: "admin", scope: "everything" };

/** Links 1 and 2 of offer 1, 3 of offer 2, 4 of offer 3; offer 2 is in another currency, offer 3 of another advertiser. */
const LINKS = [
  { link: 1, offer: 1, affiliate: 1, advertiser: 1 },
  { link: 2, offer: 1, affiliate: 2, advertiser: 1 },
  { link: 3, offer: 2, affiliate: 1, advertiser: 1 },
  { link: 4, offer: 3, affiliate: 2, advertiser: 2 },
];
const CURRENCIES: Record<number, string> = { 1: "USD", 2: "EUR", 3: "USD" };
const names = {
  slug: (subject: string, number: number) => `${subject}-${number}`,
  currency: (offer: number) => CURRENCIES[offer] ?? "",
};

const SET_UP = `
  INSERT INTO advertisers (slug, name, credentials, created_at, updated_at) VALUES ('advertiser-1', 'a', '[]', 0, 0), ('advertiser-2', 'a', '[]', 0, 0);
  INSERT INTO affiliates (slug, name, created_at, updated_at) VALUES ('affiliate-1', 'a', 0, 0), ('affiliate-2', 'a', 0, 0);
  INSERT INTO offers (slug, name, advertiser, destination, currency, created_at, updated_at)
  VALUES ('offer-1', 'o', 1, 'https://a.example', 'USD', 0, 0), ('offer-2', 'o', 1, 'https://a.example', 'EUR', 0, 0), ('offer-3', 'o', 2, 'https://a.example', 'USD', 0, 0);
  INSERT INTO offer_events (offer, name, position, payout, revenue, kind)
  SELECT value ->> 0, value ->> 1, key, '{"flat":0}', '"posted"', value ->> 2 FROM json_each('${JSON.stringify(KINDS)}');
  INSERT INTO links (slug, offer, affiliate, created_at, updated_at)
  VALUES ('link-1', 1, 1, 0, 0), ('link-2', 1, 2, 0, 0), ('link-3', 2, 1, 0, 0), ('link-4', 3, 2, 0, 0);
  INSERT INTO destinations (slug, name, kind, owner_type, config, version, filters, secrets, created_at, updated_at)
  VALUES ('destination-1', 'd', 'postback', 'programme', '{}', 1, '{}', '{}', 0, 0), ('destination-2', 'd', 'webhook', 'programme', '{}', 1, '{}', '{}', 0, 0)`;

/** Few different times, close to each other and to the edges of quarter-hours. */
const time = fc
  .tuple(fc.nat(DAYS * 24 - 1), fc.nat(3), fc.constantFrom(0, 1, 450_000, QUARTER_MS - 1))
  .map(([hour, quarter, rest]) => START_MS + hour * HOUR_MS + quarter * QUARTER_MS + rest);
const maybe = (...values: string[]) => fc.constantFrom(...values, null);
const visit = fc.record({
  country: maybe("DE", "US"),
  device: maybe("mobile", "desktop"),
  os: maybe("ios"),
  browser: maybe("Firefox"),
  referrer: maybe("a.example"),
  sub1: maybe("x", "y"),
  sub7: maybe("z"),
});
const flag = fc.constantFrom(0, 0, 0, 1);
const status = fc.constantFrom("pending", "approved", "approved", "rejected", "reversed");
const micros = fc.oneof(
  fc.constant(0),
  fc.nat(50_000_000),
  fc.constantFrom(999_999_999_999_999, 1_000_000_000_000_000),
);
const click = fc.record({
  at: time,
  place: fc.constantFrom(...LINKS),
  kind: fc.constantFrom("counted", "counted", "bot", "provisional", "embedded"),
  first: fc.constantFrom(0, 1),
  test: flag,
  visit,
});
const conversion = fc.record({
  click: fc.nat(11),
  event: fc.constantFrom("lead", "sale", "rebill"),
  status,
  amount: micros,
  revenue: micros,
  payout: micros,
  after: fc.constantFrom(-5_000, 0, 999, 1_000, 90_000, HOUR_MS, 3 * DAY_MS, 400 * DAY_MS),
  arrives: fc.constantFrom(-1_000, 0, 5_000, 100_000, 2 * HOUR_MS),
  received: time,
  joined: fc.constantFrom(0, 1, 1),
  customer: maybe("new", "returning"),
  by: fc.constantFrom("click", "click", "coupon"),
  imported: fc.constantFrom(0, 0, 1),
  hold: fc.constantFrom("", "", "held", "rejected_by_operator"),
  test: flag,
});
const postback = fc.record({
  at: time,
  advertiser: fc.constantFrom(1, 2),
  status: fc.constantFrom(
    "attributed",
    "updated",
    "duplicate",
    "parked",
    "unattributed",
    "rejected",
    "refused",
    "failed",
  ),
  reason: maybe("bad_token", "over_cap"),
  event: maybe("lead", "sale", "strange"),
  test: flag,
});
/** What a delivery went through, one state for each revision; nothing follows what was taken. */
const telling = fc.record({
  of: fc.nat(19),
  destination: fc.constantFrom(1, 2),
  at: time,
  before: fc.uniqueArray(fc.constantFrom("failed", "in_doubt", "gave_up"), { maxLength: 2 }),
  end: fc.constantFrom("sent", "sent", "sent", "failed", "gave_up", "expired", "skipped", "superseded"),
  took: fc.constantFrom(-1_000, 0, 999, 1_000, 90_000, 3 * HOUR_MS, 3 * DAY_MS, 400 * DAY_MS),
  origin: fc.constantFrom("notice", "notice", "compared", "backfill", "replay"),
  /** In which order what is said of it arrives, and again. */
  said: fc.array(fc.nat(2), { maxLength: 4 }),
});
const change = fc.oneof(
  fc.record({ what: fc.constant("status"), of: fc.nat(19), status, amount: micros, affiliate: fc.constantFrom(1, 2) }),
  fc.record({ what: fc.constant("join"), of: fc.nat(19), visit }),
  fc.record({ what: fc.constant("book anew"), of: fc.nat(19), received: time, click: fc.nat(11) }),
  fc.record({ what: fc.constant("delete conversion"), of: fc.nat(19) }),
  fc.record({ what: fc.constant("release"), of: fc.nat(19) }),
  fc.record({ what: fc.constant("settle"), of: fc.nat(19), status: postback.map((one) => one.status), at: time }),
  fc.record({ what: fc.constant("delete postback"), of: fc.nat(19) }),
  fc.record({ what: fc.constant("log again"), of: fc.nat(11) }),
);

const history = fc.record({
  clicks: fc.array(click, { minLength: 1, maxLength: 12 }),
  conversions: fc.array(conversion, { maxLength: 20 }),
  postbacks: fc.array(postback, { maxLength: 20 }),
  deliveries: fc.array(telling, { maxLength: 20 }),
  changes: fc.array(change, { maxLength: 15 }),
  sealed: fc.array(fc.record({ before: fc.nat(46), at: time, fails: fc.constantFrom(null, null, "before", "after") }), {
    maxLength: 4,
  }),
  /** True when all days of clicks have left their objects. */
  ends: fc.boolean(),
});

const ask = fc.record({
  groupBy: fc.uniqueArray(fc.constantFrom(...GROUPS), { maxLength: 4 }),
  timeZone: fc.constantFrom(...ZONES),
  clock: fc.constantFrom("received" as const, "clicked" as const, "occurred" as const),
  range: fc.tuple(fc.nat(DAYS * 96), fc.nat(DAYS * 96)),
  filters: fc.record(
    {
      advertiser: fc.constantFrom(1, 2),
      affiliate: fc.constantFrom(1, 2),
      offer: fc.constantFrom(1, 2, 3),
      link: fc.constantFrom(1, 2, 3, 4),
      event: fc.constantFrom("lead", "sale"),
      status: fc.constantFrom("approved", "pending"),
      imported: fc.constantFrom("yes", "no"),
    },
    { requiredKeys: [] },
  ),
  filtered: fc.constantFrom(false, false, true),
  test: fc.constantFrom(0, 0, 0, 1),
});

type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

/** With the rows of clicks as they were logged. */
interface Lived {
  world: World;
  clicks: Rows["clicks"];
  COURIER: SqliteD1;
  deliveries: Rows["deliveries"];
}

const ring = await testKeyRing();

async function live(past: History): Promise<Lived> {
  const world = new World();
  world.DB.db.exec(SET_UP);
  const clicks = await Promise.all(past.clicks.map(clickRow));
  // Some rows come or change when their hour is sealed already.
  for (const [index, row] of clicks.entries()) {
    await sealAt(world, past.sealed, index);
    logClick(world, row);
  }
  const conversions = past.conversions.map((one, index) =>
    conversionRow(one, index, clicks[one.click % clicks.length]),
  );
  for (const [index, row] of conversions.entries()) {
    await sealAt(world, past.sealed, clicks.length + index);
    write(world.DB, "conversions", row);
  }
  for (const [index, one] of past.postbacks.entries()) {
    await sealAt(world, past.sealed, index);
    writePostback(world, one, index);
  }
  for (const [index, one] of past.changes.entries()) {
    await sealAt(world, past.sealed, clicks.length + conversions.length + index);
    apply(world, one, clicks, conversions);
  }
  // What came late for an hour that was added up is noted within a minute.
  await world.clicks.tend(END_MS);
  if (past.ends) {
    await tendClicks(world, END_MS);
    for (let run = 0; run < 3; run++) await world.expire(END_MS + run * DAY_MS);
  }
  const COURIER = new SqliteD1("courier", "schema/migrations/courier", async () => {});
  const deliveries = await Promise.all(
    past.deliveries.flatMap((one, index) => {
      const of = conversions[one.of % conversions.length];
      return of ? [tell(COURIER, one, index, of)] : [];
    }),
  );
  return { world, clicks: JSON.parse(JSON.stringify(clicks)), COURIER, deliveries };
}

/** Writes what a destination's object says of a delivery, in whatever order it arrives; in the end it was said once at least. */
async function tell(
  COURIER: SqliteD1,
  { destination, at, before, end, took, origin, said }: History["deliveries"][number],
  index: number,
  of: Row,
): Promise<Rows["deliveries"][number]> {
  const states = [...before.filter((state) => state !== end), end];
  const receivedAtMs = at - 1_000;
  const last = { atMs: receivedAtMs + took - 7, ms: 7 };
  const facts = {
    link: Number(of.link),
    offer: Number(of.offer),
    affiliate: Number(of.affiliate),
    advertiser: Number(of.advertiser),
    event: String(of.event),
    currency: String(of.currency),
  };
  const stored = (revision: number): StoredDelivery => ({
    conversionId: String(of.conversion_id),
    ...{ seq: 1, replay: index, type: "conversion.created", deadlineAtMs: null, reason: null, tries: 1, wakesAtMs: at },
    deliveryId: `delivery-${index}`,
    origin,
    createdAtMs: at,
    state: states[revision] ?? end,
    revision: revision + 1,
    notice: { ...NOTICE, ...facts, receivedAtMs, ...(of.test === 1 && { test: true }) },
    attempts: [{ ...ATTEMPT, ...last }],
  });
  const order = [
    ...said.map((revision) => Math.min(revision, states.length - 1)),
    states.length - 1,
    ...said.slice(0, 1),
  ];
  for (const revision of order) {
    const one = stored(Math.min(revision, states.length - 1));
    await writeDeliveries(COURIER, destination, [one]);
  }
  const isTimed = end === "sent" && (origin === "notice" || origin === "compared");
  return {
    ...facts,
    destination: `destination-${destination}`,
    created_at: at,
    status: end,
    took: isTimed ? took : null,
    test: Number(of.test),
  };
}

/** Two who close at once do it once, and what fails, or whose answer is lost, is made up for. */
async function sealAt(world: World, sealed: History["sealed"], index: number): Promise<void> {
  for (const { before, at, fails } of sealed) {
    if (before !== index) continue;
    world.happens = async (point) => {
      if (fails !== null && point.endsWith(`${fails} writing`)) throw new Error("the database is away");
    };
    await Promise.allSettled([closeConversions(world, at), closeConversions(world, at)]);
    await Promise.allSettled([closeLog(world, at), closeLog(world, at)]);
    world.happens = async () => {};
    await Promise.all([tendClicks(world, at), tendClicks(world, at)]);
  }
}

type Row = Record<string, string | number | null>;

const NO_MONEY = { amountMicros: 0, payoutMicros: 0, revenueMicros: 0 };
const NOTICE = {
  ...{ conversionId: "", seq: 1, kind: "accrual", fromStatus: null, total: NO_MONEY, delta: NO_MONEY },
  ...{ firstPayoutMicros: 0, clickedAtMs: 0, occurredAtMs: 0, bookedAtMs: 0 },
  status: "approved",
} as const;
const ATTEMPT = {
  ...{ number: 1, reason: null, http: 200, request: null, answer: null, version: 1 },
  outcome: "sent",
} as const;

async function clickRow(
  { at, place, kind, first, test, visit: seen }: History["clicks"][number],
  counter: number,
): Promise<Row> {
  const isEmbedded = kind === "embedded";
  const provisional = kind === "provisional" || isEmbedded;
  const stored = { kind: isEmbedded ? "provisional" : kind, embedded: Number(isEmbedded) };
  const id = { issuedAtMs: at, link: place.link, counter, test: test === 1, provisional };
  const first_visit = kind === "counted" ? first : 0;
  return { click_id: await issueClickId(ring, id), ...place, clicked_at: at, ...stored, first_visit, test, ...seen };
}

function conversionRow(one: History["conversions"][number], index: number, of: Row | undefined): Row {
  const { link = 1, offer = 1, affiliate = 1, advertiser = 1, clicked_at = 0, click_id = "" } = of ?? {};
  const {
    country = null,
    device = null,
    os = null,
    browser = null,
    referrer = null,
    sub1 = null,
    sub7 = null,
    kind: click_kind = null,
  } = of ?? {};
  const seen = one.joined === 1 ? { click_kind, country, device, os, browser, referrer, sub1, sub7 } : {};
  return {
    conversion_id: conversionId(one.received, `0${String(index).padStart(25, "0")}`),
    seq: 1,
    ...{ link, offer, affiliate, advertiser, clicked_at, click_id },
    event: one.event,
    status: one.status,
    currency: names.currency(Number(offer)),
    amount: one.amount,
    revenue: one.revenue,
    payout: one.payout,
    // Either clock may be the odd one: a sale reported long after it, or long after its click.
    occurred_at: index % 2 ? one.received - one.arrives : Number(clicked_at) + one.after,
    received_at: one.received,
    settled_at: one.received,
    click_joined: one.joined,
    customer: one.customer,
    attributed_by: one.by,
    imported: one.imported,
    hold: one.hold,
    test: one.test,
    ...seen,
  };
}

/** Every other one is of an older install, and not moved to LOG yet; some stand for more than one request. */
function writePostback({ DB, LOG }: World, one: History["postbacks"][number], index: number): void {
  const row = postbackRow(one, index);
  if (index % 2) write(DB, "postbacks", row);
  else write(LOG, "postbacks", { ...row, proven: 0, stranger: 0, times: 1 + (index % 3) });
}

function postbackRow(one: History["postbacks"][number], index: number): Row {
  return {
    receipt: String(index).padStart(26, "0"),
    stage: 1,
    advertiser: one.advertiser,
    received_at: one.at,
    settled_at: one.at,
    status: one.status,
    reason: one.reason,
    event: one.event,
    channel: "get",
    test: one.test,
  };
}

function apply(world: World, one: History["changes"][number], clicks: Row[], conversions: Row[]): void {
  const { DB, LOG } = world;
  const conversion = conversions[one.of % Math.max(1, conversions.length)];
  const conversion_id = conversion?.conversion_id ?? "";
  const receipt = String(one.of).padStart(26, "0");
  if ("affiliate" in one)
    DB.db
      .prepare("UPDATE conversions SET status = ?, amount = ?, affiliate = ?, seq = seq + 1 WHERE conversion_id = ?")
      .run(one.status, one.amount, one.affiliate, conversion_id);
  else if ("visit" in one)
    DB.db
      .prepare(
        "UPDATE conversions SET click_joined = 1, click_kind = ?, country = ?, device = ?, sub1 = ? WHERE conversion_id = ?",
      )
      .run(kindOf(conversion, clicks), one.visit.country, one.visit.device, one.visit.sub1, conversion_id);
  else if ("status" in one)
    (one.of % 2 ? DB : LOG).db
      .prepare("UPDATE postbacks SET stage = stage + 1, status = ?, received_at = ? WHERE receipt = ?")
      .run(one.status, one.at, receipt);
  else if ("received" in one) {
    const of = clicks[one.click % clicks.length];
    if (!conversion || !of) return;
    const { click_id = "", clicked_at = 0, link = 1, offer = 1, affiliate = 1, advertiser = 1 } = of;
    const unknown = { click_joined: 0, click_kind: null, country: null, device: null, os: null, browser: null };
    const place = { click_id, clicked_at, link, offer, affiliate, advertiser };
    const booked = { ...place, ...unknown, received_at: one.received, currency: names.currency(Number(offer)) };
    Object.assign(conversion, place);
    const columns = Object.keys(booked).map((name) => `${name} = ?`);
    DB.db
      .prepare(`UPDATE conversions SET ${columns.join(", ")}, seq = seq + 1 WHERE conversion_id = ?`)
      .run(...Object.values(booked), conversion_id);
  } else if (one.what === "delete conversion")
    DB.db.prepare("DELETE FROM conversions WHERE conversion_id = ?").run(conversion_id);
  else if (one.what === "release")
    DB.db.prepare("UPDATE conversions SET hold = '', seq = seq + 1 WHERE conversion_id = ?").run(conversion_id);
  else if (one.what === "delete postback")
    (one.of % 2 ? DB : LOG).db.prepare("DELETE FROM postbacks WHERE receipt = ?").run(receipt);
  else {
    const again = clicks[one.of % clicks.length];
    if (again) logClick(world, again);
  }
}

function kindOf(conversion: Row | undefined, clicks: Row[]): string | number | null {
  return clicks.find(({ click_id }) => click_id === conversion?.click_id)?.kind ?? null;
}

function write({ db }: SqliteD1, table: string, row: Row): void {
  const columns = Object.keys(row);
  const marks = columns.map(() => "?").join(", ");
  db.prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks}) ON CONFLICT DO NOTHING`).run(
    ...Object.values(row),
  );
}

/** As plain objects, through JSON as from an export. */
function rowsOf({ world: { DB, LOG }, clicks, deliveries }: Lived): Rows {
  const all = ({ db }: SqliteD1, table: string) =>
    JSON.parse(JSON.stringify(db.prepare(`SELECT * FROM ${table}`).all()));
  return {
    clicks,
    deliveries,
    conversions: all(DB, "conversions").map((row: Row) => ({ ...row, imported: row.imported === 1 ? "yes" : "no" })),
    postbacks: [
      ...all(LOG, "postbacks").flatMap((row: Row) => Array.from({ length: Number(row.times) }, () => row)),
      ...all(DB, "postbacks"),
    ],
  };
}

function askedOf({
  range,
  filters,
  filtered,
  test,
  ...rest
}: typeof ask extends fc.Arbitrary<infer Value> ? Value : never): Asked {
  const [from, to] = [Math.min(...range), Math.max(...range) + 1];
  const edge = (quarter: number) => START_MS + quarter * QUARTER_MS;
  return {
    ...rest,
    fromMs: edge(from),
    toMs: edge(to),
    // Some conversions are younger than the click log is sure of.
    nowMs: edge(to) - HOUR_MS,
    filters: { ...(filtered ? filters : {}), test },
  };
}

async function report({ world, COURIER }: Lived, { groupBy, timeZone, clock, fromMs, toMs, nowMs, filters }: Asked) {
  const { test, event, status, imported, ...subjects } = filters;
  const query = {
    group_by: groupBy,
    metrics: ["activity", "health", "lifecycle"],
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    tz: timeZone,
    clock,
    test: test === 1 ? (1 as const) : (0 as const),
    ...(event === undefined ? {} : { event: String(event) }),
    ...FILTERED.status.choices.flatMap((one) => (one === status ? [{ status: one }] : []))[0],
    ...FILTERED.imported.choices.flatMap((one) => (one === imported ? [{ imported: one }] : []))[0],
    ...Object.fromEntries(Object.entries(subjects).map(([name, number]) => [name, `${name}-${number}`])),
  };
  const made = await runReport(reportEnv({ ...partsOf(world), COURIER }), ADMIN, query, nowMs);
  if (!made.ok) throw new Error(made.refusal.detail);
  return made.value;
}

function partsOf({ DB, LOG, clicks, ARCHIVE }: World) {
  return { DB, LOG, clicks, ARCHIVE };
}

function flat(groupBy: string[], { labels, currency, values }: NaiveGroup) {
  return { ...Object.fromEntries(groupBy.map((name, index) => [name, labels[index]])), currency, ...values };
}

const byText = (left: object, right: object) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1);

test("reports are what plain code makes of the rows", { timeout: 120_000 }, async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(history, fc.array(ask, { minLength: 8, maxLength: 8 }), async (past, asks) => {
      const lived = await live(past);
      const rows = rowsOf(lived);
      for (const asked of asks.map(askedOf)) {
        const made = await report(lived, asked);
        const naive = naiveReport(rows, asked, names);
        const sorted = (all: object[]) => all.toSorted(byText);
        const { groupBy } = asked;
        expect(sorted(made.rows)).toEqual(sorted(naive.groups.map((group) => flat(groupBy, group))));
        expect(sorted(made.totals)).toEqual(sorted(naive.totals.map((group) => flat([], group))));
        compared += made.rows.length;
      }
    }),
    { numRuns: 60 },
  );
  expect(compared).toBeGreaterThan(100);
});
