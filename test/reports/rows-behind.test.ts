/** From a number to its rows: whatever a report is grouped by, what a figure opens adds up to the figure. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openedRows } from "../../workers/console/overview/opened-rows.ts";
import type { Report } from "../../workers/console/reports/report.ts";
import { openedBy, rowsBehind } from "../../workers/console/reports/rows-behind.ts";
import { askedFor } from "../../workers/console/shell/list-query.ts";
import { METRICS } from "../../workers/core/metrics/definitions.ts";
import { groupsFor } from "../../workers/core/metrics/dimensions.ts";
import { conversionRow, plantBooks } from "../console/books.ts";
import { type Console, startConsole } from "../console/console.ts";

const ROWS = 60;
/** Cuts some days and hours. */
const RANGE = "from=2026-10-31T22:30:00Z&to=2026-11-03T07:15:00Z";
const CLOCKS = ["received", "clicked", "occurred"];
const ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu"];
const STATUSES = ["pending", "approved", "rejected", "reversed"];
const MONEY = new Set(["amount", "revenue", "payout", "margin", "held_payout", "epc", "cpa", "aov", "roas"]);

let api: Console;
const tokens: Record<string, string> = {};

/** Every third value is absent. */
function some(number: number, ...values: string[]): string | null {
  return number % 3 === 0 ? null : (values[number % values.length] ?? null);
}

beforeAll(async () => {
  api = await startConsole();
  const rows = Array.from({ length: ROWS }, (_, number) => {
    const status = STATUSES[number % STATUSES.length] ?? "pending";
    const isNothing = status === "rejected" || status === "reversed";
    return conversionRow(number, {
      status,
      ...(isNothing && { amount: 0, revenue: 0, payout: 0 }),
      ...{ country: some(number, "DE", "US"), device: some(number + 1, "mobile", "desktop") },
      ...{ os: some(number, "ios"), browser: some(number + 2, "Firefox"), referrer: some(number, "a.example") },
      ...{ sub1: some(number, "a,b", "c"), sub10: some(number + 1, "x") },
      ...{ customer: some(number, "new", "returning"), attributed_by: number % 5 === 0 ? "coupon" : "click" },
      ...{ hold: number % 7 === 0 && status === "pending" ? "held" : "", imported: number % 6 === 0 ? 1 : 0 },
      test: number % 11 === 0 ? 1 : 0,
    });
  });
  await plantBooks(api.env, rows);
  for (const [role, subject] of [
    ["advertiser", "acme"],
    ["affiliate", "blog"],
  ] as const) {
    const made = await api.call("POST", "/api/tokens", { name: role, role, subject });
    tokens[role] = String(JSON.parse(made.text).token);
  }
});
afterAll(() => api.stop());

/** All conversions that the page at this address lists. */
async function listed(address: string, token: string | undefined): Promise<Record<string, unknown>[]> {
  const query = askedFor(new URL(address, "https://console.example"));
  query.set("limit", "100");
  const answer = await api.call("GET", `/api/conversions?${query}`, undefined, token);
  expect(answer.status, `${address}: ${answer.text}`).toBe(200);
  const page: { items: Record<string, unknown>[]; next: string | null } = JSON.parse(answer.text);
  expect(page.next).toBeNull();
  return page.items;
}

/** What a metric of these rows is made of: of a quotient, what stands above the line. */
function totalOf(metric: string, rows: Record<string, unknown>[]): number {
  const sum = (name: string) => rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);
  if (metric === "margin") return sum("revenue") - sum("payout");
  if (!MONEY.has(metric)) return rows.length;
  const column = { held_payout: "payout", epc: "payout", cpa: "payout", aov: "amount", roas: "amount" }[metric];
  return sum(column ?? metric);
}

const QUOTIENTS: Record<string, string> = {
  conversion_rate: "conversions",
  reversal_rate: "reversed",
  epc: "payout",
  cpa: "payout",
  aov: "amount",
  roas: "amount",
};

async function checkReport(query: string, role: "admin" | "advertiser" | "affiliate"): Promise<number> {
  const parameters = new URLSearchParams(`${RANGE}&metrics=activity,health,lifecycle&${query}`);
  const answer = await api.call("GET", `/api/reports?${parameters}`, undefined, tokens[role]);
  expect(answer.status, answer.text).toBe(200);
  const report: Report = JSON.parse(answer.text);
  const addresses = new Map<string, Record<string, unknown>[]>();
  let opened = 0;
  for (const row of [...report.rows, ...report.totals])
    for (const { name, unit } of report.columns) {
      if (unit === "dimension") continue;
      const address = rowsBehind(name, row, report, parameters);
      if (address === null) continue;
      const rows = addresses.get(address) ?? (await listed(address, tokens[role]));
      addresses.set(address, rows);
      // A quotient's numerator is the figure of its own metric, where the role sees that.
      const figure = row[QUOTIENTS[name] ?? name];
      if (figure === undefined) continue;
      expect(totalOf(name, rows), `${role} ${query} ${name} ${JSON.stringify(row)} ${address}`).toBeCloseTo(
        Number(figure),
        5,
      );
      opened++;
    }
  return opened;
}

