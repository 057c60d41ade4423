/** Fields of rows whose columns depend on who looks. */
import { isRecord } from "../../core/is-record.ts";

/** Null where the field is not there, or is no text. */
export function textIn(row: Record<string, unknown>, name: string): string | null {
  const value = row[name];
  return typeof value === "string" ? value : null;
}

/** The rows within a field. */
export function rowsIn(row: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const value = row[name];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
