/** Cohorts, held to plain code over the same conversions: whatever is sold again, given back and rejected, by whatever they begin, filtered and grouped, in any zone. */
import { beforeAll, describe, expect, test } from "vitest";
import { type CohortGroup, countCohorts } from "../../workers/console/cohorts/cohort-counts.ts";
import { type CohortQuery, planCohorts } from "../../workers/console/cohorts/cohort-query.ts";
import { cohortTable } from "../../workers/console/cohorts/cohort-rows.ts";
import { groupName } from "../../workers/console/cohorts/table.tsx";
import type { Env } from "../../workers/console/env.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { clickIdOf, conversionRow, HOUR_MS, plant, plantSetUp } from "../console/books.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const DAY_MS = 24 * HOUR_MS;
const BEGIN_MS = Date.UTC(2026, 0, 20);
const NOW_MS = Date.UTC(2026, 7, 12, 9);
const KINDS = { trial: "trial", sale: "sale", again: "renewal", visit: "other", call: "other" } as const;
const EVENTS = Object.keys(KINDS);
const ADMIN: Caller = { name: "admin", role: "admin", scope: "everything" };

const DB = new SqliteD1("books", "schema/migrations/books", async () => {});
type Row = Record<string, string | number | null>;
const planted: Row[] = [];

/** The same numbers each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Lives of clicks: most convert once, some go on for months; some conversions came late, or occurred before others that came first. */
function lives(count: number): Row[] {
  const pick = numbers(7);
  const rows: Row[] = [];
  for (let life = 0; life < count; life++) {
    const place = life % 3;
    const clickedAtMs = BEGIN_MS + pick(190) * DAY_MS + pick(24) * HOUR_MS;
    const isTest = life % 13 === 0;
    const clickId = clickIdOf(clickedAtMs, place + 1, life, isTest ? 1 : 0);
    const own: Row[] = [];
    const length = pick(3) === 0 ? 2 + pick(5) : 1;
    for (let at = 0; at < length; at++) {
      const occurredAtMs = clickedAtMs + pick(at === 0 ? 3 : 120) * DAY_MS + pick(1_000) * 60_000;
      const receivedAtMs = occurredAtMs + pick(3) * DAY_MS;
      if (receivedAtMs >= NOW_MS) continue;
      const status = ["approved", "pending", "approved", "reversed", "rejected"][pick(5)] ?? "approved";
      const isNothing = status === "reversed" || status === "rejected" || pick(4) === 0;
      own.push(
        conversionRow(place, {
          conversion_id: conversionId(receivedAtMs, `0${String(rows.length + own.length).padStart(16, "0")}`),
          ...{ click_id: clickId, clicked_at: clickedAtMs, occurred_at: occurredAtMs, received_at: receivedAtMs },
          ...{ event: EVENTS[pick(EVENTS.length)] ?? "sale", status, test: isTest ? 1 : 0 },
          ...(isNothing ? { amount: 0, revenue: 0, payout: 0 } : { amount: 5_000_000, revenue: 1_000_001 + pick(9) }),
          ...{ coupon: pick(2) === 0 ? "SPRING" : null, customer: pick(2) === 0 ? "new" : null },
        }),
      );
    }
    own.sort(byId);
    for (const [index, row] of own.entries()) row.beside = index === 0 ? null : JSON.stringify([own[0]?.conversion_id]);
    rows.push(...own);
  }
  return rows;
}

function byId(left: Row, right: Row): number {
  return String(left.conversion_id) < String(right.conversion_id) ? -1 : 1;
}

beforeAll(async () => {
  await plantSetUp(DB);
  const price = '{"kind":"fixed","micros":1}';
  const event = { payout: price, revenue: price, repeat: "per_txid", restate: "ignore", version: 1, review: "none" };
  await plant(
    DB,
    "offer_events",
    [1, 2].flatMap((offer) =>
      Object.entries(KINDS).map(([name, kind], position) => ({ offer, name, position, kind, ...event })),
    ),
  );
  planted.push(...lives(500));
  const early = planted.filter((row) => Number(row.received_at) < NOW_MS - 30 * DAY_MS);
  await plant(DB, "conversions", early);
  await closeConversions({ DB }, NOW_MS - 30 * DAY_MS);
  await plant(
    DB,
    "conversions",
    planted.filter((row) => !early.includes(row)),
  );
});

