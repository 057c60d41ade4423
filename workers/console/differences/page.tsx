/** Why a figure differs from what somebody else has: what the difference is made of, in words and numbers, each part with its rows. */

import { METRICS } from "../../core/metrics/definitions.ts";
import { STANDS } from "../../core/metrics/difference-steps.ts";
import { FILTERS, isDimensionSeenBy } from "../../core/metrics/dimensions.ts";
import { accept } from "../../core/result.ts";
import { EVERYONE, isSeenBy } from "../../core/roles.ts";
import { askedReport } from "../reports/page-address.ts";
import { figureText } from "../shell/figures.ts";
import type { Page } from "../shell/page.ts";
import { ChoiceFilter, FilterProblem, TextFilter } from "../shell/parts/filters.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Opening } from "../shell/parts/values.tsx";
import { zoneOf } from "../shell/zone.ts";
import { CLOCKS } from "../tables/export-table.ts";
import { pseudonymsFor } from "../web/caller.ts";
import { readQuery } from "../web/input.ts";
import { comparedIn, type DifferenceQuery, differenceParameters } from "./api.ts";
import { explainDifference } from "./explain.ts";
import { ASKED_METRICS, type ExplainedFigure, type ExplainedPart } from "./explained-figures.ts";

const OWN = ["metric", "there_clock", "there_tz", "there_test", "there_stand", "there_entries", "there_currency"];
const STAND_WORDS: Record<string, string> = {
  standing: "pending and approved",
  all: "every status, as an export has it",
  approved: "approved alone",
  payable: "approved and not held",
};

export const differencePage: Page = {
  path: "/why",
  roles: EVERYONE,
  async show({ env, user, url, request, nowMs }) {
    const { caller } = user;
    const { role } = caller;
    const explain = (query: DifferenceQuery) => {
      const { metric, report, there } = comparedIn(query);
      return explainDifference({ env, caller, metric, query: report, nowMs }, there);
    };
    const asked = askedReport(url, { role, timeZone: zoneOf(request), nowMs });
    const metrics = METRICS.filter((one) => isSeenBy(one, role) && ASKED_METRICS.some((name) => name === one.name));
    const parameters = new URLSearchParams(asked.parameters);
    for (const name of ["group_by", "metrics", "currency"]) parameters.delete(name);
    for (const name of OWN) {
      const value = url.searchParams.get(name);
      if (value) parameters.set(name, value);
    }
    if (!parameters.has("metric")) parameters.set("metric", "conversions");
    const query = readQuery(differenceParameters, parameters);
    const isAsked = OWN.slice(1).some((name) => url.searchParams.get(name)) || parameters.get("metric") === "clicks";
    const found = query.ok ? (isAsked ? await explain(query.value) : null) : query;
    const isTold = pseudonymsFor(caller) === null;
    return accept({
      title: "Why does this differ",
      body: (
        <>
          <Head above={["Reports", "/reports"]} title="Why does this differ">
            A figure of a report, beside what an export, another clock, another time zone or somebody else’s system has.
          </Head>
          <FilterProblem value={found !== null && !found.ok ? found.refusal : null}>
            <form method="get" action="/why" class="card" aria-label="The figure, and what it is compared with">
              <div class="filters">
                <ChoiceFilter
                  url={url}
                  name="metric"
                  label="Figure"
                  any="Conversions"
                  options={metrics
                    .filter(({ name }) => name !== "conversions")
                    .map(({ name, label }) => ({ value: name, label }))}
                />
                <label>
                  <span>From</span>
                  <input type="date" name="from" value={asked.from} />
                </label>
                <label>
                  <span>Until</span>
                  <input type="date" name="until" value={asked.until} />
                </label>
                <TextFilter url={url} name="tz" label="Time zone" placeholder={asked.timeZone} />
                <ChoiceFilter
                  url={url}
                  name="clock"
                  label="By the time"
                  any="received"
                  options={CLOCKS.filter((clock) => clock !== "received")}
                />
                {FILTERS.filter((name) => url.searchParams.get(name) && isDimensionSeenBy(name, role, isTold)).map(
                  (name) => (
                    <TextFilter url={url} name={name} label={name.replaceAll("_", " ")} />
                  ),
                )}
              </div>
              <h2>Compared with</h2>
              <div class="filters">
                <ChoiceFilter url={url} name="there_clock" label="Their time" any="the same" options={CLOCKS} />
                <TextFilter url={url} name="there_tz" label="Their time zone" placeholder="the same" />
                <ChoiceFilter
                  url={url}
                  name="there_test"
                  label="Tests"
                  any="left out"
                  options={[{ value: "true", label: "counted" }]}
                />
                <ChoiceFilter
                  url={url}
                  name="there_stand"
                  label="They count"
                  any="the same"
                  options={STANDS.map((value) => ({ value, label: STAND_WORDS[value] ?? value }))}
                />
                <ChoiceFilter
                  url={url}
                  name="there_entries"
                  label="An export of"
                  any="conversions"
                  options={[{ value: "true", label: "entries" }]}
                />
                <TextFilter url={url} name="there_currency" label="All converted to" placeholder="EUR" />
              </div>
              <div class="form-actions">
                <button type="submit" class="primary">
                  Explain
                </button>
              </div>
            </form>
          </FilterProblem>
          {found === null ? (
            <Notice tone="info">
              Say what the figure is compared with: their time, zone, tests, status or currency.
            </Notice>
          ) : found.ok ? (
            found.value.figures.map((one) => <Explained figure={one} name={found.value.metric} />)
          ) : (
            <Notice tone="bad">{found.refusal.detail}</Notice>
          )}
        </>
      ),
    });
  },
};

function Explained({ figure, name }: { figure: ExplainedFigure; name: string }) {
  const { currency, here, there, parts, unexplained } = figure;
  const unit = currency === null ? ("count" as const) : ("money" as const);
  const text = (value: string) => figureText({ value, currency }, { name, unit });
  const rows: ExplainedPart[] = [
    { reason: "here", says: "The report says", rows: null, figure: here, list: null },
    ...parts,
    ...(Number(unexplained) === 0
      ? []
      : [
          {
            reason: "unexplained",
            says: "Settled while this was counted: look again.",
            rows: null,
            figure: unexplained,
            list: null,
          },
        ]),
    { reason: "there", says: "What it is compared with", rows: null, figure: there, list: null },
  ];
  return (
    <Card title={currency ?? "What it is made of"} flush>
      <Table
        label={currency ?? "What it is made of"}
        columns={[
          { name: "What", cell: ({ says }: ExplainedPart) => <span class="words">{says}</span> },
          { name: "Rows", number: true, cell: ({ rows: count }) => count?.toLocaleString("en") ?? "" },
          {
            name: "Figure",
            number: true,
            cell: ({ reason, figure: value, list }) => (
              <Opening
                text={
                  reason === "here" || reason === "there" || value.startsWith("-") ? text(value) : `+${text(value)}`
                }
                href={list}
              />
            ),
          },
        ]}
        rows={rows}
        empty={null}
      />
    </Card>
  );
}
