/** The nightly copies of the set-up, as the console tells of them. */
import { type ConsoleFetch, callConsole, recordsIn } from "../console-api.ts";

export interface SetUpCopy {
  day: string;
  rows: number;
  bytes: number;
  sha256: string;
}

export interface TableDifferences {
  table: string;
  isOnlyAdded: boolean;
  missing: number;
  changed: number;
  added: number;
  missingNames: string[];
  changedRows: { name: string; columns: string[] }[];
}

export async function listCopies(fetchConsole: ConsoleFetch): Promise<SetUpCopy[]> {
  const { items } = await callConsole(fetchConsole, { path: "/api/set-up-copies" });
  return recordsIn(items).map(({ day, rows, bytes, sha256 }) => ({
    day: String(day),
    rows: Number(rows),
    bytes: Number(bytes),
    sha256: String(sha256),
  }));
}

/** How each table differs from that night's copy. */
export async function readDifferences(fetchConsole: ConsoleFetch, day: string): Promise<TableDifferences[]> {
  const found: TableDifferences[] = [];
  for (const table of await tables(fetchConsole)) {
    const told = await callConsole(fetchConsole, {
      path: `/api/set-up-copies/${day}?${new URLSearchParams({ table })}`,
    });
    found.push({
      table,
      isOnlyAdded: told.only_added === true,
      missing: Number(told.missing),
      changed: Number(told.changed),
      added: Number(told.added),
      missingNames: Array.isArray(told.missing_names) ? told.missing_names.map(String) : [],
      changedRows: recordsIn(told.changed_rows).map(({ name, columns }) => ({
        name: String(name),
        columns: Array.isArray(columns) ? columns.map(String) : [],
      })),
    });
  }
  return found;
}

/** Brings rows back, what others refer to first; gives how many. */
export async function restoreSetUp(fetchConsole: ConsoleFetch, day: string, over: boolean): Promise<number> {
  let sum = 0;
  for (const table of await tables(fetchConsole)) {
    const body = { table, day, over };
    const { restored } = await callConsole(fetchConsole, {
      method: "POST",
      path: `/api/set-up-copies/${day}/restore`,
      body,
    });
    sum += Number(restored);
  }
  return sum;
}

async function tables(fetchConsole: ConsoleFetch): Promise<string[]> {
  const { tables: names } = await callConsole(fetchConsole, { path: "/api/set-up-copies" });
  return Array.isArray(names) ? names.map(String) : [];
}
