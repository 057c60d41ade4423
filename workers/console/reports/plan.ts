/** What a report is asked for, read and checked: groups, range, zone, clock, filters and metrics, within what the caller may see. */
import * as v from "valibot";
import { readInstant } from "../../core/instant.ts";
import { FAMILIES, isMetric, METRICS, type Metric, type MetricName } from "../../core/metrics/definitions.ts";
import {
  DIMENSIONS,
  type Dimension,
  FILTERED,
  FILTERS,
  type FilterName,
  GROUPS,
  isDimensionSeenBy,
} from "../../core/metrics/dimensions.ts";
import { isTimeZone, QUARTER_MS, startOfDay, type ZoneSpan, zoneSpans } from "../../core/metrics/time-zone.ts";
import type { Pseudonyms } from "../../core/pseudonyms.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { isSeenBy } from "../../core/roles.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import { CLOCKS, type Clock } from "../tables/export-table.ts";
import { queryFlag, queryText } from "../tables/selection.ts";
import { noSuchSlug, numberFor } from "../tables/slugs.ts";
import { type Caller, pseudonymsFor } from "../web/caller.ts";
import { currencyCode } from "../web/field-schemas.ts";
import { invalidQuery, parameters } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";

const MAX_DIMENSIONS = 4;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 3_700;
const DAY = /^\d{4}-\d\d-\d\d$/;

/** Names with commas between them. */
const list = v.pipe(
  v.string(),
  v.transform((text) => text.split(",").filter((name) => name !== "")),
);

export const reportParameters = parameters({
  group_by: v.exactOptional(
    v.pipe(
      list,
      v.maxLength(MAX_DIMENSIONS, `At most ${MAX_DIMENSIONS}, with commas between them.`),
      v.everyItem((name) => GROUPS.includes(name), `The dimensions are: ${GROUPS.join(", ")}.`),
      v.check((names) => new Set(names).size === names.length, "Name each dimension once."),
    ),
  ),
  metrics: v.exactOptional(
    v.pipe(
      list,
      v.everyItem(
        (name) => FAMILIES.some((family) => family === name) || isMetric(name),
        `Names of metrics, or of their families: ${FAMILIES.join(", ")}. GET /api/metrics lists them.`,
      ),
    ),
  ),
  from: v.exactOptional(queryText),
  to: v.exactOptional(queryText),
  tz: v.exactOptional(v.pipe(v.string(), v.check(isTimeZone, "Write a time zone such as Europe/Berlin or UTC."))),
  clock: v.exactOptional(v.picklist(CLOCKS)),
  ...v.entriesFromList(
    FILTERS.filter((name) => name !== "status" && name !== "imported"),
    v.exactOptional(queryText),
  ),
  status: v.exactOptional(v.picklist(FILTERED.status.choices)),
  imported: v.exactOptional(v.picklist(FILTERED.imported.choices)),
  test: v.exactOptional(queryFlag),
  /** In which money is told besides. */
  currency: v.exactOptional(currencyCode),
  format: v.exactOptional(v.picklist(["json", "csv", "parquet"])),
  bom: v.exactOptional(queryFlag),
});
export type ReportQuery = v.InferOutput<typeof reportParameters>;

/** A column that must have this value. */
export interface ReportFilter {
  column: FilterName | "test";
  value: string | number;
}

/** A report that can be made. `fromMs` is inclusive, `toMs` exclusive, whole quarter-hours both. */
export interface ReportPlan {
  dimensions: readonly string[];
  metrics: readonly Metric[];
  fromMs: number;
  toMs: number;
  timeZone: string;
  spans: readonly ZoneSpan[];
  clock: Clock;
  conditions: readonly ReportFilter[];
  /** What the caller knows affiliates and links by, where it is not by their slugs. */
  pseudonyms: Pseudonyms | null;
}

