/** Why a figure differs: whatever it is compared with, the parts add up, have no row in common, and each is exactly the list that it opens. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Explanation } from "../../workers/console/differences/explained-figures.ts";
import { askedFor, withoutTests } from "../../workers/console/shell/list-query.ts";
import { conversionRow, plantBooks } from "../console/books.ts";
import { type Console, startConsole } from "../console/console.ts";

const RANGE = "from=2026-11-01&to=2026-11-03";
const STATUSES = ["pending", "approved", "rejected", "reversed"];

let api: Console;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  api = await startConsole();
  const rows = Array.from({ length: 60 }, (_, number) => {
    const status = STATUSES[number % STATUSES.length] ?? "pending";
    const isNothing = status === "rejected" || status === "reversed";
    return conversionRow(number, {
      status,
      ...(isNothing && { amount: 0, revenue: 0, payout: 0 }),
      hold: number % 5 === 0 && !isNothing ? "held" : "",
      test: number % 7 === 0 ? 1 : 0,
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

async function listed(address: string, token: string | undefined): Promise<Record<string, unknown>[]> {
  const query = askedFor(withoutTests(new URL(address, "https://console.example")));
  query.set("limit", "100");
  const answer = await api.call("GET", `/api/conversions?${query}`, undefined, token);
  expect(answer.status, `${address}: ${answer.text}`).toBe(200);
  return JSON.parse(answer.text).items;
}

const micros = (text: string) => Math.round(Number(text) * 1e6);

const COMPARED = [
  ...["clicked", "occurred"].map((clock) => `there_clock=${clock}`),
  "clock=occurred&there_clock=received",
  "there_tz=Asia/Kathmandu",
  "tz=America/New_York&there_tz=Asia/Tokyo&clock=clicked",
  "there_test=true",
  "there_test=true&there_stand=all",
  ...["standing", "approved", "payable"].map((stand) => `there_stand=${stand}`),
  "there_clock=occurred&there_tz=Europe/Berlin&there_test=true&there_stand=payable",
  "offer=hats&there_clock=clicked",
  "test=true&there_clock=occurred",
];

test.each(
  COMPARED.flatMap((compared) => (["admin", "advertiser", "affiliate"] as const).map((role) => ({ compared, role }))),
)("$compared, for the role $role", async ({ compared, role }) => {
  const money = { admin: ["margin", "amount"], advertiser: ["revenue"], affiliate: ["payout"] }[role];
  for (const metric of ["conversions", ...money]) {
    const answer = await api.call(
      "GET",
      `/api/differences?metric=${metric}&${RANGE}&${compared}`,
      undefined,
      tokens[role],
    );
    expect(answer.status, answer.text).toBe(200);
    const { figures }: Explanation = JSON.parse(answer.text);
    for (const { currency, here, there, difference, parts, unexplained } of figures) {
      const said = `${role} ${metric} ${compared} ${currency}: ${answer.text}`;
      expect(micros(unexplained), said).toBe(0);
      expect(micros(here) + micros(difference), said).toBe(micros(there));
      expect(
        parts.reduce((sum, part) => sum + micros(part.figure), 0),
        said,
      ).toBe(micros(difference));
      for (const part of parts) {
        const rows = await listed(part.list ?? "", tokens[role]);
        expect(rows.length, `${part.reason} ${part.list} ${said}`).toBe(part.rows);
        const worth = (row: Record<string, unknown>) =>
          metric === "conversions"
            ? 1
            : metric === "margin"
              ? Number(row.revenue) - Number(row.payout)
              : Number(row[metric] ?? 0);
        expect(rows.reduce((sum, row) => sum + worth(row), 0)).toBeCloseTo(Math.abs(Number(part.figure)), 5);
      }
    }
  }
});

test.each([
  ["metric=payout&status=approved&there_stand=payable", 400, "there_stand"],
  ["metric=conversions&there_currency=EUR", 400, "Only money"],
  ["metric=epc", 400, "metric"],
])("%s is refused", async (query, status, why) => {
  const answer = await api.call("GET", `/api/differences?${RANGE}&${query}`);
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(why)]);
});

test("who may not see a figure is not told what it differs by", async () => {
  const answer = await api.call(
    "GET",
    `/api/differences?${RANGE}&metric=margin&there_test=true`,
    undefined,
    tokens.affiliate,
  );
  expect(answer.status).toBe(400);
  expect(answer.text).toContain("It is not for the role affiliate");
});

test("the page says the same in words, and leads each part to its rows", async () => {
  const cookie = await api.signIn();
  const page = await api.fetch("/why?metric=amount&from=2026-11-01&until=2026-11-02&there_test=true&tz=UTC", {
    authorization: "",
    cookie,
  });
  const html = await page.text();
  expect(page.status).toBe(200);
  const words = html.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  expect(words).toMatch(/The report says .* Tests, which a report leaves out\. .* What it is compared with/);
  expect(html).toMatch(/href="\/conversions\?[^"]*test=true[^"]*currency=/);
});
