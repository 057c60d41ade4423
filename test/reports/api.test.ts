/** Reports over HTTP: their form, who sees what, and what is refused. */
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../workers/console/reports/report.ts";
import { timePrefix } from "../../workers/core/books/conversion-id.ts";
import { clickIdFloor } from "../../workers/core/click-id-time.ts";
import { METRICS } from "../../workers/core/metrics/definitions.ts";
import { hiddenFrom } from "../../workers/core/roles.ts";
import { closeLog } from "../../workers/ledger/close-log.ts";
import { plantClicks } from "../click-log/click-shares.ts";
import { clickIdOf, conversionRow, plantBooks } from "../console/books.ts";
import { type Console, startConsole } from "../console/console.ts";

const RANGE = "from=2026-10-31&to=2026-12-01";
const ROWS = 60;

let api: Console;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  api = await startConsole();
  const planted = Array.from({ length: ROWS }, (_, number) => conversionRow(number));
  await plantBooks(api.env, planted);
  for (const [role, subject] of [
    ["analyst", undefined],
    ["advertiser", "acme"],
    ["affiliate", "blog"],
  ] as const) {
    const made = await api.call("POST", "/api/tokens", { name: role, role, ...(subject && { subject }) });
    tokens[role] = String(JSON.parse(made.text).token);
  }
});
afterAll(() => api.stop());

async function report(query: string, role?: string): Promise<Report> {
  const answer = await api.call("GET", `/api/reports?${RANGE}&${query}`, undefined, role ? tokens[role] : undefined);
  expect(answer.text).toContain('"rows"');
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text);
}

const sum = (rows: Report["rows"], name: string) => rows.reduce((total, row) => total + Number(row[name]), 0);

test("a report's columns, rows and totals say the same", async () => {
  const made = await report("group_by=day,affiliate&tz=Europe/Berlin&metrics=activity,health");
  expect(made.columns.map(({ name }) => name).slice(0, 4)).toEqual(["day", "affiliate", "currency", "clicks"]);
  for (const row of made.rows) expect(Object.keys(row)).toEqual(made.columns.map(({ name }) => name));
  for (const name of ["clicks", "conversions", "amount", "payout"])
    expect(sum(made.rows, name)).toBeCloseTo(sum(made.totals, name), 6);
  expect(made.absent.map(({ metric }) => metric)).toContain("match_rate");
  expect(made.rows[0]).toMatchObject({ day: "2026-11-01", currency: "USD" });
});

test("totals are the sums of the export", async () => {
  const { totals } = await report("group_by=month");
  const exported = await api.fetch("/api/exports/conversions.csv?test=false");
  const rows: Record<string, string>[] = parse(await exported.text(), { columns: true, bom: true });
  expect(totals[0]?.amount).toBe(
    sum(rows, "amount")
      .toFixed(6)
      .replace(/0{1,4}$/, ""),
  );
  expect(Number(totals[0]?.pending) + Number(totals[0]?.approved)).toBe(rows.length);
});

test("tests are not counted, and can be asked for", async () => {
  const clicks = async (query: string) => (await report(query)).totals[0]?.clicks;
  const tests = Array.from({ length: ROWS }, (_, number) => number).filter((number) => number % 7 === 6).length;
  expect(await clicks("test=true")).toBe(tests);
  expect(await clicks("")).toBe(ROWS - tests);
});

test("health is told by advertiser and event", async () => {
  const { rows } = await report("group_by=advertiser,event&metrics=health");
  expect(rows.map(({ advertiser, event }) => `${advertiser} ${event}`)).toEqual([
    "acme lead",
    "acme sale",
    "rival lead",
    "rival sale",
  ]);
  for (const row of rows) expect(row).toMatchObject({ match_rate: 1, click_log_loss: 0, click_latency_p50: 3_600 });
});

test("lifecycle by cohort month and affiliate", async () => {
  const { rows } = await report("group_by=month,affiliate&metrics=lifecycle&clock=clicked");
  expect(rows.every((row) => Number(row.customers) > 0 && row.ltv === "6.00" && row.activation_rate === 0)).toBe(true);
});

describe("roles", () => {
  const hidden = (role: string) => METRICS.filter((metric) => hiddenFrom(metric).some((one) => one === role));

  test.each(["advertiser", "affiliate"])(
    "%s: neither in reports nor in the list is there a hidden metric",
    async (role) => {
      const { columns, absent, totals } = await report(`metrics=${METRICS.map(({ name }) => name).join(",")}`, role);
      const listed = await api.call("GET", "/api/metrics", undefined, tokens[role]);
      expect(hidden(role).length).toBeGreaterThan(0);
      for (const { name } of hidden(role)) {
        expect(columns.map((column) => column.name)).not.toContain(name);
        expect(absent).toContainEqual({ metric: name, because: `It is not for the role ${role}.` });
        expect(Object.keys(totals[0] ?? {})).not.toContain(name);
        expect(listed.text).not.toContain(`"name":"${name}"`);
      }
    },
  );

  test("money is hidden as promised", () => {
    const names = (role: string) => hidden(role).map(({ name }) => name);
    expect(names("affiliate")).toEqual(expect.arrayContaining(["revenue", "margin", "roas", "ltv"]));
    expect(names("advertiser")).toEqual(expect.arrayContaining(["payout", "margin", "epc", "cpa"]));
  });

  test.each([
    ["affiliate", "group_by=affiliate", ["blog"]],
    ["affiliate", "group_by=affiliate&affiliate=deals", []],
    ["affiliate", "group_by=affiliate&affiliate=nobody", []],
    ["affiliate", "group_by=link,sub1&clock=occurred&affiliate=deals", []],
    ["advertiser", "group_by=advertiser", ["acme"]],
    ["advertiser", "group_by=advertiser&advertiser=rival", []],
    ["advertiser", "group_by=advertiser&offer=hats", []],
  ])("%s: %s shows only what is theirs", async (role, query, seen) => {
    const { rows } = await report(`${query}&metrics=activity,health,lifecycle`, role);
    expect([...new Set(rows.map((row) => row[role]))]).toEqual(seen);
  });

  test("an advertiser does not group by what the affiliate told itself", async () => {
    const answer = await api.call("GET", "/api/reports?group_by=sub1", undefined, tokens.advertiser);
    expect(answer.status).toBe(403);
  });
});

