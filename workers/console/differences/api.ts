/** The call that says why a figure differs from what it is compared with. */
import * as v from "valibot";
import { STANDS } from "../../core/metrics/difference-steps.ts";
import { isTimeZone } from "../../core/metrics/time-zone.ts";
import { EVERYONE } from "../../core/roles.ts";
import { reportParameters } from "../reports/plan.ts";
import { CLOCKS } from "../tables/export-table.ts";
import { queryFlag } from "../tables/selection.ts";
import { call, NO_BODY } from "../web/call.ts";
import { currencyCode } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { explainDifference } from "./explain.ts";
import { ASKED_METRICS, type ComparedWith } from "./explained-figures.ts";

const { group_by: _, metrics: __, currency: ___, format: ____, bom: _____, ...ofReport } = reportParameters.entries;

export const differenceParameters = parameters({
  metric: v.picklist(ASKED_METRICS),
  ...ofReport,
  there_clock: v.exactOptional(v.picklist(CLOCKS)),
  there_tz: v.exactOptional(v.pipe(v.string(), v.check(isTimeZone, "Write a time zone such as Europe/Berlin or UTC."))),
  there_test: v.exactOptional(queryFlag),
  there_stand: v.exactOptional(v.picklist(STANDS)),
  there_entries: v.exactOptional(queryFlag),
  there_currency: v.exactOptional(currencyCode),
});
export type DifferenceQuery = v.InferOutput<typeof differenceParameters>;

/** What is asked, apart: the report's parameters, and what its figure is compared with. */
export function comparedIn(query: DifferenceQuery) {
  const { metric, there_clock, there_tz, there_test, there_stand, there_entries, there_currency, ...report } = query;
  const there: ComparedWith = {
    clock: there_clock ?? null,
    timeZone: there_tz ?? null,
    withTests: there_test === 1,
    stand: there_stand ?? null,
    withEntries: there_entries === 1,
    currency: there_currency ?? null,
  };
  return { metric, report, there };
}

const figure = v.object({
  /** Null of what has none. */
  currency: v.nullable(v.string()),
  here: v.string(),
  there: v.string(),
  /** `there` less `here`, to which `parts` and `unexplained` add up. */
  difference: v.string(),
  parts: v.array(
    v.object({
      reason: v.string(),
      says: v.string(),
      rows: v.nullable(v.number()),
      figure: v.string(),
      list: v.nullable(v.string()),
    }),
  ),
  /** What was settled while this was counted. */
  unexplained: v.string(),
});

export const differenceCalls = [
  call({
    method: "get",
    path: "/api/differences",
    summary:
      "Say what the difference is made of between a figure of a report and what it is compared with, each part with the list of its rows",
    roles: EVERYONE,
    query: differenceParameters,
    body: NO_BODY,
    status: 200,
    answer: v.object({ metric: v.string(), from: v.string(), to: v.string(), figures: v.array(figure) }),
    async handle({ env, caller, query, nowMs }) {
      const { metric, report, there } = comparedIn(query);
      return explainDifference({ env, caller, metric, query: report, nowMs }, there);
    },
  }),
];
