/**
 * Moves the postback log of an older install from the books' database to `LOG`: first what the archive says of it, then its rows, newest first, page by page. Each
 * page is written there before it is deleted here, so wherever this dies it goes on, and nothing is lost. A log that is moved costs a look a minute.
 */
import { getTableColumns } from "drizzle-orm";
import { columnsOf } from "../../schema/columns.ts";
import { archivePieces, postbacks } from "../../schema/tables.ts";
import type { PostbackRow } from "../core/books/rows.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { must } from "../core/must.ts";
import { cell, cells, cellsOf, WITH_ROWS } from "./json-rows.ts";
import { placeAndWrite } from "./log-writer.ts";

const PAGE_ROWS = 1_000;
/** A run ends within a Worker's time. */
const PAGES = 20;

const PIECE_COLUMNS = columnsOf(archivePieces);

type PieceRow = Record<string, string | number | null>;

const LEFT = "SELECT 1 FROM postbacks LIMIT 1";
const LEFT_PIECES = "SELECT 1 FROM archive_pieces WHERE log = 'postbacks' LIMIT 1";

const KEPT = "SELECT from_at FROM kept WHERE log = 'postbacks'";
const KEEP = "UPDATE kept SET from_at = max(from_at, ?) WHERE log = 'postbacks'";

const PIECES = `SELECT ${PIECE_COLUMNS.join(", ")} FROM archive_pieces WHERE log = 'postbacks' ORDER BY hour, piece LIMIT ${PAGE_ROWS}`;
const WRITE_PIECES = `
  ${WITH_ROWS} INSERT INTO archive_pieces (${PIECE_COLUMNS.join(", ")}) SELECT ${cells(PIECE_COLUMNS.length)} FROM given WHERE true ON CONFLICT DO NOTHING`;
const FORGET_PIECES = `
  ${WITH_ROWS} DELETE FROM archive_pieces WHERE log = 'postbacks' AND (hour, piece) IN (SELECT ${cells(2)} FROM given)`;

const ROWS = `SELECT * FROM postbacks INDEXED BY postbacks_by_time ORDER BY received_at DESC, receipt DESC LIMIT ${PAGE_ROWS}`;
/** What an older ledger has written anew meanwhile stays for the next page. */
const FORGET_ROWS = `
  ${WITH_ROWS} DELETE FROM postbacks WHERE receipt IN (
    SELECT p.receipt FROM given CROSS JOIN postbacks AS p ON p.receipt = ${cell(0)} WHERE p.stage <= ${cell(1)})`;

/** What the log has columns for by now, and the older table has not. What is not null has a value of its own when it is written. */
const UNSAID = Object.fromEntries(
  Object.values(getTableColumns(postbacks))
    .filter(({ notNull }) => !notNull)
    .map(({ name }) => [name, null]),
);

interface MoveParts {
  DB: D1Database;
  LOG: D1Database;
}

/** True when nothing of the log is left in the books' database. */
export async function isLogMoved(db: D1Database): Promise<boolean> {
  const answers = await db.batch([db.prepare(LEFT), db.prepare(LEFT_PIECES)]);
  return answers.every(({ results }) => results.length === 0);
}

/** Says how many rows it moved. */
export async function moveLog(parts: MoveParts): Promise<number> {
  if (await isLogMoved(parts.DB)) return 0;
  await moveArchive(parts);
  let rows = 0;
  for (let page = 0; page < PAGES; page++) {
    const moved = await moveRows(parts);
    rows += moved;
    if (moved < PAGE_ROWS) break;
  }
  return rows;
}

/** Since when rows are kept, and what the archive holds: pieces whose rows are gone must never be written again. */
async function moveArchive({ DB, LOG }: MoveParts): Promise<void> {
  const { results: kept } = await DB.prepare(KEPT).all<{ from_at: number }>();
  await LOG.prepare(KEEP)
    .bind(must(kept[0], "since when is kept", "postbacks").from_at)
    .run();
  for (;;) {
    const { results } = await DB.prepare(PIECES).all<PieceRow>();
    if (results.length === 0) return;
    await writeChunks(
      LOG,
      WRITE_PIECES,
      results.map((row) => cellsOf(row, PIECE_COLUMNS)),
    );
    await writeChunks(
      DB,
      FORGET_PIECES,
      results.map((row) => cellsOf(row, ["hour", "piece"])),
    );
  }
}

async function moveRows({ DB, LOG }: MoveParts): Promise<number> {
  const { results } = await DB.prepare(ROWS).all<PostbackRow>();
  await placeAndWrite(
    { DB, LOG },
    results.map((row) => ({ ...UNSAID, ...row })),
  );
  await writeChunks(
    DB,
    FORGET_ROWS,
    results.map(({ receipt, stage }) => [receipt, stage]),
  );
  return results.length;
}

async function writeChunks(db: D1Database, query: string, rows: readonly unknown[]): Promise<void> {
  const statements = jsonChunks(rows).map((chunk) => db.prepare(query).bind(chunk));
  if (statements.length > 0) await db.batch(statements);
}