const BY_ROLE = (["admin", "advertiser", "affiliate"] as const).flatMap((role) =>
  groupsFor(role, role !== "advertiser").map((group, index) => ({ role, group, index })),
);

test.each(BY_ROLE)("every figure for the role $role by $group", async ({ role, group, index }) => {
  const query = `group_by=${group}&clock=${CLOCKS[index % 3]}&tz=${ZONES[(index >> 1) % 3]}`;
  expect(await checkReport(query, role)).toBeGreaterThan(0);
});

test.each([
  "group_by=day,country,device",
  "group_by=hour,sub1&clock=clicked&tz=Asia/Kathmandu",
  "group_by=month,event&clock=occurred&tz=Europe/Berlin",
  "group_by=week&test=true",
  "group_by=affiliate&imported=yes",
  "group_by=offer&status=pending",
  "group_by=country&offer=hats&clock=clicked",
])("groups and filters together: %s", async (query) => {
  expect(await checkReport(query, "admin")).toBeGreaterThan(0);
});

test.each(["admin", "advertiser", "affiliate"] as const)(
  "tiles and points of charts for the role %s: what each opens adds up to it",
  async (role) => {
    for (const groups of ["", "&group_by=day", "&group_by=hour"]) {
      const query = `${RANGE}&tz=Europe/Berlin&metrics=clicks,conversions,revenue,payout,postbacks,refused${groups}`;
      const wanted =
        role === "admin"
          ? query
          : query.replace(role === "affiliate" ? /revenue,|postbacks,refused/g : "payout,", "").replace(/,(?=&|$)/, "");
      const answer = await api.call("GET", `/api/reports?${wanted}`, undefined, tokens[role]);
      expect(answer.status, answer.text).toBe(200);
      const report: Report = JSON.parse(answer.text);
      const [slot] = report.group_by;
      const points = slot === undefined ? [report.totals] : [...Map.groupBy(report.rows, (row) => row[slot]).values()];
      for (const rows of points) {
        const counted = openedRows("conversions", rows, report, { role });
        const conversions = rows.reduce((sum, row) => sum + Number(row.conversions ?? 0), 0);
        expect(counted === null ? 0 : (await listed(counted, tokens[role])).length).toBe(conversions);
        const money = role === "affiliate" ? "payout" : "revenue";
        for (const row of rows.filter(({ currency }) => typeof currency === "string")) {
          const address = openedRows(money, rows, report, { role, currency: String(row.currency) });
          const own = address === null ? [] : await listed(address, tokens[role]);
          expect(totalOf(money, own)).toBeCloseTo(Number(row[money]), 5);
        }
      }
    }
  },
);

test("clicks open the report by link, messages the log, and an affiliate no log", () => {
  const report = { group_by: ["day"], tz: "UTC", clock: "received", from: "2026-11-01", to: "2026-11-08", columns: [] };
  const whole = { ...report, rows: [], totals: [], rows_from: null, absent: [] };
  const rows = [{ day: "2026-11-02", clicks: 7, refused: 2, currency: null }];
  expect(openedRows("clicks", rows, whole, { role: "affiliate" })).toBe(
    "/reports?group_by=link&metrics=clicks&from=2026-11-02&until=2026-11-02&tz=UTC",
  );
  expect(openedRows("refused", rows, whole, { role: "admin" })).toBe(
    "/postbacks?status=refused&test=false&from=2026-11-02&to=2026-11-03&tz=UTC",
  );
  expect(openedRows("refused", rows, whole, { role: "affiliate" })).toBeNull();
  expect(openedRows("conversions", rows, whole, { role: "admin" })).toBeNull();
});

test("a metric opens its rows or says why it does not", () => {
  const opening = METRICS.filter(({ name }) => !("why" in openedBy(name))).map(({ name }) => name);
  expect(opening).toEqual([
    ...["conversions", "pending", "approved", "rejected", "reversed", "conversion_rate", "amount", "revenue", "payout"],
    ...["margin", "epc", "cpa", "aov", "roas", "reversal_rate", "held", "held_payout"],
  ]);
  for (const { name } of METRICS) {
    const opened = openedBy(name);
    if ("why" in opened) expect(opened.why).toMatch(/^[A-Z].{20,}\.$/);
  }
});

test("nobody filters by a column that it does not see", async () => {
  for (const query of ["sub1=c", "none=sub1", "referrer=a.example"]) {
    const answer = await api.call("GET", `/api/conversions?${query}`, undefined, tokens.advertiser);
    expect(answer.status, query).toBe(400);
    expect(answer.text).toContain("There is no column");
  }
  const answer = await api.call("GET", "/api/exports/conversions.csv?none=colour", undefined);
  expect(answer.status).toBe(400);
});

test.each([
  ["status=rejected&stands=true", 400],
  ["status=approved&stands=false", 400],
  ["status=approved&stands=true", 200],
  ["status=reversed&stands=false", 200],
])("%s answers %i", async (query, status) => {
  const answer = await api.call("GET", `/api/conversions?${query}`);
  expect(answer.status, answer.text).toBe(status);
  if (status === 400) expect(answer.text).toContain("leave one of status and stands out");
});
