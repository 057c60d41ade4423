/** The call that says what each metric means. */
import * as v from "valibot";
import { FAMILIES, fractionOf, METRICS } from "../../core/metrics/definitions.ts";
import { accept } from "../../core/result.ts";
import { EVERYONE, isSeenBy } from "../../core/roles.ts";
import { call, NO_BODY, NO_QUERY } from "../web/call.ts";

const metric = v.object({
  name: v.string(),
  label: v.string(),
  family: v.picklist(FAMILIES),
  unit: v.string(),
  formula: v.string(),
  numerator: v.nullable(v.string()),
  denominator: v.nullable(v.string()),
  clock: v.string(),
});

export const metricCalls = [
  call({
    method: "get",
    path: "/api/metrics",
    summary: "List the metrics of the reports with their definitions, as far as the caller may see them",
    roles: EVERYONE,
    query: NO_QUERY,
    body: NO_BODY,
    status: 200,
    answer: v.object({ metrics: v.array(metric) }),
    async handle({ caller }) {
      const visible = METRICS.filter((metric) => isSeenBy(metric, caller.role));
      return accept({
        metrics: visible.map((one) => {
          const { name, label, family, unit, formula, clock } = one;
          const { numerator, denominator } = fractionOf(one) ?? { numerator: null, denominator: null };
          return { name, label, family, unit, formula, numerator, denominator, clock };
        }),
      });
    },
  }),
];
