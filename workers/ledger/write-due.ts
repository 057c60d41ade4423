/** The cron's part of a log that was down: rows that the objects marked as due are written until `LOG` has them. */
import type { StoredMessage } from "../core/books/stored.ts";
import { withinTime } from "../core/time-limit.ts";
import type { DueRow } from "./due-rows.ts";
import { findPlaces, writeLogRows } from "./log-writer.ts";
import { type AskBooks, tellPlaces } from "./told-places.ts";

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
    const taken = await writeAround(rows, (some) => withinTime(writeLogRows(parts.LOG, some), LOG_MS, globalThis));
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

/** Writes what can be written around a row that D1 refuses, by halves, and gives that. Where both halves fail, the database is down, most likely, and is asked no further. */
async function writeAround<Item>(
  items: readonly Item[],
  write: (some: readonly Item[]) => Promise<void>,
): Promise<Item[]> {
  if (items.length === 0 || (await isWritten(items, write))) return [...items];
  const taken: Item[] = [];
  for (let rest = [...items]; rest.length > 1; ) {
    const middle = Math.floor(rest.length / 2);
    const refused: Item[][] = [];
    for (const half of [rest.slice(0, middle), rest.slice(middle)])
      if (await isWritten(half, write)) taken.push(...half);
      else refused.push(half);
    rest = refused.length === 1 ? refused.flat() : [];
  }
  return taken;
}

async function isWritten<Item>(items: readonly Item[], write: (some: readonly Item[]) => Promise<void>) {
  try {
    await write(items);
    return true;
  } catch (error) {
    console.error({ event: "due_rows_not_written", rows: items.length, error: String(error) });
    return false;
  }
}
