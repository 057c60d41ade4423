/** Why a report's money differs from an export of entries: a report has conversions as they are now, by when each came; entries say what was booked when. */
import { formatInstant } from "../../core/instant.ts";
import { addDecimals } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { MONEY, totalConversions } from "../conversions/list.ts";
import { conversionsTable } from "../tables/conversions.ts";
import { entriesTable } from "../tables/entries.ts";
import { microsColumn, type Summed, sumsOf } from "../tables/list-sums.ts";
import { lookedAt, type NewestRows, partsOf } from "../tables/looked-at.ts";
import { type ExportQuery, exportParameters, type Selection, select } from "../tables/selection.ts";
import { whereOf } from "../tables/sql-condition.ts";
import { readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import {
  type AskedDifference,
  added,
  type ComparedWith,
  type CurrencySums,
  currenciesIn,
  dayIn,
  type ExplainedPart,
  type Explanation,
  figureOf,
  listFilters,
  MOST_READ,
  moneyOf,
  negative,
  wrong,
} from "./explained-figures.ts";

type Filters = Record<string, string>;

interface EntryPart {
  reason: string;
  sign: 1 | -1;
  says: string;
  /** Its entries, as the export is filtered for them. */
  filters: Filters;
  /** How they are read where the conversions say which they are. */
  booked?: { ofConversions: Filters; sql: string; atMs: number };
}

const entryQuery = exportParameters(entriesTable);
const conversionQuery = exportParameters(conversionsTable);

/** Refuses what a report refuses, figures that entries do not have, and parts of more rows than are read. */
export async function explainEntries(
  asked: AskedDifference,
  compared: ComparedWith,
): Promise<Result<Explanation, Problem>> {
  const { metric, query } = asked;
  const fault = whyNoEntries(asked, compared);
  if (fault !== null) return refuse(wrong("there_entries", fault));
  const report = await figureOf(asked, {});
  if (!report.ok) return report;
  const { from, to, clock, tz } = report.value.report;
  const zone = compared.timeZone ?? tz;
  const booked = {
    fromMs: dayIn(query.from, zone) ?? Date.parse(from),
    toMs: dayIn(query.to, zone) ?? Date.parse(to),
  };
  const ownTest = query.test === 1 ? "true" : "false";
  const own = { ...listFilters(query), test: ownTest };
  const withTests = compared.withTests && query.test !== 1;
  const range = { from: formatInstant(booked.fromMs), to: formatInstant(booked.toMs) };
  const there = await entrySums(asked, { ...own, ...range, ...(withTests ? { test: "" } : {}) });
  if (!there.ok) return there;
  const ofConversions = { ...own, clock, from, to };
  const within = { and_clock: clock, and_from: from, and_to: to };
  const parts: EntryPart[] = [
    ...(withTests
      ? [
          {
            reason: "tests",
            sign: 1,
            says: "Tests, which a report leaves out.",
            filters: { ...own, ...range, test: "true" },
          } as const,
        ]
      : []),
    {
      reason: "of_before",
      sign: 1,
      says: `Booked in this time, of conversions that were ${clock} before it: refunds, decisions and the like.`,
      filters: { ...own, ...range, and_clock: clock, and_to: from },
    },
    {
      reason: "of_after",
      sign: 1,
      says: `Booked in this time, of conversions that were ${clock} after it.`,
      filters: { ...own, ...range, and_clock: clock, and_from: to },
    },
    {
      reason: "booked_after",
      sign: -1,
      says: "Booked after this time, of conversions that are of it: a report has them as they are now.",
      filters: { ...own, from: range.to, ...within },
      booked: { ofConversions, sql: "e.received_at >= ?", atMs: booked.toMs },
    },
    {
      reason: "booked_before",
      sign: -1,
      says: "Booked before this time, of conversions that are of it.",
      filters: { ...own, to: range.from, ...within },
      booked: { ofConversions, sql: "e.received_at < ?", atMs: booked.fromMs },
    },
  ];
  const told: { part: EntryPart; sums: CurrencySums }[] = [];
  for (const part of parts) {
    const sums = await (part.booked ? bookedSums(asked, part.booked) : entrySums(asked, part.filters));
    if (!sums.ok) return sums;
    told.push({ part, sums: sums.value });
  }
  const rowOf = (sums: CurrencySums) => new Map(sums.map((one) => [one.currency, moneyOf(one, metric)]));
  const figures = currenciesIn(true, [
    report.value.row,
    rowOf(there.value),
    ...told.map(({ sums }) => rowOf(sums)),
  ]).map((currency) => {
    const explained = told.flatMap(({ part: { reason, says, sign, filters }, sums }): ExplainedPart[] => {
      const own = sums.find((one) => one.currency === currency);
      if (own === undefined || currency === null) return [];
      const figure = moneyOf(own, metric);
      const list = `/api/exports/entries.csv?${new URLSearchParams({ ...filters, currency })}`;
      return [{ reason, says, rows: own.conversions, figure: sign < 0 ? negative(figure) : figure, list }];
    });
    const figure = (one: ReadonlyMap<string, string>) => one.get(currency ?? "") ?? "0";
    return added(currency, figure(report.value.row), figure(rowOf(there.value)), explained);
  });
  return accept({ metric, from, to, figures });
}

function whyNoEntries({ metric, query }: AskedDifference, { clock, stand }: ComparedWith): string | null {
  if (metric === "conversions" || metric === "clicks")
    return "Entries have money, and a conversion has several: ask of amount, revenue, payout or margin.";
  if (clock !== null || stand !== null)
    return "Entries are by when they were received, whatever became of their conversion: leave there_clock and there_stand out.";
  if (query.status !== undefined || query.imported !== undefined)
    return "A status is the conversion's of today, and an export of entries has those of all, imported ones too: leave status and imported out.";
  return null;
}

/** What these entries come to, as many of them as `conversions`. */
async function entrySums(asked: AskedDifference, filters: Filters): Promise<Result<CurrencySums, Problem>> {
  const selection = await selected(asked, entriesTable, entryQuery, filters);
  if (!selection.ok) return selection;
  const { conditions } = selection.value;
  const joins = "CROSS JOIN conversions AS c ON c.conversion_id = e.conversion_id";
  return summed(asked, selection.value, [{ rows: entriesOf(selection.value), joins, conditions }]);
}

/** What entries of these conversions come to, those of a time: as many conversions are read as there are, and no entry of others. */
async function bookedSums(
  asked: AskedDifference,
  { ofConversions, sql, atMs }: NonNullable<EntryPart["booked"]>,
): Promise<Result<CurrencySums, Problem>> {
  const selection = await selected(asked, conversionsTable, conversionQuery, ofConversions);
  if (!selection.ok) return selection;
  const whole = await totalConversions(asked.env, asked.caller, selection.value.query, MOST_READ);
  if (!whole.ok) return whole;
  if (!whole.value.complete) return refuse(tooMany());
  const { conditions } = selection.value;
  const rows = lookedAt("c", partsOf(selection.value), conditions, MOST_READ);
  // Each is read by the key: of both together SQLite would make every entry there is.
  const each = ["entries", "first_entries"].map((table) => ({
    rows,
    joins: `CROSS JOIN ${table} AS e ON e.conversion_id = c.conversion_id`,
    conditions: [...conditions, { sql, values: [atMs] }],
  }));
  return summed(asked, selection.value, each);
}

async function selected<Table extends typeof entriesTable>(
  { env, caller }: AskedDifference,
  table: Table,
  parameters: typeof entryQuery,
  filters: Filters,
): Promise<Result<Selection & { query: ExportQuery }, Problem>> {
  const said = Object.entries(filters).filter(([, value]) => value !== "");
  const query = readQuery(parameters, new URLSearchParams(said));
  if (!query.ok) return query;
  const selection = await select(env, table, query.value, caller);
  return selection.ok ? accept({ ...selection.value, query: query.value }) : selection;
}

/** The entries of a selection's range, whatever else is asked of them. */
function entriesOf(selection: Selection): NewestRows {
  const columns = ["conversion_id", "seq", "kind", "status", "received_at", ...MONEY].map((name) => `e.${name}`);
  const parts = partsOf(selection).map(({ place, range }) => {
    const where = whereOf([...place.conditions, ...place.within(range)]);
    const sql = `SELECT ${columns.join(", ")} FROM ${place.from} ${where.sql} LIMIT ${MOST_READ}`;
    return { from: `(${sql}) AS e`, values: where.values };
  });
  return { alias: "e", parts, most: MOST_READ };
}

/** Both places of entries together, by currency. */
async function summed(
  { env }: AskedDifference,
  { columns }: Selection,
  each: readonly Pick<Summed, "rows" | "joins" | "conditions">[],
): Promise<Result<CurrencySums, Problem>> {
  const money = MONEY.filter((name) => columns.some((column) => column.name === name));
  const session = env.DB.withSession("first-primary");
  const sums = new Map<string, CurrencySums[number]>();
  for (const one of each) {
    const found = await sumsOf(session, {
      ...one,
      // More than one place may have so many.
      rows: { ...one.rows, most: 2 * MOST_READ },
      by: { currency: "c.currency" },
      money: Object.fromEntries(money.map((name) => [name, microsColumn(`e.${name}`)])),
    });
    if (!found.complete) return refuse(tooMany());
    for (const { count, by, money: own } of found.sums) {
      const { currency = "" } = by;
      const held = sums.get(currency);
      const total = { currency, conversions: (held?.conversions ?? 0) + count, amount: "0" };
      const figures = money.map((name) => [name, addDecimals([held?.[name] ?? "0", own[name] ?? "0"])] as const);
      sums.set(currency, { ...total, ...Object.fromEntries(figures) });
    }
  }
  return accept([...sums.values()]);
}

function tooMany(): Problem {
  return wrong(
    "from",
    `A part of this difference has more than ${MOST_READ} conversions or entries: shorten the range, or filter.`,
  );
}