async function cohorts(query: CohortQuery, caller = ADMIN) {
  const plan = await planCohorts({ DB }, caller, query, NOW_MS);
  if (!plan.ok) throw new Error(plan.refusal.detail);
  const counted = await countCohorts({ DB } as Pick<Env, "DB">, plan.value);
  if (!counted.ok) throw new Error(counted.refusal.detail);
  return cohortTable(plan.value, counted.value, caller.role);
}

/** `2026-03` of a time. */
function monthIn(timeZone: string, atMs: unknown): string {
  return new Date(Number(atMs)).toLocaleDateString("sv-SE", { timeZone }).slice(0, 7);
}

function monthsBetween(from: string, to: string): number {
  const number = (month: string) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5));
  return number(to) - number(from);
}

interface Asked {
  start: "click" | "conversion";
  timeZone: string;
  from: string;
  until: string;
  passes: (first: Row) => boolean;
  groupOf: (first: Row) => unknown;
  own?: (row: Row) => boolean;
  test?: number;
}

/** Every cell as `group cohort age`, by hand. */
function naive({ start, timeZone, from, until, passes, groupOf, own = () => true, test = 0 }: Asked) {
  const kindOf = (row: Row) => KINDS[String(row.event) as keyof typeof KINDS];
  const seen = planted.filter((row) => row.status !== "rejected" && row.test === test && own(row));
  const told = new Map<string, Record<string, unknown>>();
  const cohortsOf = new Map<string, Row[][]>();
  for (const life of Map.groupBy(seen, (row) => row.click_id).values()) {
    life.sort((a, b) => Number(a.occurred_at) - Number(b.occurred_at) || byId(a, b));
    const [first] = life;
    if (first === undefined || !passes(first)) continue;
    const cohort = monthIn(timeZone, start === "click" ? first.clicked_at : first.occurred_at);
    if (cohort < from || cohort > until) continue;
    const key = `${groupOf(first)} ${cohort}`;
    cohortsOf.set(key, [...(cohortsOf.get(key) ?? []), life]);
  }
  for (const [key, lives] of cohortsOf) {
    const cohort = key.slice(-7);
    const ageOf = (row: Row) => monthsBetween(cohort, monthIn(timeZone, row.occurred_at));
    const stands = (row: Row) => row.status === "approved" || row.status === "pending";
    const isSale = (row: Row) => Number(row.amount) > 0 && ["sale", "other"].includes(kindOf(row));
    const renewalsOf = (life: Row[]) =>
      life.filter(
        (row, index) =>
          kindOf(row) === "renewal" ||
          (isSale(row) && life.slice(0, index).some((one) => isSale(one) && one.event === row.event)),
      );
    const begins = (row: Row) => ["trial", "other"].includes(kindOf(row));
    const reaches = (life: Row[], age: number) => {
      const until = life.filter((row) => ageOf(row) <= age);
      const others = new Set(until.filter((row) => kindOf(row) === "other").map(({ event }) => event));
      return until.some((row) => ["sale", "renewal"].includes(kindOf(row))) || others.size > 1;
    };
    for (let age = 0; age <= monthsBetween(cohort, monthIn(timeZone, NOW_MS)); age++) {
      const count = (is: (life: Row[]) => boolean) => lives.filter(is).length;
      const started = lives.filter((life) => life.some(begins));
      const sum = (name: string) =>
        lives.flat().reduce((total, row) => total + (ageOf(row) <= age ? Number(row[name]) : 0), 0);
      told.set(`${key} ${age}`, {
        customers: lives.length,
        active: count((life) => life.some((row) => stands(row) && ageOf(row) === age)),
        renewals: lives.flatMap(renewalsOf).filter((row) => ageOf(row) === age).length,
        renewed: count((life) => renewalsOf(life).some((row) => ageOf(row) === age)),
        gone: count((life) => !life.some((row) => stands(row) && ageOf(row) >= age)),
        started: started.length,
        activated: started.filter((life) => reaches(life, age)).length,
        revenue: (sum("revenue") / 1e6).toFixed(6),
        payout: (sum("payout") / 1e6).toFixed(6),
      });
    }
  }
  return told;
}

/** The same of an answer. */
function told(rows: Awaited<ReturnType<typeof cohorts>>["rows"], group: string | null) {
  const names = ["customers", "active", "renewals", "renewed", "gone", "started", "activated"];
  return new Map(
    rows.map((row) => [
      `${group === null ? "all" : row[group]} ${row.cohort} ${row.age}`,
      {
        ...Object.fromEntries(names.map((name) => [name, row[name]])),
        ...("revenue" in row && { revenue: Number(row.revenue).toFixed(6) }),
        ...("payout" in row && { payout: Number(row.payout).toFixed(6) }),
      },
    ]),
  );
}

