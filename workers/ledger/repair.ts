/** Writes rows of the books anew from what the advertiser's object stores. */
import type { RepairMessage } from "../../schema/messages.ts";
import { firstReceivedAtMs } from "../core/books/attempts.ts";
import { conversionRow, entryRow, postbackRow, type Rows } from "../core/books/rows.ts";
import type { StoredBooks, StoredConversion, StoredMessage } from "../core/books/stored.ts";
import { writeStatements } from "./books-writer.ts";
import { CLICK_COLUMNS, type ClickRow, findClicks } from "./click-log.ts";

type Find = StoredBooks["find"];

const DELETE_POSTBACKS = "DELETE FROM postbacks WHERE stage > 0 AND receipt IN (SELECT value FROM json_each(?))";
const DELETE_CONVERSIONS = "DELETE FROM conversions WHERE conversion_id IN (SELECT value FROM json_each(?))";
const DELETE_ENTRIES = "DELETE FROM entries WHERE conversion_id IN (SELECT value FROM json_each(?))";
const JOINED = `SELECT click_id, ${CLICK_COLUMNS.join(", ")} FROM conversions WHERE click_joined = 1 AND conversion_id IN (SELECT value FROM json_each(?))`;

/**
 * One transaction takes the named rows away and writes them again as they are stored, or leaves them away where they are not stored.
 * Postbacks first received before `keptFromMs` are past retention: they may be in the archive only, and are not brought back.
 */
export async function repair(
  env: { DB: D1Database; CLICKS: D1Database },
  find: (...asked: Parameters<Find>) => Promise<ReturnType<Find>>,
  message: RepairMessage,
  keptFromMs: number,
): Promise<void> {
  const stored = await find(message.receipts, message.conversions);
  const clicks = await knownClicks(env, message.conversions, stored.conversions);
  const receipts = stored.messages.filter((message) => firstReceivedAtMs(message) >= keptFromMs);
  const statements = [
    env.DB.prepare(DELETE_POSTBACKS).bind(JSON.stringify(message.receipts)),
    // The conversion first: entries go only with it.
    env.DB.prepare(DELETE_CONVERSIONS).bind(JSON.stringify(message.conversions)),
    env.DB.prepare(DELETE_ENTRIES).bind(JSON.stringify(message.conversions)),
    ...writeStatements(env.DB, rowsOf(receipts, stored.conversions), clicks),
  ];
  await env.DB.batch(statements);
  // What was settled meanwhile may have been written before these rows were taken away: its rows only move forward.
  const now = await find(message.receipts, message.conversions);
  const kept = now.messages.filter((message) => firstReceivedAtMs(message) >= keptFromMs);
  const again = writeStatements(env.DB, rowsOf(kept, now.conversions), clicks);
  if (again.length > 0) await env.DB.batch(again);
}

function rowsOf(messages: readonly StoredMessage[], conversions: readonly StoredConversion[]): Rows {
  return {
    postbacks: messages.map((message) => postbackRow(message, message.stage, message.settledAtMs)),
    conversions: conversions.map(({ conversion, settledAtMs }) => conversionRow(conversion, settledAtMs)),
    entries: conversions.flatMap(({ conversion }) => conversion.entries.map((entry) => entryRow(conversion, entry))),
  };
}

/** What the conversions had taken over from their clicks, which may be gone from the log by now; the log for the others. */
async function knownClicks(
  env: { DB: D1Database; CLICKS: D1Database },
  ids: readonly string[],
  stored: readonly StoredConversion[],
): Promise<Map<string, ClickRow>> {
  const clicks = await findClicks(env, [...new Set(stored.map(({ conversion }) => conversion.click.clickId))]);
  const { results } = await env.DB.prepare(JOINED).bind(JSON.stringify(ids)).all<ClickRow>();
  for (const row of results) clicks.set(row.click_id, row);
  return clicks;
}
