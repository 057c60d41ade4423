/** A part of an export: as many rows as an answer may have. It ends at a key and not after a count, so that no row that comes meanwhile falls between it and the next one. */

import * as v from "valibot";
import type { Cell } from "../../../schema/columns.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { ExportTable } from "../tables/export-table.ts";
import { exportParameters, queryFlag, type Selection } from "../tables/selection.ts";
import { columnNames, wholeNumberText } from "../web/field-schemas.ts";
import { noSuchColumn, parameters } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { keyOf, pageQuery } from "./row-pages.ts";

/** A part has at most this many rows, so that making one ends within a Worker's time. */
export const MAX_PART_ROWS = 100_000;

const partRows = wholeNumberText(1, MAX_PART_ROWS);

/** The parameters of an export that may come in parts: after how many rows it ends; and which columns it has, where they can be chosen. */
export function partParameters(table: ExportTable) {
  const chosen: "columns"[] = table.byColumns === true ? ["columns"] : [];
  const byColumns = v.entriesFromList(chosen, v.exactOptional(columnNames));
  return parameters({ ...exportParameters(table).entries, ...byColumns, limit: v.exactOptional(partRows) });
}

/** Those of an export that may begin with a byte order mark. */
export function markedParameters(table: ExportTable) {
  return parameters({ ...partParameters(table).entries, bom: v.exactOptional(queryFlag) });
}

/** The selection with these columns alone, in this order. Its key stands before them where it is not among them, since by it an export goes on. */
export function withColumns(selection: Selection, asked: readonly string[]): Result<Selection, Problem> {
  const { columns, table } = selection;
  const unknown = noSuchColumn(
    columns.map(({ name }) => name),
    asked,
  );
  if (unknown) return refuse(unknown);
  const names = [...table.key.filter((name) => !asked.includes(name)), ...asked];
  return accept({ ...selection, columns: names.flatMap((name) => columns.find((one) => one.name === name) ?? []) });
}

export interface ExportPart {
  selection: Selection;
  /** Where the next part begins; null: this is the last one. */
  next: { after: string; untilMs: number } | null;
}

/** The first `rows` rows of `selection`. Costs one statement, which walks over their keys. */
export async function cutPart(database: D1DatabaseSession, selection: Selection, rows: number): Promise<ExportPart> {
  const { table } = selection;
  const columns = table.columns.filter(({ name }) => name === table.after || table.key.includes(name));
  const received = { name: "", kind: "time", sql: table.clocks.received ?? "" } as const;
  const look = { ...selection, columns: [...columns, received] };
  const { sql, values } = pageQuery(look, selection.start, { limit: 2, offset: rows - 1 });
  const [last, behind] = await database
    .prepare(sql)
    .bind(...values)
    .raw<Cell[]>();
  if (!last || !behind) return { selection, next: null };
  const after = String(last[columns.findIndex(({ name }) => name === table.after)]);
  return {
    selection: { ...selection, through: keyOf(look, last) },
    next: { after, untilMs: Number(last.at(-1)) },
  };
}
