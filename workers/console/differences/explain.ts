/** Why a figure of a report differs from what it is compared with: the parts of the difference, each with its rows, which add up to it to the last digit. */
import { type CountedStand, type CountedView, partsBetween, sayPart } from "../../core/metrics/difference-steps.ts";
import { FILTERS } from "../../core/metrics/dimensions.ts";
import { startOfDay } from "../../core/metrics/time-zone.ts";
import { addDecimals, formatMicros, readMicros } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { conversionFilters, totalConversions } from "../conversions/list.ts";
import type { Env } from "../env.ts";
import { answerReport } from "../reports/converted.ts";
import type { ReportQuery } from "../reports/plan.ts";
import { type Report, type ReportRow, runReport } from "../reports/report.ts";
import { listed } from "../reports/rows-behind.ts";
import type { Clock } from "../tables/export-table.ts";
import type { Caller } from "../web/caller.ts";
import { invalidQuery, readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";

/** Figures that can be asked of. Of a quotient, what stands above and below its line. */
export const ASKED_METRICS = ["conversions", "amount", "revenue", "payout", "margin", "clicks"] as const;
export type AskedMetric = (typeof ASKED_METRICS)[number];

/** So many conversions a part may have. */
const MOST_READ = 50_000;
const DAY = /^\d{4}-\d\d-\d\d$/;

/** What a figure is compared with; what is left out is as in the report. */
export interface ComparedWith {
  clock: Clock | null;
  timeZone: string | null;
  withTests: boolean;
  stand: CountedStand | null;
  /** Everything converted to this currency. */
  currency: string | null;
}

export interface ExplainedPart {
  reason: string;
  says: string;
  /** Conversions or clicks; null where it is money alone. */
  rows: number | null;
  /** Decimal text of money; signed. */
  figure: string;
  /** The address of its rows. */
  list: string | null;
}

/** Of one currency, or of counts, which have none. `unexplained` is what was settled while this was counted. */
export interface ExplainedFigure {
  currency: string | null;
  here: string;
  there: string;
  difference: string;
  parts: ExplainedPart[];
  unexplained: string;
}

export interface Explanation {
  metric: AskedMetric;
  from: string;
  to: string;
  figures: ExplainedFigure[];
}

interface Asked {
  env: Env;
  caller: Caller;
  metric: AskedMetric;
  /** The report's, of which groups and metrics are passed over. */
  query: ReportQuery;
  nowMs: number;
}

/** Refuses what a report refuses, comparisons that this figure cannot have, and parts of more conversions than are read. */
export async function explainDifference(asked: Asked, there: ComparedWith): Promise<Result<Explanation, Problem>> {
  if (there.currency !== null) return explainConverted(asked, there.currency);
  if (asked.metric === "clicks") return explainClicks(asked);
  return explainConversions(asked, there);
}

async function explainConversions(asked: Asked, compared: ComparedWith): Promise<Result<Explanation, Problem>> {
  const { env, caller, metric, query } = asked;
  if (query.status !== undefined && compared.stand !== null)
    return refuse(wrong("there_stand", "The report is of one status already: leave one of both out."));
  const isMoney = metric !== "conversions";
  const report = await figureOf(asked, {});
  if (!report.ok) return report;
  const { from, to, clock, tz } = report.value.report;
  const here: CountedView = {
    clock,
    fromMs: Date.parse(from),
    toMs: Date.parse(to),
    withTests: false,
    stand: "standing",
  };
  const zone = compared.timeZone ?? tz;
  const there: CountedView = {
    clock: compared.clock ?? clock,
    fromMs: dayIn(query.from, zone) ?? here.fromMs,
    toMs: dayIn(query.to, zone) ?? here.toMs,
    withTests: compared.withTests && query.test !== 1,
    stand: compared.stand ?? "standing",
  };
  const own = listFilters(query);
  const parts = await Promise.all(
    partsBetween(here, there, isMoney).map(async (part) => {
      const tests = query.test === 1 && part.filters.test === "false" ? { test: "true" } : {};
      const stands = query.status === undefined || part.filters.stands === undefined ? {} : { stands: "" };
      const filters = { ...own, ...part.filters, ...tests, ...stands };
      const address = new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ""));
      const sums = await sumsOf(env, caller, address);
      return sums.ok ? accept({ part, address, sums: sums.value }) : sums;
    }),
  );
  const compiled = await thereOf(asked, there);
  if (!compiled.ok) return compiled;
  const told: { part: (typeof parts)[number] & { ok: true } }[] = [];
  for (const part of parts) {
    if (!part.ok) return part;
    told.push({ part });
  }
  const held = told.find(({ part }) => part.value.part.reason === "held");
  const figures = currenciesIn(isMoney, [
    report.value.row,
    compiled.value,
    ...told.map(({ part }) => sumsRow(part.value.sums, metric)),
  ]).map((currency): ExplainedFigure => {
    const figure = (one: ReadonlyMap<string, string>) => one.get(currency ?? "") ?? "0";
    const explained = told.flatMap(({ part: { value } }): ExplainedPart[] => {
      const { part, address, sums } = value;
      const text = figure(sumsRow(sums, metric));
      const rows = sums
        .filter((one) => currency === null || one.currency === currency)
        .reduce((sum, one) => sum + one.conversions, 0);
      if (rows === 0) return [];
      const query = new URLSearchParams(address);
      if (currency !== null) query.set("currency", currency);
      if (!query.has("test")) query.set("test", "all");
      return [
        {
          reason: part.reason,
          says: sayPart(part),
          rows,
          figure: part.sign < 0 ? negative(text) : text,
          list: `/conversions?${query}`,
        },
      ];
    });
    const whole = figure(compiled.value);
    const notPayable = held === undefined ? "0" : figure(sumsRow(held.part.value.sums, metric));
    return added(currency, figure(report.value.row), addDecimals([whole, negative(notPayable)]), explained);
  });
  return accept({ metric, from, to, figures });
}

