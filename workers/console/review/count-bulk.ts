/** Counting for a decision on many: of what is held, or of any conversions, by ticks or by a filter; it is written down who is meant and what it is worth, and nothing is decided. */
import * as v from "valibot";
import { BULK_DECISIONS, type BulkAmong } from "../../../schema/tables.ts";
import { PASSED_OVER } from "../../core/books/decidable.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatMicros } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import { decisionWhy } from "../conversions/corrections.ts";
import { type ConversionFilters, conversionFilters } from "../conversions/list.ts";
import type { Env } from "../env.ts";
import { refuseReason } from "../reasons/store.ts";
import { conversionsTable } from "../tables/conversions.ts";
import { placesQuery } from "../tables/row-places.ts";
import { select } from "../tables/selection.ts";
import { whereOf } from "../tables/sql-condition.ts";
import { fields } from "../web/input.ts";
import { invalid, type Problem } from "../web/problem.ts";
import { CANDIDATE, CANDIDATE_SQL, type Candidate, sortCandidates } from "./bulk-candidates.ts";
import { type BulkView, readBulk, writeBulk } from "./bulk-store.ts";
import { FROM_HELD, type HeldFilters, heldConditions, heldFilters, MOST_AT_ONCE } from "./held-list.ts";

/** So many conversions are looked at, of which those are decided that would change. */
const MOST_CANDIDATES = 10_000;

const chosen = v.exactOptional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(MOST_AT_ONCE)));
const said = {
  decision: v.picklist(BULK_DECISIONS),
  reason: v.exactOptional(v.string()),
  note: v.exactOptional(decisionWhy),
};

/** The filter of what is held, and what is decided on all that fits it now; or on exactly these of it. */
export const newBulk = fields({ ...heldFilters, conversions: chosen, ...said });
export type NewBulk = v.InferOutput<typeof newBulk>;

/** What is decided on exactly these conversions, or on all that a filter of their list names. */
export const newBulkOfAny = v.pipe(
  fields({ filter: v.exactOptional(conversionFilters), conversions: chosen, ...said }),
  v.check(
    ({ filter, conversions }) => (filter === undefined) !== (conversions === undefined),
    "Say conversions or filter, and not both; an empty filter means all.",
  ),
);
export type NewBulkOfAny = v.InferOutput<typeof newBulkOfAny>;

/** Counts what is held and fits. */
export async function countBulk(env: Env, input: NewBulk, change: ChangeStamp): Promise<Result<BulkView, Problem>> {
  const { decision, reason, note, conversions: only, ...filters } = input;
  const found = await heldCandidates(env, filters, only, change);
  if (!found.ok) return found;
  const order = { decision, reason, note, among: "held", asked: askedOf(filters, only) } as const;
  return write(env, order, found.value, change);
}

/** Counts what fits of all conversions. */
export async function countBulkOfAny(
  env: Env,
  input: NewBulkOfAny,
  change: ChangeStamp,
): Promise<Result<BulkView, Problem>> {
  const { decision, reason, note, conversions: only, filter = {} } = input;
  const found = await anyCandidates(env, filter, only, change);
  if (!found.ok) return found;
  const order = { decision, reason, note, among: "any", asked: askedOf(filter, only) } as const;
  return write(env, order, found.value, change);
}

interface Order {
  decision: BulkView["decision"];
  reason: string | undefined;
  note: string | undefined;
  among: BulkAmong;
  asked: Record<string, string>;
}

async function write(
  env: Env,
  { reason: given, note, ...order }: Order,
  candidates: readonly Candidate[],
  change: ChangeStamp,
): Promise<Result<BulkView, Problem>> {
  const { decision, among } = order;
  const reason = decision === "reject" && given ? given : null;
  const wrong = await refuseReason(env, reason ?? undefined);
  if (wrong) return refuse(wrong);
  const sorted = sortCandidates(candidates, decision, among);
  const count = sorted.conversions.length;
  if (candidates.length === 0)
    return refuse(invalid("#", among === "held" ? "Nothing that is held fits." : "No conversion fits."));
  if (count === 0) return refuse(invalid("#", `None of them would change: ${whyInWords(sorted.unchanged)}.`));
  if (count > MOST_AT_ONCE)
    return refuse(invalid("#", `More than ${MOST_AT_ONCE} fit: narrow the filter, or decide them in several bulks.`));
  return readBulk(env, String(await writeBulk(env, { ...order, ...sorted, reason, note: note || "reviewed" }, change)));
}

/** `3 are approved already, 1 were given back whole` */
function whyInWords(unchanged: BulkView["unchanged"]): string {
  const byWhy = Map.groupBy(unchanged, ({ why }) => why);
  return Object.entries(PASSED_OVER)
    .flatMap(([why, words]) => {
      const rows = byWhy.get(why) ?? [];
      const count = rows.reduce((all, { conversions }) => all + conversions, 0);
      return count === 0 ? [] : [`${count} ${words}`];
    })
    .join(", ");
}

async function heldCandidates(
  env: Env,
  filters: HeldFilters,
  only: readonly string[] | undefined,
  { by }: ChangeStamp,
): Promise<Result<Candidate[], Problem>> {
  const conditions = await heldConditions(env, by, filters);
  if (!conditions.ok) return conditions;
  const among = only
    ? [{ sql: "c.conversion_id IN (SELECT value FROM json_each(?))", values: [JSON.stringify(only)] }]
    : [];
  const where = whereOf([...conditions.value, ...among]);
  const { results } = await env.DB.withSession("first-primary")
    .prepare(`SELECT ${CANDIDATE_SQL} FROM ${FROM_HELD} ${where.sql} ORDER BY c.conversion_id LIMIT ?`)
    .bind(...where.values, MOST_AT_ONCE + 1)
    .all<Candidate>();
  return accept(results);
}

/** Read as the list reads them. */
async function anyCandidates(
  env: Env,
  filter: ConversionFilters,
  only: readonly string[] | undefined,
  { by }: ChangeStamp,
): Promise<Result<Candidate[], Problem>> {
  const selection = await select(env, conversionsTable, filter, by);
  if (!selection.ok) return selection;
  const { places, conditions, below, start } = selection.value;
  const { sql, values } = placesQuery({
    places: only && conversionsTable.ofIds ? [conversionsTable.ofIds(only)] : places,
    select: CANDIDATE,
    key: conversionsTable.key,
    range: { ...(start && "at" in start ? start : {}), below },
    conditions,
    limit: MOST_CANDIDATES + 1,
    descending: true,
  });
  const { results } = await env.DB.withSession("first-primary")
    .prepare(sql)
    .bind(...values)
    .all<Candidate>();
  if (results.length > MOST_CANDIDATES)
    return refuse(
      invalid("#", `More than ${MOST_CANDIDATES} fit: narrow the filter, or decide them in several bulks.`),
    );
  return accept(results);
}

const TIMES = ["from", "to", "before"];
const AMOUNTS = ["least", "most"];
const FLAGS = ["test", "imported", "stands"];

/** The filter as it was written. */
function askedOf(filters: object, only: readonly string[] | undefined): Record<string, string> {
  const written = Object.entries(filters).map(([name, value]): [string, string] => {
    if (typeof value !== "number") return [name, String(value)];
    if (TIMES.includes(name)) return [name, formatInstant(value)];
    if (AMOUNTS.includes(name)) return [name, formatMicros(value)];
    return [name, FLAGS.includes(name) ? String(value === 1) : String(value)];
  });
  return Object.fromEntries(only ? [...written, ["chosen", `${only.length} by hand`]] : written);
}
