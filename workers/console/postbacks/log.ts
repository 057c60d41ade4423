/** The postback log: everything received, newest first, with what became of it and why. */
import * as v from "valibot";
import { postbacks } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { COUNTED_WHOLLY, sumsOf } from "../tables/list-sums.ts";
import { lookedAt, MOST_LOOKED_AT } from "../tables/looked-at.ts";
import { ONE_POSTBACK, postbacksTable } from "../tables/postbacks.ts";
import { type KeyRange, placesQuery } from "../tables/row-places.ts";
import { columnsFor, filterParameters, ownership, placesFor, queryFlag, readFilters } from "../tables/selection.ts";
import { learnSlugs, noSlugs } from "../tables/slugs.ts";
import { whereOf } from "../tables/sql-condition.ts";
import type { Caller } from "../web/caller.ts";
import { instant } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { cursorText, cutPage, type ListPage, PAGE_PARAMETERS, rowsToRead } from "../web/listing.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { sortParameter } from "../web/sorting.ts";
import { attemptAnswer, attemptViews, readAttempts } from "./logged-attempts.ts";
import { adviceOn } from "./reasons.ts";
import { receivedParameters } from "./received.ts";

export const STATUSES = postbacks.status.enumValues;

/** By what it is kept. The log is written too often for an index of anything else. */
export const POSTBACK_SORTS = ["received_at"] as const;

const CURSOR = /^(\d{1,15})-([0-9a-hjkmnp-tv-z]{26})$/;

const filterEntries = {
  from: v.exactOptional(instant),
  to: v.exactOptional(instant),
  ...filterParameters(postbacksTable),
  test: v.exactOptional(queryFlag),
};
export const postbackList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: v.exactOptional(cursorText(CURSOR)),
  sort: sortParameter(POSTBACK_SORTS),
  ...filterEntries,
});
/** The list's filters, without its pages. */
export const postbackFilters = parameters(filterEntries);
export type PostbackFilters = v.InferOutput<typeof postbackFilters>;
export type PostbackList = v.InferOutput<typeof postbackList>;

/** A row of the log as the API shows it; what is optional is not shown to every role. */
export const postbackAnswer = v.object({
  receipt: v.string(),
  advertiser: v.string(),
  received_at: v.string(),
  settled_at: v.string(),
  status: v.picklist(STATUSES),
  reason: v.nullable(v.string()),
  /** What the sender, or the operator, should change. */
  message: v.nullable(v.string()),
  duplicate_of: v.nullable(v.string()),
  conversion_id: v.nullable(v.string()),
  click_id: v.nullable(v.string()),
  event: v.nullable(v.string()),
  txid: v.nullable(v.string()),
  channel: v.string(),
  test: v.boolean(),
  /** How many requests it stands for: more than one where the door counted those of strangers that it refused alike. */
  times: v.number(),
  /** What was received, without credentials. */
  params: v.exactOptional(v.nullable(v.record(v.string(), v.string()))),
  error: v.exactOptional(v.nullable(v.string())),
  /** Each time that it came and was decided, the earliest first; the last one stands. */
  attempts: v.exactOptional(v.array(attemptAnswer)),
});
export type PostbackView = v.InferOutput<typeof postbackAnswer>;

interface LoggedPostback {
  receipt: string;
  advertiser: number;
  received_at: number;
  settled_at: number;
  status: (typeof STATUSES)[number];
  reason: string | null;
  duplicate_of: string | null;
  conversion_id: string | null;
  click_id: string | null;
  event: string | null;
  txid: string | null;
  channel: string;
  test: number;
  times: number;
  params: string | null;
  error: string | null;
  credential_version: number | null;
  address_hash: string | null;
  attempts: string | null;
}

const READ = [
  "receipt",
  "advertiser",
  "received_at",
  "settled_at",
  "status",
  "reason",
  "duplicate_of",
  "conversion_id",
  "click_id",
  "event",
  "txid",
  "channel",
  "test",
  "times",
  "params",
  "error",
  "credential_version",
  "address_hash",
  "attempts",
] as const satisfies readonly (keyof LoggedPostback)[];

/** What is read of a row for this caller: of click IDs only those that it may see. */
function selectFor(caller: Caller): { name: string; sql: string }[] {
  const clickId = columnsFor(postbacksTable.columns, caller).find(({ name }) => name === "click_id")?.sql;
  return READ.map((name) => ({ name, sql: name === "click_id" ? (clickId ?? "NULL") : `p.${name}` }));
}

