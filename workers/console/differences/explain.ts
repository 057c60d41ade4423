/** Why a figure of a report differs from what it is compared with: the parts of the difference, each with its rows, which add up to it to the last digit. */
import { type CountedView, partsBetween, sayPart } from "../../core/metrics/difference-steps.ts";
import { addDecimals } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { conversionFilters, totalConversions } from "../conversions/list.ts";
import type { Env } from "../env.ts";
import { answerReport } from "../reports/converted.ts";
import type { Clock } from "../tables/export-table.ts";
import type { Caller } from "../web/caller.ts";
import { readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { explainEntries } from "./explain-entries.ts";
import {
  type AskedDifference,
  type AskedMetric,
  added,
  type ComparedWith,
  type CurrencySums,
  currenciesIn,
  dayIn,
  type ExplainedFigure,
  type ExplainedPart,
  type Explanation,
  figureOf,
  listFilters,
  MOST_READ,
  moneyOf,
  negative,
  whole,
  wrong,
} from "./explained-figures.ts";

/** Refuses what a report refuses, comparisons that this figure cannot have, and parts of more conversions than are read. */
export async function explainDifference(
  asked: AskedDifference,
  there: ComparedWith,
): Promise<Result<Explanation, Problem>> {
  if (there.withEntries && there.currency !== null)
    return refuse(wrong("there_entries", "Entries are in the currency of their conversion: leave there_currency out."));
  if (there.currency !== null) return explainConverted(asked, there.currency);
  if (there.withEntries) return explainEntries(asked, there);
  if (asked.metric === "clicks") return explainClicks(asked);
  return explainConversions(asked, there);
}

async function explainConversions(
  asked: AskedDifference,
  compared: ComparedWith,
): Promise<Result<Explanation, Problem>> {
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

/** What these conversions come to. Refuses more than are read. */
async function sumsOf(env: Env, caller: Caller, address: URLSearchParams): Promise<Result<CurrencySums, Problem>> {
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
function sumsRow(sums: CurrencySums, metric: AskedMetric): Map<string, string> {
  if (metric === "conversions")
    return new Map([["", String(sums.reduce((sum, { conversions }) => sum + conversions, 0))]]);
  return new Map(sums.map((one) => [one.currency, moneyOf(one, metric)]));
}

/** What the other side says, out of reports of its own. */
async function thereOf(asked: AskedDifference, view: CountedView): Promise<Result<Map<string, string>, Problem>> {
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
  { env, caller, metric, query, nowMs }: AskedDifference,
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
async function explainClicks(asked: AskedDifference): Promise<Result<Explanation, Problem>> {
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
