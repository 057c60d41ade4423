/**
 * What is due to an affiliate, or by an advertiser, before a statement says it: as a closing of this moment would find it, read from its own conversions alone. What a draft lists is
 * due still, and adjustments are not there before they are listed: owners see no draft.
 */
import { formatInstant } from "../../core/instant.ts";
import { formatMicros, joinMicros } from "../../core/money.ts";
import { dueRows } from "../../core/statements/due.ts";
import type { Env } from "../env.ts";
import { conversionsTable } from "../tables/conversions.ts";
import type { RowOwner } from "../tables/listed-rows.ts";
import { placesQuery } from "../tables/row-places.ts";
import { ownerOf, placesFor } from "../tables/selection.ts";
import type { Caller } from "../web/caller.ts";

/** So many of the newest conversions, and lines of statements, are looked through. */
export const MOST_LOOKED_THROUGH = 20_000;
/** Later than anything becomes due. */
const EVER = Date.UTC(9999, 0, 1);

/** Due now, or approved and due later. */
export const DUE_STANDS = ["due", "later"] as const;
export type DueStand = (typeof DUE_STANDS)[number];

/** Money of an owner in one currency that no statement lists yet. */
export interface OwnDue {
  currency: string;
  due: { rows: number; money: string };
  later: { rows: number; money: string };
  /** When the first of `later` becomes due. */
  laterFrom: string | null;
  /** What the next closing finds, if nothing changes until then: what is due by `until`. */
  next: string;
  /** Less than this is carried over; null where everything above nothing is closed. */
  minimum: string | null;
  isCarried: boolean;
}

export interface OwnDues {
  currencies: OwnDue[];
  /** The day before whose beginning (UTC) the next month is closed, such as `2027-01-01`. */
  until: string;
  /** There are more conversions than were looked through. */
  isCut: boolean;
}

/** What is due of a conversion. */
export interface OwnDueRow {
  conversionId: string;
  offer: string | null;
  event: string;
  /** It was listed before, and counts for somebody else since. */
  isTakenBack: boolean;
  currency: string;
  due: string;
  /** Null where it is due now. */
  dueAt: string | null;
}

/** Sums by currency; null for who sees the whole programme. */
export async function readOwnDues(env: Pick<Env, "DB">, caller: Caller, nowMs: number): Promise<OwnDues | null> {
  const found = await lookThrough(env, caller);
  if (found === null) return null;
  const { owner, ids, isCut } = found;
  const untilMs = nextMonth(nowMs);
  const sumOf = (name: string, where: string) =>
    `CAST(coalesce(sum(due / 1000000) FILTER (WHERE ${where}), 0) AS TEXT) AS ${name}_units, CAST(coalesce(sum(due % 1000000) FILTER (WHERE ${where}), 0) AS TEXT) AS ${name}_rest`;
  const sql = `WITH ${ownRows(owner)} SELECT currency, count(*) FILTER (WHERE due_at IS NULL) AS due_rows, count(due_at) AS later_rows, min(due_at) AS later_from,
      ${sumOf("due", "due_at IS NULL")}, ${sumOf("later", "due_at IS NOT NULL")}, ${sumOf("next", "due_at IS NULL OR due_at <= ?8")}
    FROM own GROUP BY currency ORDER BY count(*) DESC, currency`;
  const [{ results }, minimum] = await Promise.all([
    env.DB.prepare(sql)
      .bind(...parametersOf(owner, ids, nowMs), untilMs)
      .all<SumRow>(),
    minimumOf(env, owner),
  ]);
  const currencies = results.map((row): OwnDue => {
    const next = joinMicros(row.next_units, row.next_rest);
    return {
      currency: row.currency,
      due: { rows: row.due_rows, money: decimal(row.due_units, row.due_rest) },
      later: { rows: row.later_rows, money: decimal(row.later_units, row.later_rest) },
      laterFrom: row.later_from === null ? null : formatInstant(row.later_from),
      next: formatMicros(next),
      minimum: minimum > 0 ? formatMicros(minimum) : null,
      isCarried: next <= 0n || next < BigInt(minimum),
    };
  });
  return { currencies, until: new Date(untilMs).toISOString().slice(0, 10), isCut };
}

/** The rows of a sum, those that are due first before the others, at most `limit`; null for who sees the whole programme. */
export async function listOwnDue(
  env: Pick<Env, "DB">,
  caller: Caller,
  { stand, currency, nowMs, limit }: { stand: DueStand; currency: string | null; nowMs: number; limit: number },
): Promise<OwnDueRow[] | null> {
  const found = await lookThrough(env, caller);
  if (found === null) return null;
  const { owner, ids } = found;
  const sql = `WITH ${ownRows(owner)} SELECT w.conversion_id, o.slug AS offer, w.event, w.is_taken_back, w.currency, CAST(w.due AS TEXT) AS due, w.due_at
    FROM own w LEFT JOIN offers o ON o.number = w.offer
    WHERE (w.due_at IS NULL) = ?8 AND (?9 IS NULL OR w.currency = ?9) ORDER BY w.due_at, w.conversion_id DESC LIMIT ?10`;
  const { results } = await env.DB.prepare(sql)
    .bind(...parametersOf(owner, ids, nowMs), stand === "due" ? 1 : 0, currency, limit)
    .all<OwnDueCells>();
  return results.map((row) => ({
    ...{ conversionId: row.conversion_id, offer: row.offer, event: row.event },
    ...{ isTakenBack: row.is_taken_back === 1, currency: row.currency, due: formatMicros(row.due) },
    dueAt: row.due_at === null ? null : formatInstant(row.due_at),
  }));
}

