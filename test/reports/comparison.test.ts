/** A report beside that of another period: which days are meant, which rows belong together, and how a difference reads. */
import { expect, test } from "vitest";
import { comparedPeriod, pairRows } from "../../workers/console/reports/comparison.tsx";
import type { AnsweredReport } from "../../workers/console/reports/converted.ts";
import { ReportTable } from "../../workers/console/reports/table.tsx";

const period = (query: string, from: string, until: string) =>
  comparedPeriod(new URLSearchParams(query), { from, until });

test.each([
  ["compare=previous", "2026-11-08", "2026-11-14", { from: "2026-11-01", until: "2026-11-07" }],
  ["compare=previous", "2026-03-01", "2026-03-01", { from: "2026-02-28", until: "2026-02-28" }],
  ["compare=year", "2026-11-08", "2026-11-14", { from: "2025-11-08", until: "2025-11-14" }],
  ["compare=year", "2028-02-29", "2028-03-01", { from: "2027-02-28", until: "2027-03-01" }],
  ["compare=chosen&compare_from=2026-01-01", "2026-11-08", "2026-11-14", { from: "2026-01-01", until: "2026-01-07" }],
  ["compare=chosen&compare_from=2026-02-30", "2026-11-08", "2026-11-14", null],
  ["compare=chosen", "2026-11-08", "2026-11-14", null],
  ["", "2026-11-08", "2026-11-14", null],
])("%s of %s to %s", (query, from, until, expected) => {
  expect(period(query, from, until)).toEqual(expected);
});

const NOW: AnsweredReport = {
  ...{ group_by: ["affiliate"], tz: "UTC", clock: "received", converted: null, absent: [], rows_from: null },
  ...{ from: "2026-11-08T00:00:00.000Z", to: "2026-11-15T00:00:00.000Z" },
  columns: [
    { name: "affiliate", label: "Affiliate", unit: "dimension" },
    { name: "currency", label: "Currency", unit: "dimension" },
    { name: "conversions", label: "Conversions", unit: "count" },
    { name: "reversed", label: "Reversed", unit: "count" },
    { name: "payout", label: "Payout", unit: "money" },
  ],
  rows: [{ affiliate: "blog", currency: "USD", conversions: 15, reversed: 4, payout: "30.50" }],
  totals: [{ currency: "USD", conversions: 15, reversed: 4, payout: "30.50" }],
};
const BEFORE: AnsweredReport = {
  ...NOW,
  ...{ from: "2026-11-01T00:00:00.000Z", to: "2026-11-08T00:00:00.000Z" },
  rows: [
    { affiliate: "blog", currency: "USD", conversions: 10, reversed: 2, payout: "20.25" },
    { affiliate: "gone", currency: "USD", conversions: 3, reversed: 0, payout: "9.00" },
  ],
  totals: [{ currency: "USD", conversions: 13, reversed: 2, payout: "29.25" }],
};

test("what belongs together is by groups and currency, and what there was only before follows", () => {
  expect(pairRows(NOW.columns, NOW.rows, BEFORE.rows)).toEqual([
    { now: NOW.rows[0], before: BEFORE.rows[0] },
    { now: null, before: BEFORE.rows[1] },
  ]);
  const euros = NOW.rows.map((row) => ({ ...row, currency: "EUR" }));
  expect(pairRows(NOW.columns, euros, BEFORE.rows).map(({ before }) => before?.affiliate)).toEqual([
    undefined,
    "blog",
    "gone",
  ]);
});

test("a difference is told in figures and percent, good or bad by the metric's own sense, and opens what it was", () => {
  const url = new URL("https://console.example/reports");
  const html = String(
    ReportTable({ report: NOW, rows: NOW.rows, sort: null, url, parameters: new URLSearchParams(), before: BEFORE }),
  );
  expect(html).toMatch(/\+5 <span class="moved" data-tone="good">▲\u00a050\u00a0%/);
  expect(html).toMatch(/\+2 <span class="moved" data-tone="bad">▲\u00a0100\u00a0%/);
  expect(html).toContain("+10.25 ");
  expect(html).toMatch(/from <a href="\/conversions\?[^"]*affiliate=blog[^"]*to=2026-11-08[^"]*">20\.25<\/a>/);
  expect(html).toMatch(/gone.*from <a [^>]*affiliate=gone[^>]*>3<\/a>.*-3 /s);
  expect(html).not.toContain("NaN");
});
