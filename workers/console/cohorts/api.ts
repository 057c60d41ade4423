/** The call that tells cohorts. */
import * as v from "valibot";
import { BYTE_ORDER_MARK } from "../../core/csv.ts";
import { PARQUET_TYPE } from "../../core/parquet-format.ts";
import { accept } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import { reportCsv } from "../reports/report-csv.ts";
import { reportParquet } from "../reports/report-parquet.ts";
import { call, NO_BODY } from "../web/call.ts";
import { countCohorts } from "./cohort-counts.ts";
import { cohortParameters, planCohorts } from "./cohort-query.ts";
import { cohortTable } from "./cohort-rows.ts";

const cell = v.nullable(v.union([v.string(), v.number()]));

export const cohortCalls = [
  call({
    method: "get",
    path: "/api/cohorts",
    summary:
      "Tell retention, renewal, churn, activation and lifetime value by the month in which customers began, as JSON, CSV (format=csv) or Parquet (format=parquet)",
    roles: EVERYONE,
    query: cohortParameters,
    body: NO_BODY,
    status: 200,
    produces: ["text/csv", PARQUET_TYPE],
    answer: v.object({
      start: v.string(),
      tz: v.string(),
      columns: v.array(v.object({ name: v.string(), label: v.string(), unit: v.string() })),
      rows: v.array(v.record(v.string(), cell)),
    }),
    async handle({ env, caller, query, nowMs }) {
      const plan = await planCohorts(env, caller, query, nowMs);
      if (!plan.ok) return plan;
      const counted = await countCohorts(env, plan.value);
      if (!counted.ok) return counted;
      const table = cohortTable(plan.value, counted.value, caller.role);
      const headers = new Headers({ "cache-control": "no-store" });
      if (query.format === "parquet") {
        headers.set("content-type", PARQUET_TYPE);
        headers.set("content-disposition", 'attachment; filename="cohorts.parquet"');
        return accept(new Response(new Blob(reportParquet(table)), { headers }));
      }
      if (query.format !== "csv") return accept(Response.json(table, { headers }));
      headers.set("content-type", "text/csv; charset=utf-8");
      headers.set("content-disposition", 'attachment; filename="cohorts.csv"');
      return accept(new Response((query.bom === 1 ? BYTE_ORDER_MARK : "") + reportCsv(table), { headers }));
    },
  }),
];
