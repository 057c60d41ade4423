/** A column of what is read: where it comes from, of what kind it is, and how each kind is written. */
import type { Cell } from "../../../schema/columns.ts";
import { csvText } from "../../core/csv.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatMicros } from "../../core/money.ts";
import type { Role, Seen, SeenBy } from "../../core/roles.ts";
import type { Subject } from "../../core/subjects.ts";

/** A subject is a number that is exported by its slug; `plain` is text of ours, which holds neither marks nor formulas; `json` is a JSON object on one line. */
export type ColumnKind = "text" | "json" | "plain" | "decimal" | "time" | "flag" | "count" | Subject;

/** A column that says nothing of who sees it is shown to admins only. */
export interface Column extends Seen {
  name: string;
  kind: ColumnKind;
  /** The expression that gives it. */
  sql: string;
  /** Looked up for the rows of a page alone, which is `page` then: see row-places.ts. */
  onPage?: boolean;
  /** That for roles which see less of it. */
  sqlFor?: Partial<Record<Role, string>>;
}

/** Slugs by number. */
export type Slugs = Record<Subject, Map<number, string>>;

/** A column named like its expression's last part, or by `sql`. Money crosses SQL as text. */
export function column(kind: ColumnKind, name: string, sql: string, seenBy?: SeenBy): Column {
  return { name, kind, sql: kind === "decimal" ? `CAST(${sql} AS TEXT)` : sql, ...(seenBy ? { seenBy } : {}) };
}

/** How a value of a kind is written in words. A function for each column, chosen once and not for every cell: an export writes millions. */
function wordsOf(kind: ColumnKind, slugs: Slugs): (cell: string | number) => string {
  switch (kind) {
    case "text":
    case "json":
    case "plain":
    case "count":
      return String;
    case "decimal":
      return (cell) => formatMicros(cell);
    case "time":
      return (cell) => formatInstant(Number(cell));
    case "flag":
      return (cell) => (cell === 0 ? "false" : "true");
    default:
      return slugOf(slugs[kind]);
  }
}

/** A number without a row cannot be; should it be, it is shown rather than hidden. */
function slugOf(known: Map<number, string>): (cell: string | number) => string {
  return (cell) => known.get(Number(cell)) ?? String(cell);
}

/** As CSV has it: nothing where there is nothing. */
export function csvWriter({ kind }: Column, slugs: Slugs): (cell: Cell) => string {
  const words =
    kind === "text" || kind === "json" ? (cell: string | number) => csvText(String(cell)) : wordsOf(kind, slugs);
  return (cell) => (cell === null ? "" : words(cell));
}

/** As JSON has it: decimals are strings, since they may be larger and finer than JSON's numbers. */
export function jsonWriter({ kind }: Column, slugs: Slugs): (cell: Cell) => string {
  const words = wordsOf(kind, slugs);
  if (kind === "flag" || kind === "count" || kind === "json") return (cell) => (cell === null ? "null" : words(cell));
  if (kind === "text") return (cell) => JSON.stringify(cell);
  // Nothing in the others needs an escape.
  return (cell) => (cell === null ? "null" : `"${words(cell)}"`);
}

/** A row as an object, its fields named by the columns. */
export function objectOf(columns: readonly Column[], cells: readonly Cell[], slugs: Slugs): Record<string, unknown> {
  const parts = columns.map((column, index) => [
    column.name,
    JSON.parse(jsonWriter(column, slugs)(cells[index] ?? null)),
  ]);
  return Object.fromEntries(parts);
}
