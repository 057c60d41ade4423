/** Reports in one currency besides: every converted cell by the rates told, the total their sum, what is exact untouched, and nothing told of what is not known. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AnsweredReport } from "../../workers/console/reports/converted.ts";
import { convertedInWords, convertSum } from "../../workers/core/rates/convert-sum.ts";
import { conversionRow, plantBooks } from "../console/books.ts";
import { type Console, startConsole } from "../console/console.ts";

const RANGE = "from=2026-10-31&to=2026-12-01&metrics=conversions,revenue,payout,epc";
const ROWS = 30;
const CURRENCIES = ["USD", "EUR", "JPY"] as const;

let api: Console;

beforeAll(async () => {
  api = await startConsole();
  const planted = Array.from({ length: ROWS }, (_, number) =>
    conversionRow(number, { currency: CURRENCIES[number % 3] ?? "USD" }),
  );
  await plantBooks(api.env, planted);
  const rates = [
    { currency: "USD", day: "2026-11-27", rate: "1.0853" },
    { currency: "JPY", day: "2026-11-27", rate: "162.41" },
    // Of a day that the range does not reach.
    { currency: "USD", day: "2026-12-01", rate: "2" },
  ];
  for (const { currency, day, rate } of rates)
    await api.env.DB.prepare("INSERT INTO rates (currency, day, per_euro, source, set_at) VALUES (?, ?, ?, 'ecb', 0)")
      .bind(currency, day, rate)
      .run();
});
afterAll(() => api.stop());

async function report(query: string): Promise<AnsweredReport> {
  const answer = await api.call("GET", `/api/reports?${RANGE}${query}`);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text);
}

test("what is exact is as without, and what is converted stands beside it and says so", async () => {
  const [plain, made] = [await report("&group_by=affiliate"), await report("&group_by=affiliate&currency=usd")];
  expect(plain.converted).toBeNull();
  const exact = (rows: AnsweredReport["rows"]) =>
    rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !name.includes("_converted_"))));
  expect(exact(made.rows)).toEqual(plain.rows);
  expect(exact(made.totals)).toEqual(plain.totals);
  expect(
    made.columns.filter(({ converted_to }) => converted_to === "USD").map(({ name, label }) => [name, label]),
  ).toEqual([
    ["revenue_converted_usd", "Revenue, in USD"],
    ["payout_converted_usd", "Payout, in USD"],
    ["epc_converted_usd", "EPC, in USD"],
  ]);
  expect(plain.columns.some(({ converted_to }) => converted_to !== undefined)).toBe(false);
});

test("by the rates of the range's last day, and the total is the sum of the totals", async () => {
  const { converted, totals } = await report("&currency=USD");
  expect(converted).toMatchObject({
    currency: "USD",
    day: "2026-11-30",
    unknown: [],
    rates: [
      { currency: "EUR", rate: "1.0853", day: "2026-11-27" },
      { currency: "JPY", rate: "0.006682470291", day: "2026-11-27" },
      { currency: "USD", rate: "1", day: "2026-11-30" },
    ],
  });
  const rate = new Map(converted?.rates.map((one) => [one.currency, Number(one.rate)]));
  for (const row of totals)
    expect(Number(row.revenue_converted_usd)).toBeCloseTo(
      Number(row.revenue) * (rate.get(String(row.currency)) ?? 0),
      2,
    );
  const sum = totals.reduce((all, row) => all + Number(row.revenue_converted_usd), 0);
  expect(sum).toBeGreaterThan(0);
  expect(Number(converted?.total.revenue_converted_usd)).toBeCloseTo(sum, 6);
  expect(converted?.total.epc_converted_usd).toBeNull();
});

test("files have the columns under names that say what they are", async () => {
  const answer = await api.fetch(`/api/reports?${RANGE}&currency=USD&format=csv`);
  expect((await answer.text()).split("\r\n")[0]).toBe(
    "currency,conversions,revenue,revenue_converted_usd,payout,payout_converted_usd,epc,epc_converted_usd",
  );
});

test("without a rate nothing is told of a currency, and no total", async () => {
  const { converted, totals } = await report("&currency=GBP");
  expect(converted).toMatchObject({ unknown: ["EUR", "JPY", "USD"], rates: [] });
  expect(converted?.total.revenue_converted_gbp).toBeNull();
  expect(totals.map((row) => row.revenue_converted_gbp)).toEqual([null, null, null]);
  expect((await api.call("GET", `/api/reports?${RANGE}&currency=dollars`)).status).toBe(400);
});

test.each([
  [59_000_000n, "EUR", "USD", "59.00 EUR at 1.0853 of 2026-11-27 = 64.03 USD"],
  [-59_000_000n, "EUR", "USD", "-59.00 EUR at 1.0853 of 2026-11-27 = -64.03 USD"],
  [64_030_000n, "USD", "JPY", "64.03 USD at 149.6452594 of 2026-11-27 = 9582 JPY"],
  [1_234_567n, "USD", "USD", "1.234567 USD at 1 of 2026-11-30 = 1.234567 USD"],
  [10n ** 30n, "EUR", "USD", `1${"0".repeat(24)}.00 EUR at 1.0853 of 2026-11-27 = 10853${"0".repeat(20)}.00 USD`],
])("a sum of %s micros %s in %s is one line with its rate", (micros, currency, to, words) => {
  const rates = [
    { currency: "USD", day: "2026-11-27", perEuro: "1.0853" },
    { currency: "JPY", day: "2026-11-27", perEuro: "162.41" },
  ];
  const sum = convertSum({ micros, currency }, to, { rates, day: "2026-11-30" });
  expect(sum && convertedInWords(sum)).toBe(words);
  expect(convertSum({ micros, currency }, "GBP", { rates, day: "2026-11-30" })).toBeNull();
});