/** A page of the log. Affiliates do not see what was received, since it says what the advertiser pays. */
export async function listPostbacks(
  env: Env,
  caller: Caller,
  query: PostbackList,
): Promise<Result<ListPage<PostbackView>, Problem>> {
  const filters = await readFilters(env, postbacksTable, query, caller);
  if (!filters.ok) return filters;
  const isOldestFirst = query.sort === "received_at";
  const { sql, values } = placesQuery({
    places: placesFor(postbacksTable, caller, filters.value),
    select: selectFor(caller),
    key: postbacksTable.key,
    range: rangeOf(query, isOldestFirst),
    conditions: filters.value,
    limit: rowsToRead(query),
    descending: !isOldestFirst,
  });
  const { results } = await env.LOG.prepare(sql)
    .bind(...values)
    .all<LoggedPostback>();
  const { page, last } = cutPage(results, query);
  const slugs = await advertiserSlugs(env, page);
  return accept({
    items: page.map((row) => postbackView(row, slugs, caller)),
    next: last ? `${last.received_at}-${last.receipt}` : null,
  });
}

/** How many postbacks fit. */
export const postbackTotalsAnswer = v.object({ postbacks: v.number(), ...COUNTED_WHOLLY });
export type PostbackTotals = v.InferOutput<typeof postbackTotalsAnswer>;

/** How many rows of the log fit, of the newest at most. */
export async function totalPostbacks(
  env: Env,
  caller: Caller,
  query: PostbackFilters,
): Promise<Result<PostbackTotals, Problem>> {
  const filters = await readFilters(env, postbacksTable, query, caller);
  if (!filters.ok) return filters;
  const places = [...placesFor(postbacksTable, caller, filters.value)].reverse();
  const range = rangeOf(query, false);
  const parts = places.map((place) => ({ place, range }));
  const rows = lookedAt("p", parts, filters.value, MOST_LOOKED_AT);
  const { count, complete } = await sumsOf(env.LOG, { rows, conditions: filters.value, by: {}, money: {} });
  return accept({ postbacks: count, complete });
}

/** One row of the log, by its receipt, when the caller may see it. */
export async function readPostback(env: Env, caller: Caller, receipt: string): Promise<Result<PostbackView, Problem>> {
  const one = { sql: "p.receipt = ?", values: [receipt.toLowerCase()] };
  const where = whereOf([one, ...ownership(postbacksTable, caller)]);
  const select = selectFor(caller).map(({ name, sql }) => `${sql} AS ${name}`);
  const row = await env.LOG.prepare(`SELECT ${select.join(", ")} FROM ${ONE_POSTBACK} ${where.sql}`)
    .bind(...where.values)
    .first<LoggedPostback>();
  if (!row) return refuse(notFound("postback", receipt));
  return accept(postbackView(row, await advertiserSlugs(env, [row]), caller));
}

/** The slugs of the advertisers that these rows name, from the books. */
async function advertiserSlugs(env: Env, rows: readonly LoggedPostback[]): Promise<ReadonlyMap<number, string>> {
  const slugs = noSlugs();
  const numbers = rows.map(({ advertiser }) => [advertiser]);
  await learnSlugs(slugs, env.DB, [{ kind: "advertiser" }], numbers, null);
  return slugs.advertiser;
}

/** Behind the cursor, whichever way. */
function rangeOf({ cursor, from, to }: Pick<PostbackList, "cursor" | "from" | "to">, isOldestFirst: boolean): KeyRange {
  const [, receivedAt, receipt] = CURSOR.exec(cursor ?? "") ?? [];
  return {
    ...(receivedAt === undefined || receipt === undefined
      ? {}
      : { [isOldestFirst ? "after" : "before"]: [Number(receivedAt), receipt] }),
    at: from ?? null,
    below: to ?? null,
  };
}

function postbackView(row: LoggedPostback, slugs: ReadonlyMap<number, string>, caller: Caller): PostbackView {
  const { params, error, credential_version: credentialVersion, address_hash: addressHash, attempts, ...open } = row;
  const view = {
    ...open,
    advertiser: slugs.get(row.advertiser) ?? String(row.advertiser),
    received_at: formatInstant(row.received_at),
    settled_at: formatInstant(row.settled_at),
    message: adviceOn(row.reason),
    test: row.test === 1,
  };
  if (caller.role === "affiliate") return view;
  const only = {
    receivedAtMs: row.received_at,
    credentialVersion,
    addressHash,
    status: row.status,
    reason: row.reason,
  };
  const received = {
    ...view,
    params: receivedParameters(row.status, params, caller.role),
    attempts: attemptViews(readAttempts(attempts), only),
  };
  return caller.role === "advertiser" ? received : { ...received, error };
}
