/**
 * The tables of an advertiser's object that are archived. Left out is what follows from them: names, which messages say; places taken under caps, which conversions count; and the marks of
 * rows that `LOG` has yet to take, which `npm run verify` finds.
 */
import type { PieceCell } from "../../core/books/command-piece.ts";
import {
  CONVERSIONS,
  isSeated,
  MESSAGES,
  type Seated,
  seatedChunks,
  WITH_SEATED_NAMES,
} from "../../core/books/seats.ts";
import { jsonChunks } from "../../core/json-chunks.ts";
import { cells, WITH_ROWS } from "../json-rows.ts";
import { findMessages, forgetMessages, writeNames } from "../object-storage.ts";
import type { Sql } from "../sql.ts";

type Row = Record<string, PieceCell>;

interface ArchivedTable {
  name: string;
  /** The column by which a row is named, and by which a walk through all goes on. */
  key: string;
  order: string;
  /** What lies before all of them. */
  before: -1 | "";
  columns: readonly string[];
  seated?: Seated;
}

/** Keys that are numbers; others are texts. */
const NUMBERED = new Set(["number", "day", "one", "seq"]);

/** That the journal was made anew, which stays where it is made anew once more. */
export const REBUILT = "rebuilt";

/** What others refer to comes first. */
export const ARCHIVED_TABLES: readonly ArchivedTable[] = [
  table("common", "number", ["text"]),
  table("logged", "seq", ["checkpoint"]),
  {
    ...table("messages", "receipt", [
      "seat",
      "order_key",
      "click_key",
      "stage",
      "settled_at",
      "command",
      "outcome",
      "touched",
      "salting",
    ]),
    order: "seat",
    before: -1,
    seated: MESSAGES,
  },
  {
    ...table("conversions", "id", ["seat", "settled_at", "state", "salting"]),
    order: "seat",
    before: -1,
    seated: CONVERSIONS,
  },
  table("firsts", "key", ["taken"]),
  table("full_caps", "key", ["since_at"]),
  table("claim_places", "key", ["places"]),
  table("erased", "name", []),
  table("pixel_days", "day", ["bytes"]),
  table("pixel_forgotten", "one", ["received_at", "receipt"]),
  table(REBUILT, "seq", ["head", "at", "who", "checkpoint"]),
  table("journal", "seq", ["at", "head", "leaves"]),
];

/** What a walk through all begins with; what is common, and what the signed log has, comes with every piece. */
export const FIRST_WALKED = "messages";

function table(name: string, key: string, rest: readonly string[]): ArchivedTable {
  return { name, key, order: key, before: NUMBERED.has(key) ? -1 : "", columns: [key, ...rest] };
}

/** Throws where a newer version archived what this one does not know. */
export function tableNamed(name: string): ArchivedTable {
  const found = ARCHIVED_TABLES.find((one) => one.name === name);
  if (!found)
    throw new Error(
      `the archive has rows of a table ${name}, which this version does not know: deploy the one that wrote them`,
    );
  return found;
}

/** The rows of these names that are there, by name. */
export function rowsNamed(
  sql: Sql,
  { name, key, columns, seated }: ArchivedTable,
  names: readonly PieceCell[],
): Map<PieceCell, Row> {
  const from = seated
    ? `${WITH_SEATED_NAMES} SELECT ${listed(columns)} FROM k CROSS JOIN ${name} t ON ${isSeated(seated, "t")}`
    : `SELECT ${listed(columns)} FROM json_each(?1) k CROSS JOIN ${name} t ON t.${key} = k.value`;
  const asked = [...new Set(names)];
  const chunks = seated ? seatedChunks(seated, asked.map(String)) : jsonChunks(asked);
  const rows = chunks.flatMap((chunk) => readRows(sql, from, chunk));
  return new Map(rows.map((row) => [row[key] ?? null, row]));
}

/** So many rows behind this place. */
export function rowsBehind(
  sql: Sql,
  { name, order, columns }: ArchivedTable,
  after: string | number,
  limit: number,
): Row[] {
  const behind = `SELECT ${listed(columns)} FROM ${name} t WHERE t.${order} > json_extract(?1, '$[0]') ORDER BY t.${order} LIMIT json_extract(?1, '$[1]')`;
  return readRows(sql, behind, JSON.stringify([after, limit]));
}

/** Writes rows over those of their names. */
export function putRows(sql: Sql, { name, columns }: ArchivedTable, rows: readonly Row[]): void {
  const known = columns.filter((column) => rows.some((row) => row[column] !== undefined));
  const write = `${WITH_ROWS} INSERT OR REPLACE INTO ${name} (${known.join(", ")}) SELECT ${cells(known.length)} FROM given WHERE true`;
  const given = rows.map((row) => known.map((column) => row[column] ?? null));
  for (const chunk of jsonChunks(given)) sql.exec(write, chunk);
  if (name === "messages")
    writeNames(
      sql,
      messagesOf(
        sql,
        rows.map(({ receipt }) => receipt ?? null),
      ),
    );
}

/** Takes rows of these names away. */
export function takeRows(sql: Sql, { name, key }: ArchivedTable, names: readonly PieceCell[]): void {
  if (name === "messages") forgetMessages(sql, messagesOf(sql, names));
  else
    for (const chunk of jsonChunks(names))
      sql.exec(`DELETE FROM ${name} WHERE ${key} IN (SELECT value FROM json_each(?))`, chunk);
}

function messagesOf(sql: Sql, receipts: readonly PieceCell[]) {
  return [...findMessages(sql, receipts.map(String)).values()];
}

function listed(columns: readonly string[]): string {
  return columns.map((column) => `t.${column}`).join(", ");
}

function readRows(sql: Sql, query: string, given: string): Row[] {
  return sql
    .exec(query, given)
    .toArray()
    .map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, cellOf(value)])));
}

function cellOf(value: unknown): PieceCell {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  throw new TypeError(`a row of an object holds a ${typeof value}`);
}
