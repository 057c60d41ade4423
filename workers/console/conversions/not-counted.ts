/** Orders of affiliates' clicks that were reported and did not count, or not yet: out of the postback log, in words for the affiliate. */
import * as v from "valibot";
import { uncountedInWords } from "../../core/affiliates-words.ts";
import { clickTimeMs } from "../../core/click-id-time.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { postbacksTable } from "../tables/postbacks.ts";
import { type KeyRange, placesQuery } from "../tables/row-places.ts";
import { columnsFor, filterParameters, placesFor, readFilters } from "../tables/selection.ts";
import { learnSlugs, noSlugs } from "../tables/slugs.ts";
import type { SqlCondition } from "../tables/sql-condition.ts";
import type { Caller } from "../web/caller.ts";
import { instant } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { cursorText, cutPage, type ListPage, PAGE_PARAMETERS, rowsToRead } from "../web/listing.ts";
import { named } from "../web/named-schemas.ts";
import type { Problem } from "../web/problem.ts";

const CURSOR = /^(\d{1,15})-([0-9a-hjkmnp-tv-z]{26})$/;
const STATES = { rejected: "did not count", parked: "waits" } as const;

const { offer, affiliate, link, event, txid } = filterParameters(postbacksTable);

export const uncountedList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: v.exactOptional(cursorText(CURSOR)),
  state: v.exactOptional(v.picklist(["rejected", "parked"])),
  ...{ offer, affiliate, link, event, txid },
  from: v.exactOptional(instant),
  to: v.exactOptional(instant),
});
export type UncountedList = v.InferOutput<typeof uncountedList>;

export const uncountedAnswer = named(
  "UncountedOrder",
  v.object({
    reported_at: v.string(),
    state: v.picklist(["rejected", "parked"]),
    reason: v.nullable(v.string()),
    offer: v.nullable(v.string()),
    link: v.nullable(v.string()),
    event: v.nullable(v.string()),
    txid: v.nullable(v.string()),
    click_id: v.nullable(v.string()),
    clicked_at: v.nullable(v.string()),
    test: v.boolean(),
    why: v.string(),
    /** What the affiliate can do about it. */
    todo: v.nullable(v.string()),
  }),
);
export type UncountedView = v.InferOutput<typeof uncountedAnswer>;

interface LoggedOrder {
  receipt: string;
  received_at: number;
  status: keyof typeof STATES;
  reason: string | null;
  offer: number | null;
  link: number | null;
  event: string | null;
  txid: string | null;
  click_id: string | null;
  test: number;
}

/** What is read of a row besides its click ID. */
const READ = ["receipt", "received_at", "status", "reason", "offer", "link", "event", "txid", "test"] as const;

/** A page of them, the newest first. What became a conversion, or met one, is told with that. */
export async function listUncounted(
  env: Env,
  caller: Caller,
  query: UncountedList,
): Promise<Result<ListPage<UncountedView>, Problem>> {
  const filters = await readFilters(env, postbacksTable, query, caller);
  if (!filters.ok) return filters;
  const clickId = columnsFor(postbacksTable.columns, caller).find(({ name }) => name === "click_id")?.sql ?? "NULL";
  const { sql, values } = placesQuery({
    places: placesFor(postbacksTable, caller, filters.value),
    select: [...READ.map((name) => ({ name, sql: `p.${name}` })), { name: "click_id", sql: clickId }],
    key: postbacksTable.key,
    range: rangeOf(query),
    conditions: [...conditionsOf(query), ...filters.value],
    limit: rowsToRead(query),
    descending: true,
  });
  const { results } = await env.LOG.prepare(sql)
    .bind(...values)
    .all<LoggedOrder>();
  const { page, last } = cutPage(results, query);
  const terms = await termsOf(env, page);
  const slugs = noSlugs();
  await learnSlugs(
    slugs,
    env.DB,
    [{ kind: "offer" }, { kind: "link" }],
    page.map((row) => [row.offer, row.link]),
    null,
  );
  const slugIn = (known: ReadonlyMap<number, string>, number: number | null) =>
    number === null ? null : (known.get(number) ?? null);
  return accept({
    items: page.map((row) => {
      const places = { offer: slugIn(slugs.offer, row.offer), link: slugIn(slugs.link, row.link) };
      return viewOf(row, places, terms(row));
    }),
    next: last ? `${last.received_at}-${last.receipt}` : null,
  });
}

function conditionsOf({ state }: UncountedList): SqlCondition[] {
  const states = state === undefined ? Object.keys(STATES) : [state];
  return [
    { sql: `p.status IN (${states.map(() => "?").join(", ")})`, values: states },
    // Of a click that the ledger found among its sender's own.
    { sql: "p.conversion_id IS NULL AND p.proven = 1", values: [] },
  ];
}

function rangeOf({ cursor, from, to }: UncountedList): KeyRange {
  const [, receivedAt, receipt] = CURSOR.exec(cursor ?? "") ?? [];
  return {
    ...(from === undefined ? {} : { at: from }),
    ...(to === undefined ? {} : { below: to }),
    ...(receivedAt === undefined || receipt === undefined ? {} : { before: [Number(receivedAt), receipt] }),
  };
}

interface JudgedBy {
  windowDays: number | null;
  minSeconds: number | null;
}

/** The window and the least time of the event that a row names, or of its offer. */
async function termsOf(env: Env, rows: readonly LoggedOrder[]): Promise<(row: LoggedOrder) => JudgedBy> {
  const numbers = [...new Set(rows.flatMap(({ offer }) => (offer === null ? [] : [offer])))];
  const { results } = await env.DB.prepare(
    `SELECT o.number, o.window_days, o.min_seconds, e.name, e.window_days AS own_days
    FROM offers AS o LEFT JOIN offer_events AS e ON e.offer = o.number
    WHERE o.number IN (SELECT value FROM json_each(?)) ORDER BY o.number, e.position`,
  )
    .bind(JSON.stringify(numbers))
    .all<{ number: number; window_days: number; min_seconds: number; name: string | null; own_days: number | null }>();
  return (row) => {
    const all = results.filter(({ number }) => number === row.offer);
    // Without an event its first is meant.
    const meant = all.find(({ name }) => name === row.event) ?? all[0];
    return { windowDays: meant?.own_days ?? meant?.window_days ?? null, minSeconds: meant?.min_seconds ?? null };
  };
}

function viewOf(
  row: LoggedOrder,
  places: { offer: string | null; link: string | null },
  terms: JudgedBy,
): UncountedView {
  const clickedAtMs = row.click_id === null ? null : clickTimeMs(row.click_id);
  const { reason, event, txid } = row;
  return {
    ...{ reported_at: formatInstant(row.received_at), state: row.status, reason },
    ...places,
    ...{ event, txid, click_id: row.click_id },
    clicked_at: clickedAtMs === null ? null : formatInstant(clickedAtMs),
    test: row.test === 1,
    ...uncountedInWords({ reason, event, reportedAtMs: row.received_at, clickedAtMs, ...terms }),
  };
}

/** What its state is called. */
export function stateInWords(state: UncountedView["state"]): string {
  return STATES[state];
}
