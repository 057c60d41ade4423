/** The call that makes reports. */
import * as v from "valibot";
import { BYTE_ORDER_MARK } from "../../core/csv.ts";
import { formatInstant } from "../../core/instant.ts";
import { PARQUET_TYPE } from "../../core/parquet-format.ts";
import { accept } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import { completeUntilMs } from "../tables/completeness.ts";
import { call, NO_BODY } from "../web/call.ts";
import { answerReport } from "./converted.ts";
import { metricsOf, reportParameters } from "./plan.ts";
import { databasesOf } from "./questions.ts";
import { reportCsv } from "./report-csv.ts";
import { reportParquet } from "./report-parquet.ts";

const cell = v.nullable(v.union([v.string(), v.number(), v.record(v.string(), v.number())]));
const reportRows = v.array(v.record(v.string(), cell));

export const reportCalls = [
  call({
    method: "get",
    path: "/api/reports",
    summary: "Report metrics by up to four dimensions, as JSON, CSV (format=csv) or Parquet (format=parquet)",
    roles: EVERYONE,
    query: reportParameters,
    body: NO_BODY,
    status: 200,
    produces: ["text/csv", PARQUET_TYPE],
    answer: v.object({
      group_by: v.array(v.string()),
      tz: v.string(),
      clock: v.string(),
      from: v.string(),
      to: v.string(),
      rows_from: v.nullable(v.string()),
      columns: v.array(
        v.object({
          name: v.string(),
          label: v.string(),
          unit: v.string(),
          converted_to: v.exactOptional(v.string()),
        }),
      ),
      rows: reportRows,
      totals: reportRows,
      absent: v.array(v.object({ metric: v.string(), because: v.string() })),
      converted: v.nullable(
        v.object({
          currency: v.string(),
          day: v.string(),
          rates: v.array(v.object({ currency: v.string(), rate: v.string(), day: v.string() })),
          unknown: v.array(v.string()),
          total: v.record(v.string(), cell),
        }),
      ),
    }),
    async handle({ env, caller, query, nowMs }) {
      // Asked before the first row is read: what is settled meanwhile does no harm.
      const untilMs = await completeUntilMs(env, databasesOf(metricsOf(caller, query)), nowMs);
      const report = await answerReport(env, caller, query, nowMs);
      if (!report.ok) return report;
      const headers = new Headers({ "cache-control": "no-store" });
      if (untilMs !== null) headers.set("x-complete-until", formatInstant(untilMs));
      // Files have no place of their own for these.
      const { rows_from: rowsFrom, absent } = report.value;
      if (rowsFrom !== null) headers.set("x-rows-from", rowsFrom);
      if (absent.length > 0) headers.set("x-absent", absent.map(({ metric }) => metric).join(", "));
      if (query.format === "parquet") {
        headers.set("content-type", PARQUET_TYPE);
        headers.set("content-disposition", 'attachment; filename="report.parquet"');
        return accept(new Response(new Blob(reportParquet(report.value)), { headers }));
      }
      if (query.format !== "csv") return accept(Response.json(report.value, { headers }));
      headers.set("content-type", "text/csv; charset=utf-8");
      headers.set("content-disposition", 'attachment; filename="report.csv"');
      return accept(new Response((query.bom === 1 ? BYTE_ORDER_MARK : "") + reportCsv(report.value), { headers }));
    },
  }),
];