test.each([
  ["group_by=day,hour,week,month,event", "group_by"],
  ["group_by=planet", "group_by"],
  ["group_by=day,day", "group_by"],
  ["metrics=joy", "metrics"],
  ["tz=Europe/Atlantis", "tz"],
  ["from=2026-11-01T00:07:00Z", "from"],
  ["from=2026-11-02&to=2026-11-01", "from"],
  ["from=1999-01-01&to=2026-01-01", "from"],
  ["affiliate=nobody", "affiliate"],
  ["clock=sidereal", "clock"],
])("%s is refused", async (query, parameter) => {
  const answer = await api.call("GET", `/api/reports?${query}`);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text).errors[0].parameter).toBe(parameter);
});

test("rows are counted, not what they are added up of; what cannot be added up is refused too", async () => {
  const atMs = Date.UTC(2025, 0, 1);
  const numbers = "WITH RECURSIVE n (i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)";
  const place = "1, 1, 1, 1";
  const addClicks = (from: number, to: number) =>
    plantClicks(
      api.env.CLICK_DAYS,
      Array.from({ length: to - from }, (_, index) => {
        const number = from + index;
        const place = { link: 1, offer: 1, affiliate: 1, advertiser: 1, test: 0 };
        return { click_id: clickIdOf(atMs, 1, number), clicked_at: atMs, sub1: `s${number}`, ...place };
      }),
    );
  const addConversions = (to: number) =>
    api.env.DB.prepare(
      `${numbers} INSERT INTO conversions (conversion_id, seq, advertiser, offer, affiliate, link, event, click_id, status, currency,
         amount, revenue, payout, clicked_at, occurred_at, received_at, settled_at, sub1, test)
       SELECT ? || printf('%016d', i), 1, ${place}, 'sale', ? || printf('%026d', i), 'approved', 'USD', 1, 1, 1, ${atMs}, ${atMs}, ${atMs}, ${atMs}, printf('s%d', i), 0 FROM n`,
    )
      .bind(0, to, timePrefix(atMs), clickIdFloor(atMs))
      .run();
  const ask = () => api.call("GET", "/api/reports?from=2025-01-01&to=2025-01-02&group_by=sub1");
  await addClicks(0, 12_000);
  await addConversions(12_000);
  const made = await ask();
  expect([made.status, Object(made.json).rows.length]).toEqual([200, 12_000]);
  await addClicks(12_000, 20_001);
  expect([(await ask()).status, (await ask()).text]).toEqual([400, expect.stringContaining("at most 20000 rows")]);
  await addClicks(20_001, 50_001);
  expect([(await ask()).status, (await ask()).text]).toEqual([400, expect.stringContaining("adds up too many")]);
}, 120_000);

test("CSV holds the same rows", async () => {
  const { rows, columns } = await report("group_by=link,sub1");
  const answer = await api.fetch(`/api/reports?${RANGE}&group_by=link,sub1&format=csv`);
  expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  const read: Record<string, string>[] = parse(await answer.text(), { columns: true });
  expect(Object.keys(read[0] ?? {})).toEqual(columns.map(({ name }) => name));
  expect(read).toEqual(
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value ?? "")]))),
  );
});

test.each(["json", "csv", "parquet"])("%s says which metrics there are none of", async (format) => {
  const absent = async (query: string) =>
    (await api.fetch(`/api/reports?${RANGE}&${query}&format=${format}`)).headers.get("x-absent");
  const made = await report("group_by=link&metrics=activity,health");
  expect(made.absent.length).toBeGreaterThan(1);
  expect(await absent("group_by=link&metrics=activity,health")).toBe(
    made.absent.map(({ metric }) => metric).join(", "),
  );
  expect(await absent("group_by=link")).toBeNull();
});

test("beyond retention postbacks stay counted, and later ones that go are not", async () => {
  const postbacks = async () => (await report("metrics=postbacks")).totals[0]?.postbacks;
  const before = Number(await postbacks());
  const keptFromMs = Date.UTC(2026, 10, 1, 6);
  await closeLog(api.env, keptFromMs + 900_000);
  expect(await postbacks()).toBe(before);
  await api.env.LOG.batch([
    api.env.LOG.prepare("UPDATE kept SET from_at = ? WHERE log = 'postbacks'").bind(keptFromMs),
    api.env.LOG.prepare("DELETE FROM postbacks WHERE received_at < ?").bind(keptFromMs),
  ]);
  expect(await postbacks()).toBe(before);
  await api.env.LOG.prepare(
    "DELETE FROM postbacks WHERE receipt = (SELECT max(receipt) FROM postbacks WHERE test = 0)",
  ).run();
  expect(await postbacks()).toBe(before - 1);
});