type Sums = { currency: string; conversions: number; amount: string; revenue?: string; payout?: string }[];

/** What these conversions come to. Refuses more than are read. */
async function sumsOf(env: Env, caller: Caller, address: URLSearchParams): Promise<Result<Sums, Problem>> {
  const query = readQuery(conversionFilters, address);
  if (!query.ok) return query;
  const totals = await totalConversions(env, caller, query.value, MOST_READ);
  if (!totals.ok) return totals;
  const { complete, sums } = totals.value;
  return complete
    ? accept(sums)
    : refuse(
        wrong(
          "from",
          `A part of this difference has more than ${MOST_READ} conversions: shorten the range, or filter.`,
        ),
      );
}

/** The metric of sums by currency; of conversions, which have no currency, by the empty one. */
function sumsRow(sums: Sums, metric: AskedMetric): Map<string, string> {
  if (metric === "conversions")
    return new Map([["", String(sums.reduce((sum, { conversions }) => sum + conversions, 0))]]);
  return new Map(sums.map((one) => [one.currency, moneyOf(one, metric)]));
}

function moneyOf({ amount, revenue = "0", payout = "0" }: Sums[number], metric: AskedMetric): string {
  if (metric === "margin") return addDecimals([revenue, negative(payout)]);
  return metric === "amount" ? amount : metric === "revenue" ? revenue : payout;
}

/** The report's figure, by currency. */
async function figureOf(
  { env, caller, metric, query, nowMs }: Asked,
  otherwise: Partial<ReportQuery>,
  metrics: readonly string[] = [metric],
): Promise<Result<{ report: Report; row: Map<string, string> }, Problem>> {
  const { group_by: _, currency: __, format: ___, ...rest } = query;
  const made = await runReport(env, caller, { ...rest, ...otherwise, metrics: [...metrics] }, nowMs);
  if (!made.ok) return made;
  const absent = made.value.absent[0];
  if (absent !== undefined) return refuse(wrong("metric", absent.because));
  return accept({ report: made.value, row: rowOf(made.value.totals, metric, metrics) });
}

function rowOf(totals: readonly ReportRow[], metric: AskedMetric, metrics: readonly string[]): Map<string, string> {
  const isMoney = metric !== "conversions" && metric !== "clicks";
  const row = new Map<string, string>();
  for (const total of totals) {
    const key = isMoney ? String(total.currency ?? "") : "";
    const values = metrics.map((name) => String(total[name] ?? 0));
    row.set(key, addDecimals([row.get(key) ?? "0", ...values]));
  }
  return row;
}

/** What the other side says, out of reports of its own. */
async function thereOf(asked: Asked, view: CountedView): Promise<Result<Map<string, string>, Problem>> {
  const { metric, query } = asked;
  const every = ["pending", "approved", "rejected", "reversed"];
  const metrics = metric === "conversions" && view.stand === "all" ? every : [metric];
  const { clock } = view;
  const range = { from: new Date(view.fromMs).toISOString(), to: new Date(view.toMs).toISOString() };
  const status = view.stand === "approved" || view.stand === "payable" ? { status: "approved" as const } : {};
  const whole = new Map<string, string>();
  for (const test of view.withTests ? [0, 1] : [query.test ?? 0]) {
    const own = isClock(clock) ? { clock } : {};
    const made = await figureOf(asked, { ...range, ...own, ...status, test: test === 1 ? 1 : 0 }, metrics);
    if (!made.ok) return made;
    for (const [currency, figure] of made.value.row)
      whole.set(currency, addDecimals([whole.get(currency) ?? "0", figure]));
  }
  return accept(whole);
}

function isClock(name: string): name is Clock {
  return name === "received" || name === "clicked" || name === "occurred";
}