/** Refuses dimensions that the caller may not see, ranges that are none or cut a quarter-hour, and slugs that do not exist. */
export async function planReport(
  env: Pick<Env, "DB">,
  caller: Caller,
  query: ReportQuery,
  nowMs: number,
): Promise<Result<ReportPlan, Problem>> {
  const dimensions = query.group_by ?? [];
  const asked = [...dimensions, ...FILTERS.filter((name) => query[name] !== undefined)];
  const isTold = pseudonymsFor(caller) === null;
  const secret = asked.find((name) => !isDimensionSeenBy(name, caller.role, isTold));
  if (secret !== undefined) {
    const why = isDimensionSeenBy(secret, "affiliate", true)
      ? "the affiliate's own"
      : `not for the role ${caller.role}`;
    return refuse({ name: "not_allowed", detail: `${secret} is ${why}: group by something else.` });
  }
  const timeZone = query.tz ?? "UTC";
  const range = readRange(query, timeZone, nowMs);
  if (!range.ok) return range;
  const conditions = await readConditions(env, caller, query);
  if (!conditions.ok) return conditions;
  return accept({
    dimensions,
    metrics: metricsOf(caller, query),
    ...range.value,
    timeZone,
    spans: zoneSpans(timeZone, range.value.fromMs, range.value.toMs),
    clock: query.clock ?? "received",
    conditions: conditions.value,
    pseudonyms: pseudonymsFor(caller),
  });
}

/** Those of the metrics that the query asks for and the caller may see. */
export function metricsOf({ role }: Caller, { metrics: names = ["activity"] }: ReportQuery): Metric[] {
  return METRICS.filter(
    (metric) => (names.includes(metric.name) || names.includes(metric.family)) && isSeenBy(metric, role),
  );
}

/** Those that the query asks for by name and the caller may not see. A family is what the caller sees of it. */
export function hiddenMetrics({ role }: Pick<Caller, "role">, { metrics: names = [] }: ReportQuery): MetricName[] {
  return METRICS.filter((metric) => names.includes(metric.name) && !isSeenBy(metric, role)).map(({ name }) => name);
}

/** What a plan groups and filters by, but times and tests, which every relation tells apart. */
export function dimensionsIn({ dimensions, conditions }: ReportPlan): [string, Dimension][] {
  const names = [...dimensions, ...conditions.map(({ column }) => column)];
  return names.flatMap((name): [string, Dimension][] => {
    const dimension = DIMENSIONS.get(name);
    return dimension ? [[name, dimension]] : [];
  });
}

function readRange(
  query: ReportQuery,
  timeZone: string,
  nowMs: number,
): Result<{ fromMs: number; toMs: number }, Problem> {
  const toMs = query.to === undefined ? Math.ceil(nowMs / QUARTER_MS) * QUARTER_MS : readTime(query.to, timeZone);
  if (toMs === null) return refuse(wrongTime("to"));
  const fromMs = query.from === undefined ? toMs - DEFAULT_DAYS * DAY_MS : readTime(query.from, timeZone);
  if (fromMs === null) return refuse(wrongTime("from"));
  if (fromMs < 0 || fromMs >= toMs)
    return refuse(invalidQuery([{ parameter: "from", detail: "It must be before to, and not before 1970." }]));
  if (toMs - fromMs > MAX_DAYS * DAY_MS)
    return refuse(invalidQuery([{ parameter: "from", detail: `A report covers at most ${MAX_DAYS} days.` }]));
  return accept({ fromMs, toMs });
}

/** A day begins in the report's zone. Null for what is no time or cuts a quarter-hour. */
function readTime(text: string, timeZone: string): number | null {
  const atMs = readInstant(text);
  if (atMs === null) return null;
  const startMs = DAY.test(text) ? startOfDay(timeZone, atMs) : atMs;
  return startMs % QUARTER_MS === 0 ? startMs : null;
}

function wrongTime(parameter: string): Problem {
  const detail =
    "Write a day, such as 2026-11-23, which begins in the report's time zone, or a whole quarter-hour of RFC 3339, such as 2026-11-23T08:15:00Z.";
  return invalidQuery([{ parameter, detail }]);
}

async function readConditions(
  env: Pick<Env, "DB">,
  caller: Caller,
  query: ReportQuery,
): Promise<Result<ReportFilter[], Problem>> {
  const { scope } = caller;
  const conditions: ReportFilter[] = [{ column: "test", value: query.test ?? 0 }];
  if (scope !== "everything")
    conditions.push(
      "advertiser" in scope
        ? { column: "advertiser", value: scope.advertiser }
        : { column: "affiliate", value: scope.affiliate },
    );
  for (const column of FILTERS) {
    const given = query[column];
    if (given === undefined) continue;
    const { slugOf }: Dimension = FILTERED[column];
    const value = slugOf === undefined ? given : await numberFor(env.DB, caller, slugOf, given);
    if (value === null && scope === "everything") return refuse(noSuchSlug(column, given));
    // Whoever sees only what is theirs does not learn which other slugs exist: nothing has the number 0.
    conditions.push({ column, value: value ?? 0 });
  }
  return accept(conditions);
}
