/**
 * A row of another tracker's history, out of a table whose columns are named as our export of conversions names them. What the table calls by slugs is looked up by who reads it.
 * Amounts are decimals with a point, times RFC 3339, Unix seconds or milliseconds, `2026-11-01 10:00:00` in UTC, or a day.
 */
import type { ConversionStatus, HistoryContent, PostbackContent } from "../../../schema/messages.ts";
import { SUB_NAMES } from "../click/sub-ids.ts";
import { rearmFormula } from "../formula.ts";
import { readInstant } from "../instant.ts";
import { parseMicros } from "../money.ts";
import { accept, type Result, refuse } from "../result.ts";
import { readFact } from "../riding-facts.ts";
import { foldForeignClick } from "../trackers/foreign-click.ts";
import { plainName } from "./plain-name.ts";
import type { TableRecord } from "./table-records.ts";
import { readTableTime } from "./table-time.ts";

/** In the order in which they are documented. */
export const HISTORY_COLUMNS = [
  ...(["tracker", "conversion_id", "link", "offer", "affiliate", "event", "txid", "click_id", "status"] as const),
  ...(["currency", "amount", "revenue", "payout", "clicked_at", "occurred_at", "received_at"] as const),
  ...(["country", "external_id", "coupon", "original_status"] as const),
  ...SUB_NAMES,
] as const;
export type HistoryColumn = (typeof HISTORY_COLUMNS)[number];

export const HISTORY_FAULTS = {
  names_no_row:
    "Nothing tells this row from others: give it the other tracker's conversion_id, or a txid, or a click_id.",
  no_place: "The row says neither a link nor an offer with an affiliate.",
  unknown_place:
    "This advertiser has no such link, and no link of this offer and affiliate: make it, or import the row for the advertiser whose it is.",
  unknown_event: "The offer has no event of this name: have it added, or correct the event.",
  unknown_status: "A status is one of pending, approved, rejected, reversed.",
  unreadable_amount: "An amount is digits with a decimal point, without a sign or thousands separators.",
  unreadable_currency: "A currency is three letters of ISO 4217, such as USD.",
  unreadable_time:
    "A time is Unix seconds, Unix milliseconds or RFC 3339, such as 2026-11-23T08:00:00Z; without a zone it is UTC.",
  no_time: "The row says neither when it was received nor when it happened.",
  in_future: "The time is not over: history is what was.",
  too_long: "The text is longer than is kept.",
  twice: "The file has this row twice: the first one counts.",
  cells_missing: "The row has fewer cells than the header.",
  too_many_cells: "The row has more cells than the header: perhaps a cell holds the separator and lacks its quotes.",
} as const;
export type HistoryFault = keyof typeof HISTORY_FAULTS;

/** Why a row is not taken, and the column and its text where one is to blame. */
export interface FaultyHistory {
  fault: HistoryFault;
  column: HistoryColumn | null;
  text: string | null;
}

/** Where a row's link is: by its slug, or by those of its offer and affiliate. */
export interface HistorySlugs {
  link: string | null;
  offer: string | null;
  affiliate: string | null;
}

/** `name` tells the row from all others, whatever else it says. */
export interface ReadHistory {
  name: string[];
  slugs: HistorySlugs;
  content: PostbackContent;
  history: Omit<HistoryContent, "link">;
}

/** As of the door's `txid` and click IDs. */
const MAX_TEXT = { conversion_id: 256, txid: 128, click_id: 256, external_id: 512, original_status: 256 } as const;
const MAX_SUB = 256;
const STATUSES: readonly ConversionStatus[] = ["pending", "approved", "rejected", "reversed"];

/** Which of our columns stand where; null where the header has too few for any row. Columns of other names are passed over. */
export function findHistoryColumns(header: readonly string[]): Map<HistoryColumn, number> | null {
  const names = new Map(HISTORY_COLUMNS.map((name) => [plainName(name), name]));
  const places = new Map<HistoryColumn, number>();
  for (const [place, cell] of header.entries()) {
    const name = names.get(plainName(cell));
    if (name && !places.has(name)) places.set(name, place);
  }
  const has = (...some: HistoryColumn[]) => some.some((name) => places.has(name));
  const isPlaced = has("link") || (has("offer") && has("affiliate"));
  return isPlaced && has("conversion_id", "txid", "click_id") && has("received_at", "occurred_at") ? places : null;
}

/** Unix milliseconds of a time as a row of history says it; a day is its beginning in UTC. Null for what cannot be read. */
export function readHistoryTime(text: string): number | null {
  return readTableTime(text, true) ?? readInstant(text);
}