/** Every currency besides the one that is asked for, as much as it comes to there. */
async function explainConverted(
  { env, caller, metric, query, nowMs }: Asked,
  currency: string,
): Promise<Result<Explanation, Problem>> {
  if (metric === "conversions" || metric === "clicks")
    return refuse(wrong("there_currency", "Only money has a currency: ask of amount, revenue, payout or margin."));
  const { group_by: _, format: __, ...rest } = query;
  const made = await answerReport(env, caller, { ...rest, metrics: [metric], currency }, nowMs);
  if (!made.ok) return made;
  const { totals, columns, converted, from, to } = made.value;
  const column = columns.find(({ converted_to }) => converted_to === currency)?.name ?? "";
  const there = converted?.total[column] ?? null;
  if (converted === null || typeof there !== "string")
    return refuse(
      wrong("there_currency", `No rate of ${converted?.unknown.join(", ") || currency} is known for that day.`),
    );
  const here = String(totals.find((row) => row.currency === currency)?.[metric] ?? "0");
  const filters = {
    ...listFilters(query),
    clock: made.value.clock,
    from,
    to,
    test: query.test === 1 ? "true" : "false",
  };
  const parts = totals
    .filter((row) => typeof row.currency === "string" && row.currency !== currency)
    .map((row): ExplainedPart => {
      const rate = converted.rates.find((one) => one.currency === row.currency);
      return {
        reason: "converted",
        says: `${row[metric]} ${row.currency}, at ${rate?.rate ?? "?"} of ${rate?.day ?? converted.day}.`,
        rows: null,
        figure: String(row[column] ?? "0"),
        list: `/conversions?${new URLSearchParams({ ...filters, currency: String(row.currency) })}`,
      };
    });
  return accept({ metric, from, to, figures: [added(currency, here, there, parts)] });
}

/** Clicks that are counted apart, or not again. */
async function explainClicks(asked: Asked): Promise<Result<Explanation, Problem>> {
  const { query, caller } = asked;
  const names = ["clicks", "bots", "embedded"] as const;
  const figures = await Promise.all(names.map((name) => figureOf(asked, {}, [name])));
  const counts: string[] = [];
  for (const one of figures) {
    if (!one.ok) return one;
    counts.push(one.value.row.get("") ?? "0");
  }
  const [clicks = "0", bots = "0", embedded = "0"] = counts;
  const [first] = figures;
  const { from = "", to = "" } = first?.ok ? first.value.report : {};
  const listOf = (kind: string) =>
    caller.scope === "everything"
      ? `/api/exports/clicks.csv?${new URLSearchParams({ ...listFilters(query), from, to, kind, test: "false" })}`
      : null;
  const part = (reason: string, says: string, count: string): ExplainedPart[] =>
    Number(count) === 0 ? [] : [{ reason, says, rows: Number(count), figure: whole(count), list: listOf(reason) }];
  const parts = [
    ...part("bot", "Bots: known by what they say of themselves, or by how they click.", bots),
    ...part("embedded", "Embedded: loaded by a page as an image, frame or script, and followed by nobody.", embedded),
  ];
  const there = addDecimals([clicks, bots, embedded]);
  return accept({ metric: "clicks", from, to, figures: [added(null, clicks, there, parts)] });
}

function added(currency: string | null, here: string, there: string, parts: ExplainedPart[]): ExplainedFigure {
  const difference = addDecimals([there, negative(here)]);
  const unexplained = addDecimals([difference, ...parts.map(({ figure }) => negative(figure))]);
  const written = currency === null ? whole : (text: string) => text;
  return {
    currency,
    here: written(addDecimals([here])),
    there: written(addDecimals([there])),
    difference: written(difference),
    parts: parts.map((part) => ({ ...part, figure: written(addDecimals([part.figure])) })),
    unexplained: written(unexplained),
  };
}

/** Of counts no decimals. */
function whole(text: string): string {
  return text.replace(/\.0+$/, "");
}

function currenciesIn(isMoney: boolean, rows: readonly ReadonlyMap<string, string>[]): (string | null)[] {
  if (!isMoney) return [null];
  return [...new Set(rows.flatMap((row) => [...row.keys()]))].filter((one) => one !== "").sort();
}

/** The report's filters as the list has them. */
function listFilters(query: ReportQuery): Record<string, string> {
  return Object.fromEntries(
    FILTERS.flatMap((name) => {
      const given = query[name];
      return given === undefined ? [] : [listed(name, given)];
    }),
  );
}

/** Where a day begins in this zone; null for what is no day. */
function dayIn(text: string | undefined, zone: string): number | null {
  return text !== undefined && DAY.test(text) ? startOfDay(zone, Date.parse(text)) : null;
}

function negative(decimal: string): string {
  return formatMicros(-readMicros(decimal));
}

function wrong(parameter: string, detail: string): Problem {
  return invalidQuery([{ parameter, detail }]);
}
