/** What cohorts are asked for, read and checked: which months, by what they begin, filters and groups, within what the caller may see. */
import * as v from "valibot";
import { conversions } from "../../../schema/tables.ts";
import { isTimeZone, localDate, startOfDay } from "../../core/metrics/time-zone.ts";
import type { Pseudonyms } from "../../core/pseudonyms.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Subject } from "../../core/subjects.ts";
import type { Env } from "../env.ts";
import type { RowOwner } from "../tables/listed-rows.ts";
import { queryFlag, queryText } from "../tables/selection.ts";
import { noSuchSlug, numberFor } from "../tables/slugs.ts";
import { type Caller, pseudonymsFor } from "../web/caller.ts";
import { invalidQuery, parameters } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";

/** So many cohorts are looked at, and so long ago may the first of them have begun. */
export const MOST_COHORTS = 36;
const MOST_MONTHS = 120;
const DEFAULT_COHORTS = 6;
const MOST_GROUPS = 2;
const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** What a cohort begins with. */
export const COHORT_STARTS = ["conversion", "click"] as const;

interface CohortDimension {
  label: string;
  slugOf?: Subject;
  sql: string;
}

/** What cohorts are told apart by. What only a conversion has is what the customer's first one says. */
export const COHORT_DIMENSIONS = {
  advertiser: { label: "Advertiser", slugOf: "advertiser", sql: "advertiser" },
  offer: { label: "Offer", slugOf: "offer", sql: "offer" },
  affiliate: { label: "Affiliate", slugOf: "affiliate", sql: "affiliate" },
  link: { label: "Link", slugOf: "link", sql: "link" },
  event: { label: "First event", sql: "event" },
  status: { label: "Status of the first", sql: "status" },
  coupon: { label: "Coupon of the first", sql: "coalesce(coupon, '')" },
  customer: { label: "New or returning", sql: "coalesce(customer, '')" },
} as const satisfies Record<string, CohortDimension>;
export type CohortDimensionName = keyof typeof COHORT_DIMENSIONS;

export const COHORT_GROUPS = Object.keys(COHORT_DIMENSIONS).filter(isCohortDimension);

function isCohortDimension(name: string): name is CohortDimensionName {
  return Object.hasOwn(COHORT_DIMENSIONS, name);
}

/** The label of a dimension, and whose slugs its values are. */
export function cohortDimension(name: CohortDimensionName): CohortDimension {
  return COHORT_DIMENSIONS[name];
}

const month = v.pipe(v.string(), v.regex(MONTH, "Write a month, such as 2026-11."));

export const cohortParameters = parameters({
  group_by: v.exactOptional(
    v.pipe(
      v.string(),
      v.transform((text) => text.split(",").filter((name) => name !== "")),
      v.maxLength(MOST_GROUPS, `At most ${MOST_GROUPS}, with a comma between them.`),
      v.everyItem((name) => isCohortDimension(name), `Cohorts are grouped by: ${COHORT_GROUPS.join(", ")}.`),
      v.check((names) => new Set(names).size === names.length, "Name each dimension once."),
      v.transform((names) => names.filter(isCohortDimension)),
    ),
  ),
  start: v.exactOptional(v.picklist(COHORT_STARTS)),
  from: v.exactOptional(month),
  until: v.exactOptional(month),
  tz: v.exactOptional(v.pipe(v.string(), v.check(isTimeZone, "Write a time zone such as Europe/Berlin or UTC."))),
  ...v.entriesFromList(
    COHORT_GROUPS.filter((name) => name !== "status" && name !== "customer"),
    v.exactOptional(queryText),
  ),
  status: v.exactOptional(v.picklist(conversions.status.enumValues.filter((status) => status !== "rejected"))),
  customer: v.exactOptional(v.picklist(["new", "returning"])),
  test: v.exactOptional(queryFlag),
  format: v.exactOptional(v.picklist(["json", "csv", "parquet"])),
  bom: v.exactOptional(queryFlag),
});
export type CohortQuery = v.InferOutput<typeof cohortParameters>;

/** A month of the zone. */
export interface Month {
  name: string;
  fromMs: number;
  toMs: number;
}

export interface CohortPlan {
  groups: readonly CohortDimensionName[];
  start: (typeof COHORT_STARTS)[number];
  timeZone: string;
  /** From that of the first cohort to the present one. */
  months: readonly Month[];
  /** How many of them are cohorts. */
  cohorts: number;
  filters: readonly { name: CohortDimensionName; value: string | number }[];
  own: RowOwner | null;
  test: 0 | 1;
  pseudonyms: Pseudonyms | null;
  nowMs: number;
}

/** Refuses months that have not begun, that lie too far back or are too many, and slugs that do not exist. */
export async function planCohorts(
  env: Pick<Env, "DB">,
  caller: Caller,
  query: CohortQuery,
  nowMs: number,
): Promise<Result<CohortPlan, Problem>> {
  const timeZone = query.tz ?? "UTC";
  const present = monthNumber(new Date(localDate(timeZone, nowMs)).toISOString());
  const until = query.until === undefined ? present : Math.min(present, monthNumber(query.until));
  const from = query.from === undefined ? until - DEFAULT_COHORTS + 1 : monthNumber(query.from);
  const wrong = (detail: string) => refuse(invalidQuery([{ parameter: "from", detail }]));
  if (from > until) return wrong("It must be no later than until, and have begun.");
  if (until - from >= MOST_COHORTS) return wrong(`At most ${MOST_COHORTS} months are looked at together.`);
  if (present - from >= MOST_MONTHS) return wrong(`Cohorts begin at most ${MOST_MONTHS} months ago.`);
  const filters: CohortPlan["filters"][number][] = [];
  for (const name of COHORT_GROUPS) {
    const given = query[name];
    if (given === undefined) continue;
    const { slugOf } = cohortDimension(name);
    const value = slugOf === undefined ? given : await numberFor(env.DB, caller, slugOf, given);
    if (value === null && caller.scope === "everything") return refuse(noSuchSlug(name, given));
    // Whoever sees only what is theirs does not learn which other slugs exist: nothing has the number 0.
    filters.push({ name, value: value ?? 0 });
  }
  return accept({
    groups: query.group_by ?? [],
    start: query.start ?? "conversion",
    timeZone,
    months: Array.from({ length: present - from + 1 }, (_, index) => monthOf(from + index, timeZone)),
    cohorts: until - from + 1,
    filters,
    own: ownerOf(caller),
    test: query.test === 1 ? 1 : 0,
    pseudonyms: pseudonymsFor(caller),
    nowMs,
  });
}

function ownerOf({ scope }: Caller): RowOwner | null {
  if (scope === "everything") return null;
  return "advertiser" in scope
    ? { kind: "advertiser", number: scope.advertiser }
    : { kind: "affiliate", number: scope.affiliate };
}

/** Months since the year 0. */
function monthNumber(text: string): number {
  return Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7)) - 1;
}

function monthOf(number: number, timeZone: string): Month {
  const startMs = (at: number) => startOfDay(timeZone, Date.UTC(Math.floor(at / 12), at % 12));
  const name = `${String(Math.floor(number / 12)).padStart(4, "0")}-${String((number % 12) + 1).padStart(2, "0")}`;
  return { name, fromMs: startMs(number), toMs: startMs(number + 1) };
}