/** Reads a record under its columns. `cellsInHeader` is how many cells the header has. */
export function readHistory(
  { cells }: Pick<TableRecord, "cells">,
  columns: ReadonlyMap<HistoryColumn, number>,
  { cellsInHeader, nowMs }: { cellsInHeader: number; nowMs: number },
): Result<ReadHistory, FaultyHistory> {
  if (cells.length !== cellsInHeader)
    return fault(cells.length < cellsInHeader ? "cells_missing" : "too_many_cells", null, null);
  const text = (name: HistoryColumn): string | null =>
    rearmFormula(cells[columns.get(name) ?? -1] ?? "").trim() || null;
  const wrong = (name: HistoryFault, column: HistoryColumn) => fault(name, column, text(column));
  for (const [name, most] of [...entriesOf(MAX_TEXT), ...SUB_NAMES.map((sub) => [sub, MAX_SUB] as const)])
    if ((text(name)?.length ?? 0) > most) return wrong("too_long", name);
  const content: PostbackContent = {};
  const money: Partial<Record<"amount" | "revenue" | "payout", number>> = {};
  for (const name of ["amount", "revenue", "payout"] as const) {
    const micros = parseMicros(text(name) ?? "0");
    if (micros === null) return wrong("unreadable_amount", name);
    money[name] = micros;
  }
  const times: Partial<Record<"clicked_at" | "occurred_at" | "received_at", number>> = {};
  for (const name of ["clicked_at", "occurred_at", "received_at"] as const) {
    const said = text(name);
    const atMs = said === null ? undefined : readHistoryTime(said);
    if (atMs === null) return wrong("unreadable_time", name);
    if (atMs !== undefined && atMs > nowMs) return wrong("in_future", name);
    if (atMs !== undefined) times[name] = atMs;
  }
  const receivedAtMs = times.received_at ?? times.occurred_at;
  if (receivedAtMs === undefined) return fault("no_time", null, null);
  const occurredAtMs = times.occurred_at ?? receivedAtMs;
  const currency = text("currency")?.toUpperCase();
  if (currency !== undefined && !/^[A-Z]{3}$/.test(currency)) return wrong("unreadable_currency", "currency");
  const said = text("status")?.toLowerCase() ?? "approved";
  const status = STATUSES.find((one) => one === said);
  if (!status) return wrong("unknown_status", "status");
  const named = { clickId: text("click_id"), txid: text("txid"), event: text("event") };
  for (const name of ["clickId", "txid", "event"] as const) if (named[name] !== null) content[name] = named[name];
  // Late words have it so.
  if (content.clickId !== undefined) content.clickId = foldForeignClick(content.clickId);
  Object.assign(content, { status, amountMicros: money.amount ?? 0, revenueMicros: money.revenue ?? 0, occurredAtMs });
  if (currency !== undefined) content.currency = currency;
  const coupon = text("coupon");
  if (coupon !== null && !readFact(content, "coupon", coupon)) return wrong("too_long", "coupon");
  const originalStatus = text("original_status");
  if (originalStatus !== null) content.originalStatus = originalStatus;
  const slugs = { link: text("link"), offer: text("offer"), affiliate: text("affiliate") };
  if (slugs.link === null && (slugs.offer === null || slugs.affiliate === null)) return fault("no_place", null, null);
  const name = nameOf(text, receivedAtMs);
  if (!name) return fault("names_no_row", null, null);
  const history: Omit<HistoryContent, "link"> = {
    payoutMicros: money.payout ?? 0,
    // A conversion without its click's time is counted as of one that came at once.
    clickedAtMs: Math.min(times.clicked_at ?? occurredAtMs, occurredAtMs),
    receivedAtMs,
  };
  const [externalId, country] = [text("external_id"), text("country")];
  if (externalId !== null) history.externalId = externalId;
  if (country !== null && /^[A-Za-z]{2}$/.test(country)) history.country = country.toUpperCase();
  const subs = SUB_NAMES.map((sub) => text(sub) ?? "");
  const used = subs.findLastIndex((sub) => sub !== "") + 1;
  if (used > 0) history.subs = subs.slice(0, used);
  return accept({ name, slugs, content, history });
}

/** By the other tracker's own ID; without one by its order; without that by click and time. */
function nameOf(text: (name: HistoryColumn) => string | null, receivedAtMs: number): string[] | null {
  const tracker = text("tracker") ?? "";
  const [id, txid, clickId] = [text("conversion_id"), text("txid"), text("click_id")];
  if (id !== null) return ["history", tracker, "conversion", id];
  const rest = [text("event") ?? "", text("offer") ?? "", text("link") ?? ""];
  if (txid !== null) return ["history", tracker, "order", txid, ...rest];
  return clickId === null ? null : ["history", tracker, "click", clickId, String(receivedAtMs), ...rest];
}

function fault(name: HistoryFault, column: HistoryColumn | null, text: string | null): Result<never, FaultyHistory> {
  return refuse({ fault: name, column, text });
}

function entriesOf<Key extends string, Value>(record: Readonly<Record<Key, Value>>): (readonly [Key, Value])[] {
  const isKey = (name: string): name is Key => name in record;
  return Object.keys(record)
    .filter(isKey)
    .map((name) => [name, record[name]] as const);
}
