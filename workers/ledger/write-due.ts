/** The cron's part of a log that was down: rows that the objects marked as due are written until `LOG` has them. */
import type { LogRow } from "../core/books/rows.ts";
import type { StoredMessage } from "../core/books/stored.ts";
import { withinTime } from "../core/time-limit.ts";
import type { DueRow } from "./due-rows.ts";
import { findPlaces, writeLogRows } from "./log-writer.ts";
import { type AskBooks, tellPlaces } from "./told-places.ts";
import { writeAround } from "./write-around.ts";

/** A run ends within a Worker's time, and its calls within a Worker's number. */
const ADVERTISERS = 10;
const PAGES = 5;
const PAGE_ROWS = 500;
/** D1 answers within so long, or not. */
const LOG_MS = 30_000;

/** What an advertiser's object is asked. */
export interface DueBooks {
  dueMessages(after: string, limit: number): Promise<StoredMessage[]>;
  strikeDue(written: DueRow[]): Promise<void>;
  find: AskBooks;
}

interface DueParts {
  DB: D1Database;
  LOG: D1Database;
  booksOf: (advertiser: number) => DueBooks;
}

/** By chance, so that one whose rows cannot be written does not stand in the way of the others. */
const FIND = "SELECT advertiser, marks FROM due_logs ORDER BY random() LIMIT ?";
/** What was marked since it was read stays. */
const DONE = "DELETE FROM due_logs WHERE advertiser = ? AND marks = ?";

/** Says how many rows it wrote. */
export async function writeDueRows(parts: DueParts): Promise<number> {
  const { results } = await parts.DB.prepare(FIND).bind(ADVERTISERS).all<{ advertiser: number; marks: number }>();
  let rows = 0;
  for (const { advertiser, marks } of results) {
    const { written, end } = await writeDueOf(parts, parts.booksOf(advertiser));
    rows += written;
    if (end === "done") await parts.DB.prepare(DONE).bind(advertiser, marks).run();
    if (end === "down") break;
  }
  return rows;
}

/** Page by page. `down`: the log, most likely, which is asked no further; `left`: something is for the next run. */
async function writeDueOf(
  parts: DueParts,
  books: DueBooks,
): Promise<{ written: number; end: "done" | "left" | "down" }> {
  let after = "";
  let written = 0;
  let left = false;
  for (let page = 0; page < PAGES; page++) {
    const messages = await books.dueMessages(after, PAGE_ROWS);
    const rows = await findPlaces(parts.DB, await tellPlaces((...asked) => books.find(...asked), messages));
    const { written: taken } = await writeAround(rows, (some) => writeOrSay(parts.LOG, some));
    if (taken.length > 0) await books.strikeDue(taken.map(({ receipt, stage }) => ({ receipt, stage })));
    written += taken.length;
    left ||= taken.length < messages.length;
    if (rows.length > 0 && taken.length === 0) return { written, end: "down" };
    const last = messages.at(-1);
    if (!last || messages.length < PAGE_ROWS) return { written, end: left ? "left" : "done" };
    after = last.command.receipt;
  }
  return { written, end: "left" };
}

function writeOrSay(log: D1Database, rows: readonly LogRow[]): Promise<void> {
  return withinTime(writeLogRows(log, rows), LOG_MS, globalThis).catch((error: unknown) => {
    console.error({ event: "due_rows_not_written", rows: rows.length, error: String(error) });
    throw error;
  });
}
