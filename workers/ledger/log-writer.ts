/**
 * Writes rows of the postback log to `LOG`. Whose a row is, its conversion tells, which the object has looked up; of a row without one the books are asked, in one
 * statement, in the transaction that writes them. So reading the log needs no join. Every statement is idempotent and safe in any order.
 */
import { columnsOf } from "../../schema/columns.ts";
import { postbacks } from "../../schema/tables.ts";
import type { LogPlace, LogRow, OwnedRow } from "../core/books/rows.ts";
import { linkSql } from "../core/click-id-sql.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { must } from "../core/must.ts";
import { cell, cells, cellsOf, WITH_ROWS } from "./json-rows.ts";

const COLUMNS = columnsOf(postbacks);

/**
 * True where the ledger found the message's click among its sender's own. Whoever writes any other click ID would learn from the filters of the log whose
 * link that is, and another advertiser's message about a click is none of its affiliate's business.
 */
const FOUND_CLICK = `p.status IN ('attributed', 'updated', 'duplicate', 'parked', 'rejected')
  AND coalesce(p.reason, '') NOT IN ('no_click', 'unknown_link', 'foreign_click', 'credentials_revoked')
  AND p.advertiser = (SELECT o.advertiser FROM offers AS o WHERE o.number = l.offer)`;

const ASKED = ["receipt", "advertiser", "status", "reason", "conversion_id", "click_id"] as const;

/** A row's conversion tells whose it is, or, where it has none, the link that its click ID names. */
const FIND_PLACES = `
  ${WITH_ROWS}, asked AS MATERIALIZED (SELECT ${ASKED.map((name, index) => `${cell(index)} AS ${name}`).join(", ")} FROM given)
  SELECT p.receipt, coalesce(c.link, l.number) AS link, coalesce(c.offer, l.offer) AS offer, coalesce(c.affiliate, l.affiliate) AS affiliate,
    c.conversion_id IS NOT NULL OR coalesce(${FOUND_CLICK}, 0) AS proven
  FROM asked AS p LEFT JOIN conversions AS c ON c.conversion_id = p.conversion_id LEFT JOIN links AS l ON l.number = ${linkSql("p.click_id")}`;

/** What the ledger says later counts; of what no object knows, the row that stands for more requests, and whatever became of a message that had failed. */
const WRITE = `
  ${WITH_ROWS} INSERT INTO postbacks (${COLUMNS.join(", ")}) SELECT ${cells(COLUMNS.length)} FROM given WHERE true
  ON CONFLICT (receipt) DO UPDATE SET ${COLUMNS.slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(", ")}
  WHERE excluded.stage > postbacks.stage OR excluded.stage = 0 AND postbacks.stage = 0
    AND (excluded.times > postbacks.times OR postbacks.status = 'failed' AND excluded.status = 'unattributed')`;

/** A row's place, as `placeStatements` finds it. */
export type FoundPlace = LogPlace & Pick<LogRow, "receipt">;

/** What the log keeps of a row beside what became of it. */
type Unplaced = OwnedRow & Partial<Pick<LogRow, "stranger" | "times">>;

/** Statements for `DB` that find whose those of these rows are of which the object has not told it; each gives `FoundPlace`s. */
export function placeStatements(db: D1Database, rows: readonly OwnedRow[]): D1PreparedStatement[] {
  const asked = rows.flatMap(({ told, ...row }) => (told ? [] : [cellsOf(row, ASKED)]));
  return jsonChunks(asked).map((chunk) => db.prepare(FIND_PLACES).bind(chunk));
}

/** The rows with their places. */
export function placed(rows: readonly Unplaced[], found: readonly FoundPlace[]): LogRow[] {
  const places = new Map(found.map(({ receipt, ...place }) => [receipt, place]));
  return rows.map(({ told, ...row }) => {
    const own = told ? { ...told, proven: 1 } : must(places.get(row.receipt), "the place of receipt", row.receipt);
    return { stranger: 0, times: 1, ...row, ...own };
  });
}

/** Asks the books whose these rows are. */
export async function findPlaces(db: D1Database, rows: readonly Unplaced[]): Promise<LogRow[]> {
  const statements = placeStatements(db, rows);
  const answers = statements.length > 0 ? await db.batch<FoundPlace>(statements) : [];
  return placed(
    rows,
    answers.flatMap(({ results }) => results),
  );
}

/** The statements that write `rows`, for one batch of `LOG`. */
export function logStatements(log: D1Database, rows: readonly LogRow[]): D1PreparedStatement[] {
  return jsonChunks(rows.map((row) => cellsOf(row, COLUMNS))).map((chunk) => log.prepare(WRITE).bind(chunk));
}

/** Writes rows with what the books say of them now. */
export async function placeAndWrite(
  { DB, LOG }: { DB: D1Database; LOG: D1Database },
  rows: readonly Unplaced[],
): Promise<void> {
  await writeLogRows(LOG, await findPlaces(DB, rows));
}

/** Writes `rows` in one transaction. */
export async function writeLogRows(log: D1Database, rows: readonly LogRow[]): Promise<void> {
  const statements = logStatements(log, rows);
  if (statements.length > 0) await log.batch(statements);
}
