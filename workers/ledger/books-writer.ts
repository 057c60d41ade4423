/** Writes the books' rows to `DB`; the postback log's are written by log-writer.ts. Every statement is idempotent and safe in any order: repeated work changes nothing twice. */
import type { Cell } from "../../schema/columns.ts";
import { columnsOf } from "../../schema/columns.ts";
import { claims, conversions, entries } from "../../schema/tables.ts";
import { isFirstEntry } from "../core/books/first-entry.ts";
import type { ConversionRow, Rows } from "../core/books/rows.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { CLICK_COLUMNS, type ClickRow } from "./click-log.ts";
import { cells, cellsOf, WITH_ROWS } from "./json-rows.ts";

const CLAIM_COLUMNS = columnsOf(claims);
const ENTRY_COLUMNS = columnsOf(entries);
/** Less what is known of the click. */
export const CONVERSION_COLUMNS = columnsOf(conversions).filter(
  (column) => column !== "click_joined" && !CLICK_COLUMNS.includes(column),
);
/** What changes in a row. Its first entry never does: it stays where it was written first. What is beside it is known to the object alone, and said with every change. */
export const MOVED_COLUMNS = CONVERSION_COLUMNS.filter((column) => column !== "first_entry");

/** Of rows as `withClick` gives them. */
export const INSERT_CONVERSIONS = `${WITH_ROWS} INSERT INTO conversions (${CONVERSION_COLUMNS.join(", ")}, click_joined, ${CLICK_COLUMNS.join(", ")})
  SELECT ${cells(CONVERSION_COLUMNS.length + 1 + CLICK_COLUMNS.length)} FROM given WHERE true`;

const WRITE_CLAIMS = `
  ${WITH_ROWS} INSERT INTO claims (${CLAIM_COLUMNS.join(", ")}) SELECT ${cells(CLAIM_COLUMNS.length)} FROM given WHERE true
  ON CONFLICT (receipt) DO UPDATE SET ${assignments(CLAIM_COLUMNS)} WHERE excluded.stage > claims.stage`;

/** A click's columns stay when the row's new state comes without them, unless it belongs to another click now. */
const WRITE_CONVERSIONS = `
  ${INSERT_CONVERSIONS}
  ON CONFLICT (conversion_id) DO UPDATE SET ${assignments(MOVED_COLUMNS)},
    ${["click_joined", ...CLICK_COLUMNS].map((column) => `${column} = iif(excluded.click_joined OR excluded.click_id <> conversions.click_id, excluded.${column}, conversions.${column})`).join(", ")}
  WHERE excluded.seq > conversions.seq`;

const WRITE_ENTRIES = `
  ${WITH_ROWS} INSERT INTO entries (${ENTRY_COLUMNS.join(", ")}) SELECT ${cells(ENTRY_COLUMNS.length)} FROM given WHERE true
  ON CONFLICT DO NOTHING`;

/** The statements that write `rows`, for one D1 batch; `clicks` are the click rows that are known. */
export function writeStatements(
  db: D1Database,
  rows: Omit<Rows, "postbacks">,
  clicks: ReadonlyMap<string, ClickRow>,
): D1PreparedStatement[] {
  const bulk = (query: string, values: readonly unknown[]): D1PreparedStatement[] =>
    jsonChunks(values).map((chunk) => db.prepare(query).bind(chunk));
  return [
    ...bulk(
      WRITE_CONVERSIONS,
      latest(rows.conversions).map((row) => withClick(row, clicks.get(row.click_id))),
    ),
    ...bulk(
      WRITE_ENTRIES,
      rows.entries.filter((row) => !isFirstEntry(row)).map((row) => cellsOf(row, ENTRY_COLUMNS)),
    ),
    ...bulk(
      WRITE_CLAIMS,
      rows.claims.map((row) => cellsOf(row, CLAIM_COLUMNS)),
    ),
  ];
}

/** Several messages of a batch may have moved one conversion: only its latest state needs writing. */
function latest(rows: readonly ConversionRow[]): ConversionRow[] {
  const byId = new Map<string, ConversionRow>();
  for (const row of rows) if (row.seq >= (byId.get(row.conversion_id)?.seq ?? 0)) byId.set(row.conversion_id, row);
  return [...byId.values()];
}

/** A row of a conversion with what is known of its click. */
export function withClick(row: ConversionRow, click: ClickRow | undefined): Cell[] {
  const own = cellsOf(row, CONVERSION_COLUMNS);
  // What another tracker booked says itself what is known of its click.
  const known = row.imported === 1 ? toldCells(row) : click && cellsOf(click, CLICK_COLUMNS);
  // Where there was no click, none is looked for.
  return [
    ...own,
    Number(known !== undefined || row.attributed_by === "coupon"),
    ...(known ?? CLICK_COLUMNS.map(() => null)),
  ];
}

function toldCells(row: ConversionRow): Cell[] {
  const cells: Readonly<Record<string, Cell>> = { ...row };
  return cellsOf(cells, CLICK_COLUMNS);
}

function assignments(columns: readonly string[]): string {
  return columns
    .slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(", ");
}
