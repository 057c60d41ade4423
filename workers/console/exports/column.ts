/** A column of an export: where it comes from, of what kind it is, and how each kind is written. */
import { csvText } from "../../core/csv.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatMicros } from "../../core/money.ts";
import type { Role } from "../caller.ts";

/** A value as D1 gives it. Money comes as the text of whole micros, so that nothing is rounded on the way. */
export type Cell = string | number | null;

/** The number of something that is exported by its slug. */
export const SUBJECTS = ["advertiser", "offer", "affiliate", "link"] as const;
export type Subject = (typeof SUBJECTS)[number];

/** `plain` is text of ours, which holds neither marks nor formulas. */
export type Kind = "text" | "plain" | "decimal" | "time" | "flag" | "count" | Subject;

export interface Column {
  name: string;
  kind: Kind;
  /** The expression that gives it. */
  sql: string;
  /** Roles that never see it. */
  hiddenFrom: readonly Role[];
}

/** Slugs by number. */
export type Slugs = Record<Subject, Map<number, string>>;

/** A column named like its expression's last part, or by `sql`. Money crosses SQL as text. */
export function column(kind: Kind, name: string, sql: string, hiddenFrom: readonly Role[] = []): Column {
  return { name, kind, sql: kind === "decimal" ? `CAST(${sql} AS TEXT)` : sql, hiddenFrom };
}

/** The value in words: null where there is none. */
export function textOf(kind: Kind, cell: Cell, slugs: Slugs): string | null {
  if (cell === null) return null;
  switch (kind) {
    case "text":
    case "plain":
    case "count":
      return String(cell);
    case "decimal":
      return formatMicros(cell);
    case "time":
      return formatInstant(Number(cell));
    case "flag":
      return cell === 0 ? "false" : "true";
    default:
      // A number without a row cannot be; should it be, it is shown rather than hidden.
      return slugs[kind].get(Number(cell)) ?? String(cell);
  }
}

/** As CSV has it: nothing where there is nothing. */
export function csvOf(kind: Kind, cell: Cell, slugs: Slugs): string {
  const text = textOf(kind, cell, slugs);
  if (text === null) return "";
  return kind === "text" ? csvText(text) : text;
}

/** As JSON has it: decimals are strings, since they may be larger and finer than JSON's numbers. */
export function jsonOf(kind: Kind, cell: Cell, slugs: Slugs): string | number | boolean | null {
  if (cell === null) return null;
  if (kind === "flag") return cell !== 0;
  return kind === "count" ? Number(cell) : textOf(kind, cell, slugs);
}

/** A row as an object, its fields named by the columns. */
export function objectOf(columns: readonly Column[], cells: readonly Cell[], slugs: Slugs) {
  return Object.fromEntries(columns.map(({ name, kind }, index) => [name, jsonOf(kind, cells[index] ?? null, slugs)]));
}
