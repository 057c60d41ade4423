/** Writes rows of the books anew from what the advertiser's object stores. */
import type { RepairMessage } from "../../schema/messages.ts";
import { firstReceivedAtMs } from "../core/books/attempts.ts";
import { claimRows, conversionRow, entryRow, type Rows } from "../core/books/rows.ts";
import type { StoredBooks, StoredConversion } from "../core/books/stored.ts";
import { writeStatements } from "./books-writer.ts";
import { CLICK_COLUMNS, type ClickLogParts, type ClickRow, findClicks } from "./click-log.ts";
import { findPlaces, logStatements, writeLogRows } from "./log-writer.ts";
import { type AskBooks, tellPlaces } from "./told-places.ts";

type Find = StoredBooks["find"];

const DELETE_POSTBACKS = "DELETE FROM postbacks WHERE stage > 0 AND receipt IN (SELECT value FROM json_each(?))";
const KEPT = "SELECT from_at FROM kept WHERE log = 'postbacks'";
const DELETE_CLAIMS = "DELETE FROM claims WHERE receipt IN (SELECT value FROM json_each(?))";
const DELETE_CONVERSIONS = "DELETE FROM conversions WHERE conversion_id IN (SELECT value FROM json_each(?))";
const DELETE_ENTRIES = "DELETE FROM entries WHERE conversion_id IN (SELECT value FROM json_each(?))";
const JOINED = `SELECT click_id, ${CLICK_COLUMNS.join(", ")} FROM conversions WHERE click_joined = 1 AND conversion_id IN (SELECT value FROM json_each(?))`;

interface RepairParts extends ClickLogParts {
  LOG: D1Database;
}

/**
 * In each database one transaction takes the named rows away and writes them again as they are stored, or leaves them away where they are not stored.
 * Postbacks first received before `keptFromMs` are past retention, as those are that the log had no room for: they may be in the archive only, and are not brought back.
 */
export async function repair(
  parts: RepairParts,
  find: AskBooks,
  message: RepairMessage,
  keptFromMs: number,
): Promise<void> {
  await repairBooks(parts, find, message.receipts, message.conversions);
  await repairLog(parts, find, message.receipts, keptFromMs);
}

async function repairBooks(parts: RepairParts, find: AskBooks, receipts: string[], ids: string[]): Promise<void> {
  if (ids.length === 0 && receipts.length === 0) return;
  const stored = await find(receipts, ids);
  const clicks = await knownClicks(parts, ids, stored.conversions);
  await parts.DB.batch([
    parts.DB.prepare(DELETE_CLAIMS).bind(JSON.stringify(receipts)),
    // The conversion first: entries go only with it.
    parts.DB.prepare(DELETE_CONVERSIONS).bind(JSON.stringify(ids)),
    parts.DB.prepare(DELETE_ENTRIES).bind(JSON.stringify(ids)),
    ...writeStatements(parts.DB, rowsOf(stored), clicks),
  ]);
  // What was settled meanwhile may have been written before these rows were taken away: its rows only move forward.
  const now = await find(receipts, ids);
  const again = writeStatements(parts.DB, rowsOf(now), clicks);
  if (again.length > 0) await parts.DB.batch(again);
}

async function repairLog({ DB, LOG }: RepairParts, find: AskBooks, receipts: string[], keptFromMs: number) {
  if (receipts.length === 0) return;
  const { results } = await LOG.prepare(KEPT).all<{ from_at: number }>();
  const fromMs = Math.max(keptFromMs, results[0]?.from_at ?? 0);
  const read = async () => {
    const { messages } = await find(receipts, []);
    const kept = messages.filter((message) => firstReceivedAtMs(message) >= fromMs);
    return findPlaces(DB, await tellPlaces(find, kept));
  };
  const taken = LOG.prepare(DELETE_POSTBACKS).bind(JSON.stringify(receipts));
  await LOG.batch([taken, ...logStatements(LOG, await read())]);
  // As in the books.
  await writeLogRows(LOG, await read());
}

function rowsOf({ messages, conversions }: ReturnType<Find>): Omit<Rows, "postbacks"> {
  return {
    claims: messages.flatMap(claimRows),
    conversions: conversions.map(({ conversion, settledAtMs, beside }) =>
      conversionRow(conversion, settledAtMs, beside),
    ),
    entries: conversions.flatMap(({ conversion }) => conversion.entries.map((entry) => entryRow(conversion, entry))),
  };
}

/** What the conversions had taken over from their clicks, which may be gone from the log by now; the log for the others. */
async function knownClicks(
  env: ClickLogParts,
  ids: readonly string[],
  stored: readonly StoredConversion[],
): Promise<Map<string, ClickRow>> {
  const clicks = await findClicks(env, [...new Set(stored.map(({ conversion }) => conversion.click.clickId))]);
  const { results } = await env.DB.prepare(JOINED).bind(JSON.stringify(ids)).all<ClickRow>();
  for (const row of results) clicks.set(row.click_id, row);
  return clicks;
}