/** What statements came to that are final and not paid yet, and that are paid, by currency. */
export async function readOwnStatements(
  { DB }: Pick<Env, "DB">,
  { scope }: Caller,
): Promise<{ currency: string; state: "final" | "paid"; statements: number; money: string }[]> {
  if (scope === "everything") return [];
  const { kind, number } = ownerOf(scope);
  const { results } = await DB.prepare(
    `SELECT currency, state, count(*) AS statements, CAST(sum(due_units) AS TEXT) AS units, CAST(sum(due_rest) AS TEXT) AS rest FROM statements
     WHERE owner_type = ? AND owner = ? AND state IN ('final', 'paid') GROUP BY currency, state`,
  )
    .bind(kind, number)
    .all<{ currency: string; state: "final" | "paid"; statements: number; units: string; rest: string }>();
  return results.map(({ units, rest, ...row }) => ({ ...row, money: decimal(units, rest) }));
}

interface SumRow {
  currency: string;
  due_rows: number;
  later_rows: number;
  later_from: number | null;
  due_units: string;
  due_rest: string;
  later_units: string;
  later_rest: string;
  next_units: string;
  next_rest: string;
}

interface OwnDueCells {
  conversion_id: string;
  offer: string | null;
  event: string;
  is_taken_back: number;
  currency: string;
  due: string;
  due_at: number | null;
}

function decimal(units: string, rest: string): string {
  return formatMicros(joinMicros(units, rest));
}

/** When the month that it is ends (UTC): until then the next closing goes. */
function nextMonth(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
}

async function minimumOf({ DB }: Pick<Env, "DB">, { kind, number }: RowOwner): Promise<number> {
  if (kind !== "affiliate") return 0;
  const sql = "SELECT minimum_payout AS least FROM affiliates WHERE number = ?";
  return (await DB.prepare(sql).bind(number).first<number | null>("least")) ?? 0;
}

/** IDs of the owner's conversions of which something may be open, and of those that its statements list and that are another's since. */
async function lookThrough(
  { DB }: Pick<Env, "DB">,
  caller: Caller,
): Promise<{ owner: RowOwner; ids: string; isCut: boolean } | null> {
  const { scope } = caller;
  if (scope === "everything") return null;
  const owner = ownerOf(scope);
  const newest = placesQuery({
    places: placesFor(conversionsTable, caller, []),
    select: [{ name: "conversion_id", sql: "c.conversion_id" }],
    key: conversionsTable.key,
    range: {},
    conditions: [],
    limit: MOST_LOOKED_THROUGH,
    descending: true,
  });
  const bound = `coalesce((SELECT before_id FROM listing_bounds WHERE owner_type = '${owner.kind}'), '')`;
  const isLeft = `EXISTS (SELECT 1 FROM unlisted u WHERE u.owner_type = '${owner.kind}' AND u.conversion_id = w.conversion_id)`;
  const session = DB.withSession("first-primary");
  const [own, gone] = await Promise.all([
    session
      .prepare(
        `SELECT count(*) AS looked, json_group_array(w.conversion_id) FILTER (WHERE w.conversion_id >= ${bound} OR ${isLeft}) AS ids FROM (${newest.sql}) AS w`,
      )
      .bind(...newest.values)
      .first<{ looked: number; ids: string }>(),
    session
      .prepare(
        `SELECT json_group_array(DISTINCT c.conversion_id) AS ids FROM (
           SELECT l.conversion_id FROM statements s CROSS JOIN statement_lines l ON l.statement = s.id
           WHERE s.owner_type = ?1 AND s.owner = ?2 AND s.state IN ('final', 'paid') ORDER BY s.id DESC LIMIT ${MOST_LOOKED_THROUGH}
         ) AS n CROSS JOIN conversions c ON c.conversion_id = n.conversion_id WHERE +c.${owner.kind} <> ?2`,
      )
      .bind(owner.kind, owner.number)
      .first<{ ids: string }>(),
  ]);
  const ids = JSON.stringify([own?.ids, gone?.ids].flatMap((list): string[] => JSON.parse(list ?? "[]")));
  return { owner, ids, isCut: (own?.looked ?? 0) >= MOST_LOOKED_THROUGH };
}

/** Common table expressions that end in `own`: what is open of the named conversions. `due_at` is null of what is due at ?7. */
function ownRows({ kind }: RowOwner): string {
  return `${dueRows(kind, "named", "all")},
  own AS (
    SELECT conversion_id, offer, event, seq = 0 AS is_taken_back, currency, due, iif(due_at > ?7 AND due_at < ?4, due_at, NULL) AS due_at FROM due WHERE due <> 0
  )`;
}

function parametersOf({ kind, number }: RowOwner, ids: string, nowMs: number) {
  return [kind, ids, null, EVER, null, JSON.stringify([number]), nowMs];
}
