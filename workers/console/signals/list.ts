/** Lists of signals, newest first, and the rows that one names. */
import * as v from "valibot";
import type { Cell } from "../../../schema/columns.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { isSignalName, SIGNAL_NAMES, signalOf } from "../../core/signals/signals.ts";
import type { Env } from "../env.ts";
import { queryText } from "../tables/selection.ts";
import { noSuchSlug, numberFor } from "../tables/slugs.ts";
import { type SqlCondition, whereOf } from "../tables/sql-condition.ts";
import type { Caller } from "../web/caller.ts";
import { parameters } from "../web/input.ts";
import { cursorText, cutPage, type ListPage, PAGE_PARAMETERS, pageOf, rowsToRead } from "../web/listing.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { JOIN_SIGNALS, SELECT_SIGNALS, type SignalView, type StoredSignal, signalView } from "./signal-view.ts";

export const signalList = parameters({
  ...PAGE_PARAMETERS,
  state: v.exactOptional(v.picklist(["open", "closed"])),
  signal: v.exactOptional(v.picklist(SIGNAL_NAMES)),
  affiliate: v.exactOptional(queryText),
  offer: v.exactOptional(queryText),
});
export type SignalList = v.InferOutput<typeof signalList>;

/** Those that are open are few, and have an index; of an owner's, another one has them in their order. */
function fromSignals({ state, affiliate }: SignalList): string {
  if (affiliate !== undefined) return "signals AS s INDEXED BY signals_of_affiliate";
  return state === "open" ? "signals AS s INDEXED BY signals_open" : "signals AS s";
}

export async function listSignals(
  { DB }: Pick<Env, "DB">,
  caller: Caller,
  query: SignalList,
): Promise<Result<ListPage<SignalView>, Problem>> {
  const { cursor, state, signal } = query;
  const conditions: SqlCondition[] = [{ sql: "s.number < ?", values: [cursor ?? Number.MAX_SAFE_INTEGER] }];
  if (state !== undefined) conditions.push({ sql: `s.closed_at IS ${state === "open" ? "" : "NOT "}NULL`, values: [] });
  if (signal !== undefined) conditions.push({ sql: "s.signal = ?", values: [signal] });
  for (const kind of ["affiliate", "offer"] as const) {
    const slug = query[kind];
    if (slug === undefined) continue;
    const number = await numberFor(DB, caller, kind, slug);
    if (number === null) return refuse(noSuchSlug(kind, slug));
    conditions.push({ sql: `s.${kind} = ?`, values: [number] });
  }
  const where = whereOf(conditions);
  const { results } = await DB.prepare(
    `${SELECT_SIGNALS} FROM ${fromSignals(query)} ${JOIN_SIGNALS} ${where.sql} ORDER BY s.number DESC LIMIT ?`,
  )
    .bind(...where.values, rowsToRead(query))
    .all<StoredSignal>();
  return accept(pageOf(results, query, signalView));
}

export async function readSignal({ DB }: Pick<Env, "DB">, key: string): Promise<Result<SignalView, Problem>> {
  const row = /^\d{1,10}$/.test(key)
    ? await DB.prepare(`${SELECT_SIGNALS} FROM signals AS s ${JOIN_SIGNALS} WHERE s.number = ?`)
        .bind(Number(key))
        .first<StoredSignal>()
    : null;
  return row ? accept(signalView(row)) : refuse(notFound("signal", key));
}

export const namedRowList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: v.exactOptional(cursorText(/^[0-9a-hjkmnp-tv-z]{26}$/)),
});
export type NamedRowList = v.InferOutput<typeof namedRowList>;

export const namedRowAnswer = v.object({
  /** A conversion's ID, or a claim's receipt. */
  row: v.string(),
  kind: v.picklist(["conversion", "claim"]),
  txid: v.nullable(v.string()),
  /** When it was named, and now. */
  status_then: v.string(),
  status: v.nullable(v.string()),
  held: v.boolean(),
  named_at: v.string(),
  /** When the signal had it held. */
  held_at: v.nullable(v.string()),
  verdict: v.nullable(v.picklist(["right", "wrong", "unmeasured"])),
});
export type NamedRowView = v.InferOutput<typeof namedRowAnswer>;

interface NamedRow {
  row_id: string;
  status_then: string;
  named_at: number;
  held_at: number | null;
  verdict: NamedRowView["verdict"];
  txid: string | null;
  status: string | null;
  hold: string | null;
}

const NAMED = {
  conversions:
    "c.txid, c.status, c.hold FROM signal_rows AS r INDEXED BY signal_rows_of LEFT JOIN conversions AS c ON c.conversion_id = r.row_id",
  claims:
    "q.txid, q.state AS status, '' AS hold FROM signal_rows AS r INDEXED BY signal_rows_of LEFT JOIN claims AS q ON q.receipt = r.row_id",
} as const;

/** The rows that a signal names, the newest first. */
export async function listNamedRows(
  { DB }: Pick<Env, "DB">,
  key: string,
  query: NamedRowList,
): Promise<Result<ListPage<NamedRowView>, Problem>> {
  const found = await readSignal({ DB }, key);
  if (!found.ok) return found;
  const { number, signal } = found.value;
  const of = isSignalName(signal) ? signalOf(signal).rows : "conversions";
  const behind: Cell[] = query.cursor === undefined ? [] : [query.cursor];
  const { results } = await DB.prepare(
    `SELECT r.row_id, r.status AS status_then, r.named_at, r.held_at, r.verdict, ${NAMED[of]}
     WHERE r.number = ? ${behind.length > 0 ? "AND r.row_id < ?" : ""} ORDER BY r.row_id DESC LIMIT ?`,
  )
    .bind(number, ...behind, rowsToRead(query))
    .all<NamedRow>();
  const { page, last } = cutPage(results, query);
  const kind = of === "claims" ? "claim" : "conversion";
  return accept({
    items: page.map(({ row_id: row, status_then, named_at, held_at, verdict, txid, status, hold }) => ({
      ...{ row, kind, txid, status_then, status, verdict },
      held: hold === "held",
      named_at: formatInstant(named_at),
      held_at: held_at === null ? null : formatInstant(held_at),
    })),
    next: last?.row_id ?? null,
  });
}
