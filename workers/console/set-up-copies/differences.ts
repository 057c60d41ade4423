/** Holds a table of the set-up against a night's copy, and brings rows back. */
import type { Env } from "../env.ts";
import { type CopiedRow, type CopiedTable, keyOf, rowsBehind } from "./copied-tables.ts";
import { copyName, readLines } from "./copy-file.ts";

const PAGE = 2_000;

export interface TableDifferences {
  /** Rows of the copy that are not there. */
  missing: CopiedRow[];
  /** Rows that are otherwise there. */
  changed: { columns: string[]; row: CopiedRow }[];
  /** Rows that the copy does not have. */
  added: number;
}

/** Null where there is no copy of that day. */
export async function compareTable(
  { DB, ARCHIVE }: Pick<Env, "DB" | "ARCHIVE">,
  day: number,
  table: CopiedTable,
): Promise<TableDifferences | null> {
  const object = await ARCHIVE.get(copyName(day));
  if (!object) return null;
  const lines = readLines(new Uint8Array(await object.arrayBuffer()), object.customMetadata?.sha256 ?? "");
  const copy = new Map(
    lines.flatMap((line) => (line.table === table.name ? [[keyOf(table, line.row), line.row] as const] : [])),
  );
  const found: TableDifferences = { missing: [], changed: [], added: 0 };
  const seen = new Set<string>();
  for (let after = "[]"; ; ) {
    const { results } = await DB.prepare(rowsBehind(table)).bind(after, PAGE).all<CopiedRow>();
    for (const row of results) {
      const key = keyOf(table, row);
      seen.add(key);
      const was = copy.get(key);
      if (!was) found.added++;
      else {
        const columns = table.columns.filter((column) => column in was && was[column] !== row[column]);
        if (columns.length > 0) found.changed.push({ columns, row: was });
      }
    }
    const last = results.at(-1);
    if (!last || results.length < PAGE) break;
    after = keyOf(table, last);
  }
  found.missing = [...copy].flatMap(([key, row]) => (seen.has(key) ? [] : [row]));
  return found;
}
