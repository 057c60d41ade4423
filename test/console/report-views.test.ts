/** Reports as they are looked at and taken away: figures, movements, periods in the viewer's zone, the page's address, and Parquet. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { currenciesOf, figuresOf, movementOf } from "../../workers/console/overview/movements.ts";
import { readPeriod } from "../../workers/console/overview/periods.ts";
import { askedReport, readReportQuery } from "../../workers/console/reports/page-address.ts";
import type { Report } from "../../workers/console/reports/report.ts";
import { reportParquet } from "../../workers/console/reports/report-parquet.ts";
import { slotsOf } from "../../workers/console/reports/slots.ts";
import { readSort, sortRows } from "../../workers/console/reports/table.tsx";
import { figureText, rounded } from "../../workers/console/shell/figures.ts";
import { isAverage, METRICS } from "../../workers/core/metrics/definitions.ts";
import { formatMicros } from "../../workers/core/money.ts";
import { openParquet } from "../../workers/core/parquet-reader.ts";

const REPORT: Report = {
  group_by: ["affiliate"],
  tz: "UTC",
  clock: "received",
  from: "2026-11-01T00:00:00.000Z",
  to: "2026-11-02T00:00:00.000Z",
  rows_from: null,
  columns: [
    { name: "affiliate", label: "Affiliate", unit: "dimension" },
    { name: "currency", label: "Currency", unit: "dimension" },
    { name: "clicks", label: "Clicks", unit: "count" },
    { name: "revenue", label: "Revenue", unit: "money" },
    { name: "conversion_rate", label: "Conversion rate", unit: "share" },
    { name: "reasons", label: "Reasons", unit: "counts" },
  ],
  rows: [
    {
      affiliate: "blog",
      currency: "USD",
      clicks: 12,
      revenue: "-1.50",
      conversion_rate: 0.083333,
      reasons: { stale: 2 },
    },
    {
      affiliate: "=SUM(1)",
      currency: "EUR",
      clicks: 0,
      revenue: "9007199254.740993",
      conversion_rate: null,
      reasons: {},
    },
    { affiliate: null, currency: null, clicks: 7, revenue: "0.00", conversion_rate: 1e-6, reasons: {} },
  ],
  totals: [],
  absent: [],
};

test("Parquet holds every value of a report, to the last digit", async () => {
  const parts = reportParquet(REPORT);
  const read = openParquet(new Uint8Array(Buffer.concat(parts)));
  const rows: unknown[] = [];
  for await (const group of read.groups()) rows.push(...group);
  expect(read.columns.map(({ kind }) => kind)).toEqual(["text", "text", "whole", "sum", "sum", "text"]);
  expect(rows).toEqual([
    ["blog", "USD", 12, "-1500000", "83333", '{"stale":2}'],
    ["=SUM(1)", "EUR", 0, "9007199254740993", null, "{}"],
    [null, null, 7, "0", "1", "{}"],
  ]);
});

test("a report without rows is a file all the same", () => {
  expect(openParquet(new Uint8Array(Buffer.concat(reportParquet({ ...REPORT, rows: [] })))).rowCount).toBe(0);
});

describe("figures", () => {
  test.each([
    ["0.005", "0.01"],
    ["0.004999", "0.00"],
    ["-0.004", "0.00"],
    ["-0.005", "-0.01"],
    ["1.5", "1.50"],
    ["14.89625", "14.90"],
    ["9007199254.740993", "9007199254.74"],
    ["12", "12.00"],
  ])("%s is shown as %s", (decimal, expected) => {
    expect(rounded(decimal)).toBe(expected);
  });

  test("what is shown is never further off than half a hundredth", () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 15n), 10n ** 15n), (micros) => {
        const shown = BigInt(rounded(formatMicros(micros)).replace(".", "")) * 10_000n;
        const gap = shown - micros;
        expect(gap <= 5_000n && gap >= -5_000n).toBe(true);
      }),
    );
  });

  test("every tile has the currencies in one order: by their conversions, whatever a metric comes to", () => {
    const rows = [
      { currency: "JPY", conversions: 3, revenue: "90000", payout: "0" },
      { currency: "USD", conversions: 20, revenue: "5.00", payout: "7.00" },
      { currency: "EUR", conversions: 3, revenue: "1.00", payout: "9.00" },
      { currency: null, conversions: 99 },
    ];
    const order = (name: string) => figuresOf(rows, { name, label: "", unit: "money" }).map(({ currency }) => currency);
    expect(currenciesOf(rows)).toEqual(["USD", "EUR", "JPY"]);
    expect([order("revenue"), order("payout")]).toEqual([currenciesOf(rows), currenciesOf(rows)]);
  });

  test("money stands by currency; counts are added; a share is the one that is there", () => {
    const money = { name: "revenue", label: "Revenue", unit: "money" } as const;
    expect(figuresOf(REPORT.rows, money)).toEqual([
      { value: "9007199254.740993", currency: "EUR" },
      { value: "-1.50", currency: "USD" },
    ]);
    expect(figuresOf(REPORT.rows, { name: "clicks", label: "Clicks", unit: "count" })).toEqual([
      { value: 19, currency: null },
    ]);
    const share = { name: "match_rate", label: "", unit: "share" } as const;
    expect(figuresOf([{ currency: "USD" }, { currency: null, match_rate: 0.97 }], share)).toEqual([
      { value: 0.97, currency: null },
    ]);
  });

  test("the rate of conversions is one, whatever the currencies", () => {
    const rows = [
      { currency: "USD", clicks: 90, conversions: 9, conversion_rate: 0.1 },
      { currency: "EUR", clicks: 10, conversions: 10, conversion_rate: 1 },
    ];
    expect(figuresOf(rows, { name: "conversion_rate", label: "", unit: "share" })).toEqual([
      { value: 0.19, currency: null },
    ]);
  });

  test.each([
    ["clicks", "count", 150, 100, { text: "▲ 50 %", tone: "good" }],
    ["clicks", "count", 97, 100, { text: "▼ 3.0 %", tone: "quiet" }],
    ["clicks", "count", 100, 100, { text: "as before", tone: "quiet" }],
    ["refused", "count", 20, 10, { text: "▲ 100 %", tone: "bad" }],
    ["refused", "count", 5, 10, { text: "▼ 50 %", tone: "good" }],
    ["match_rate", "share", 0.9, 0.95, { text: "▼ 5.0 pts", tone: "bad" }],
    ["revenue", "money", "5.00", "0.00", null],
  ] as const)("%s (%s) %s after %s", (name, unit, now, before, expected) => {
    const figure = (value: string | number) => ({ value, currency: null });
    const { text, tone } = movementOf(figure(now), figure(before), { name, label: "", unit }) ?? {
      text: null,
      tone: null,
    };
    expect({ text: text?.replaceAll("\u00a0", " ") ?? null, tone }).toEqual(expected ?? { text: null, tone: null });
  });

  test.each([
    [0.9731, "share", "97.3 %"],
    [1204, "count", "1,204"],
    [300, "seconds", "5 min"],
  ] as const)("%s %s reads %s", (value, unit, expected) => {
    // A unit stays on the line of its number.
    expect(figureText({ value, currency: null }, { name: "any", unit })).toBe(expected.replaceAll(" ", "\u00a0"));
  });

  test.each([
    ["-1234567.50", "USD", "-1,234,567.50"],
    ["14.89625", "USD", "14.89625"],
    ["1500.00", "JPY", "1,500"],
    ["1500.50", "JPY", "1,500.5"],
    ["1.50", "KWD", "1.500"],
    ["9007199254740.993001", "EUR", "9,007,199,254,740.993001"],
  ])("%s %s reads %s, to the last digit", (value, currency, expected) => {
    expect(figureText({ value, currency }, { name: "payout", unit: "money" })).toBe(expected);
  });

  test("money per piece, which adds up to nothing, is rounded for the eye", () => {
    expect(figureText({ value: "0.083333", currency: "USD" }, { name: "epc", unit: "money" })).toBe("0.08");
    expect(METRICS.filter(({ name }) => isAverage(name)).map(({ name }) => name)).toEqual(["epc", "cpa", "aov", "ltv"]);
  });
});

describe("periods", () => {
  const HOUR_MS = 3_600_000;

  test("today is cut in the viewer's zone, and so is the same time a week ago, across a change of the clocks", () => {
    // Monday after the change of 25 October 2026: the Monday before had summer time.
    const period = readPeriod("today", "Europe/Berlin", Date.parse("2026-10-26T09:50:00Z"));
    expect(new Date(period.now.fromMs).toISOString()).toBe("2026-10-25T23:00:00.000Z");
    expect(new Date(period.before.fromMs).toISOString()).toBe("2026-10-18T22:00:00.000Z");
    expect(period.now.toMs - period.now.fromMs).toBe(11 * HOUR_MS);
    expect(period.before.toMs - period.before.fromMs).toBe(11 * HOUR_MS);
  });

  test("the day on which the clocks change has 25 hours", () => {
    const { whole } = readPeriod("today", "Europe/Berlin", Date.parse("2026-10-25T12:00:00Z"));
    const slots = slotsOf("hour", "Europe/Berlin", whole);
    expect(slots).toHaveLength(25);
    expect(slots.slice(2, 4)).toEqual(["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"]);
  });

  test("28 days are 28 slots, the last one today", () => {
    const { whole } = readPeriod("month", "America/New_York", Date.parse("2026-11-23T02:00:00Z"));
    const slots = slotsOf("day", "America/New_York", whole);
    expect([slots.length, slots[0], slots.at(-1)]).toEqual([28, "2026-10-26", "2026-11-22"]);
  });
});

describe("the address of a report", () => {
  const viewer = { role: "admin", timeZone: "Europe/Berlin", nowMs: Date.parse("2026-11-23T23:30:00Z") } as const;
  const asked = (query: string) => askedReport(new URL(`https://console.example/reports?${query}`), viewer);

  test("what is left out is the last 28 days by affiliate, in the viewer's zone", () => {
    expect(Object.fromEntries(asked("").parameters)).toMatchObject({
      group_by: "affiliate",
      from: "2026-10-28",
      to: "2026-11-25",
      tz: "Europe/Berlin",
    });
  });

  test("lists of a form become lists with commas, empty fields nothing, and the last day is inside", () => {
    const { parameters } = asked(
      "group_by=day&group_by=&group_by=offer&group_by=day&metrics=clicks&metrics=health&from=2026-11-01&until=2026-11-01&tz=UTC&offer=&event=sale",
    );
    expect(Object.fromEntries(parameters)).toEqual({
      group_by: "day,offer",
      metrics: "clicks,health",
      from: "2026-11-01",
      to: "2026-11-02",
      tz: "UTC",
      event: "sale",
    });
  });

  test("groups that are chosen to be none are none", () => {
    expect(asked("group_by=").groups).toEqual([]);
  });

  test.each([["tz=Nowhere/Land"], ["group_by=colour"], ["metrics=luck"], ["clock=yesterday"]])(
    "%s is refused, and stays in the form",
    (query) => {
      const { parameters } = asked(query);
      expect(readReportQuery(asked(query)).ok).toBe(false);
      expect(parameters.toString()).toContain(new URLSearchParams(query).toString());
    },
  );

  test("rows are sorted by any column, what has no value last", () => {
    const names = (sort: string | null) => sortRows(REPORT, readSort(sort, REPORT)).map(({ affiliate }) => affiliate);
    expect(names("clicks")).toEqual(["=SUM(1)", null, "blog"]);
    expect(names("-clicks")).toEqual(["blog", null, "=SUM(1)"]);
    expect(names("-affiliate")).toEqual(["blog", "=SUM(1)", null]);
    expect(names("conversion_rate")).toEqual([null, "blog", "=SUM(1)"]);
    // By itself: the most revenue first.
    expect(names(null)).toEqual(["=SUM(1)", null, "blog"]);
    expect(names("no-such-column")).toEqual(["=SUM(1)", null, "blog"]);
  });
});
