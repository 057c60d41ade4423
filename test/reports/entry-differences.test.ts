/** A report's money beside an export of entries: the parts add up, have no entry in common, and each is exactly the export that it opens; both sides are what plain sums over the exports say. */
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Explanation } from "../../workers/console/differences/explained-figures.ts";
import { startOfDay } from "../../workers/core/metrics/time-zone.ts";
import { conversionRow, entryRow, HOUR_MS, plant, plantBooks } from "../console/books.ts";
import { type Console, startConsole } from "../console/console.ts";

/** The day of the conversions and the next, on which parts of them are given back; and that day alone. */
const RANGES = [
  ["2026-11-01", "2026-11-03"],
  ["2026-11-02", "2026-11-03"],
] as const;
const met = new Set<string>();

let api: Console;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  api = await startConsole();
  const rows = Array.from({ length: 60 }, (_, number) =>
    conversionRow(number, { status: "approved", test: number % 7 === 0 ? 1 : 0 }),
  );
  await plantBooks(api.env, rows);
  // A part is given back thirty hours after each conversion, and restored two days and a half after it.
  const moved = rows.flatMap((row, number) => {
    const micros = 1_000_000 + number;
    const at = (hours: number) => Number(row.received_at) + hours * HOUR_MS;
    const sums = (sign: number) => ({ amount: sign * micros, revenue: sign * 150_000, payout: sign * 100_000 });
    return [
      entryRow(row, 2, { kind: "reversal", received_at: at(30), ...sums(-1) }),
      entryRow(row, 3, { kind: "reinstatement", received_at: at(60), ...sums(1) }),
    ];
  });
  await plant(api.env.DB, "entries", moved);
  for (const [role, subject] of [
    ["advertiser", "acme"],
    ["affiliate", "blog"],
  ] as const) {
    const made = await api.call("POST", "/api/tokens", { name: role, role, subject });
    tokens[role] = String(JSON.parse(made.text).token);
  }
});
afterAll(() => api.stop());

type Row = Record<string, string>;

async function exported(address: string, token: string | undefined): Promise<Row[]> {
  const answer = await api.call("GET", address, undefined, token);
  expect(answer.status, `${address}: ${answer.text}`).toBe(200);
  return parse(answer.text, { columns: true });
}

const micros = (text: string | undefined) => Math.round(Number(text ?? 0) * 1e6);
const worth = (row: Row, metric: string) =>
  metric === "margin" ? micros(row.revenue) - micros(row.payout) : micros(row[metric]);
const total = (rows: readonly Row[], metric: string) => rows.reduce((sum, row) => sum + worth(row, metric), 0);

const CASES = [
  { asked: "", clock: "received", zone: "UTC", tests: false },
  { asked: "&there_test=true", clock: "received", zone: "UTC", tests: true },
  { asked: "&clock=clicked", clock: "clicked", zone: "UTC", tests: false },
  { asked: "&clock=occurred&there_tz=Asia/Tokyo", clock: "occurred", zone: "Asia/Tokyo", tests: false },
  { asked: "&there_tz=America/New_York&there_test=true", clock: "received", zone: "America/New_York", tests: true },
  { asked: "&offer=hats", clock: "received", zone: "UTC", tests: false },
];

const ROLES = ["admin", "advertiser", "affiliate"] as const;
const ASKED = CASES.flatMap((one) => ROLES.flatMap((role) => RANGES.map(([FROM, TO]) => ({ ...one, role, FROM, TO }))));

test.each(ASKED)(
  "from $FROM to $TO, $asked, for the role $role",
  async ({ asked, clock, zone, tests, role, FROM, TO }) => {
    const token = tokens[role];
    const [from, to] = [FROM, TO].map((day) => new Date(startOfDay(zone, Date.parse(day))).toISOString());
    const filter = asked.includes("offer=hats") ? "&offer=hats" : "";
    const conversions = await exported(
      `/api/exports/conversions.csv?from=${FROM}&to=${TO}&clock=${clock}&test=false${filter}`,
      token,
    );
    const entries = await exported(
      `/api/exports/entries.csv?from=${from}&to=${to}${tests ? "" : "&test=false"}${filter}`,
      token,
    );
    for (const metric of { admin: ["margin", "amount"], advertiser: ["revenue"], affiliate: ["payout"] }[role]) {
      const answer = await api.call(
        "GET",
        `/api/differences?metric=${metric}&from=${FROM}&to=${TO}&there_entries=true${asked}`,
        undefined,
        token,
      );
      expect(answer.status, answer.text).toBe(200);
      const { figures }: Explanation = JSON.parse(answer.text);
      const seen = new Set<string>();
      for (const { currency, here, there, difference, parts, unexplained } of figures) {
        const own = (rows: readonly Row[]) => rows.filter((row) => row.currency === currency);
        expect(micros(here), answer.text).toBe(total(own(conversions), metric));
        expect(micros(there), answer.text).toBe(total(own(entries), metric));
        expect(micros(unexplained), answer.text).toBe(0);
        expect(micros(here) + micros(difference)).toBe(micros(there));
        expect(parts.reduce((sum, part) => sum + micros(part.figure), 0)).toBe(micros(difference));
        for (const part of parts) {
          const rows = await exported(part.list ?? "", token);
          expect(rows.length, `${part.reason} ${part.list}`).toBe(part.rows);
          expect(Math.abs(total(rows, metric))).toBe(Math.abs(micros(part.figure)));
          for (const { entry_id = "" } of rows) {
            expect(seen.has(entry_id), entry_id).toBe(false);
            seen.add(entry_id);
          }
          met.add(part.reason);
        }
      }
    }
  },
);

test("what there is of parts was met", () => {
  expect([...met].sort()).toEqual(expect.arrayContaining(["booked_after", "of_before", "tests"]));
});

test.each([
  ["metric=conversions&there_entries=true", "Entries have money"],
  ["metric=clicks&there_entries=true", "Entries have money"],
  ["metric=payout&there_entries=true&there_stand=all", "leave there_clock and there_stand out"],
  ["metric=payout&there_entries=true&status=approved", "leave status and imported out"],
  ["metric=payout&there_entries=true&there_currency=EUR", "leave there_currency out"],
])("%s is refused", async (query, why) => {
  const answer = await api.call("GET", `/api/differences?from=2026-11-01&to=2026-11-03&${query}`);
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(why)]);
});