const SLUGS = { offer: ["", "shoes", "hats"], affiliate: ["", "blog", "deals"] } as const;

describe.each(["conversion", "click"] as const)("by %s", (start) => {
  test.each(["UTC", "America/Los_Angeles", "Asia/Kathmandu"])("all together in %s", async (tz) => {
    const { rows } = await cohorts({ start, tz, from: "2026-02", until: "2026-08" });
    const all = () => "all";
    const expected = naive({
      start,
      timeZone: tz,
      from: "2026-02",
      until: "2026-08",
      passes: () => true,
      groupOf: all,
    });
    expect(expected.size).toBeGreaterThan(20);
    expect(told(rows, null)).toEqual(expected);
  });

  test.each([
    ["event", {}, () => true],
    ["affiliate", { event: "trial" }, (first: Row) => first.event === "trial"],
    ["offer", { coupon: "SPRING" }, (first: Row) => first.coupon === "SPRING"],
    ["status", { customer: "new", offer: "shoes" }, (first: Row) => first.customer === "new" && first.offer === 1],
    ["event", { status: "reversed", test: 1 }, (first: Row) => first.status === "reversed"],
  ] as const)("by %s of %o", async (group, filters, passes) => {
    const { rows } = await cohorts({ start, from: "2026-03", until: "2026-05", group_by: [group], ...filters });
    const groupOf = (first: Row) =>
      group === "offer" || group === "affiliate" ? SLUGS[group][Number(first[group])] : first[group];
    const expected = naive({
      ...{ start, timeZone: "UTC", from: "2026-03", until: "2026-05", passes, groupOf },
      test: "test" in filters ? 1 : 0,
    });
    expect(expected.size).toBeGreaterThan(2);
    const withMoney = told(rows, group);
    expect(withMoney).toEqual(expected);
  });

  test.each([
    ["affiliate", { affiliate: 1 }, (row: Row) => row.affiliate === 1, ["revenue", "ltv"]],
    [
      "advertiser",
      { advertiser: 1, pseudonyms: null },
      (row: Row) => row.advertiser === 1,
      ["payout", "lifetime_payout"],
    ],
  ] as const)("an %s sees its own, without what is not for it", async (role, scope, own, hidden) => {
    const { rows } = await cohorts({ start, from: "2026-02" }, { name: role, role, scope });
    const expected = naive({
      ...{ start, timeZone: "UTC", from: "2026-02", until: "2026-08", passes: () => true, groupOf: () => "all", own },
    });
    for (const cell of expected.values()) delete cell[hidden[0]];
    expect(told(rows, null)).toEqual(expected);
    for (const row of rows) for (const name of hidden) expect(row).not.toHaveProperty(name);
  });
});

test("a month that is not over says so, and figures are counts over counts", async () => {
  const { rows } = await cohorts({ from: "2026-06" });
  expect(new Set(rows.filter(({ over }) => over === "no").map(({ month }) => month))).toEqual(new Set(["2026-08"]));
  expect(rows.some(({ over }) => over === "yes")).toBe(true);
  for (const { retention, active, churn, gone, customers, ltv, revenue } of rows) {
    expect(retention).toBeCloseTo(Number(active) / Number(customers), 6);
    expect(churn).toBeCloseTo(Number(gone) / Number(customers), 6);
    expect(Number(ltv)).toBeCloseTo(Number(revenue) / Number(customers), 5);
  }
});

test.each([
  [{ from: "2026-09" }, "no later than until"],
  [{ from: "2020-01", until: "2026-01" }, "36 months"],
  [{ from: "2010-01", until: "2010-02" }, "120 months"],
  [{ offer: "nope" }, 'There is no offer "nope"'],
])("%o is refused", async (query, why) => {
  const plan = await planCohorts({ DB }, ADMIN, query, NOW_MS);
  expect(JSON.stringify(plan)).toContain(why.replaceAll('"', '\\"'));
});

test("groups of several currencies are told apart, whatever their figures are", () => {
  const group = (currency: string, ...labels: (string | null)[]): CohortGroup => ({ labels, currency, months: [] });
  const [eur, usd] = [group("EUR"), group("USD")];
  expect(groupName(eur, [eur], false)).toBe("All");
  expect(groupName(eur, [eur], true)).toBe("EUR");
  expect([eur, usd].map((one) => groupName(one, [eur, usd], false))).toEqual(["EUR", "USD"]);
  expect(groupName(group("EUR", "shoes", null), [eur, usd], false)).toBe("shoes · none · EUR");
});
