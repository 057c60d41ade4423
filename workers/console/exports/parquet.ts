/** The Parquet format of an export: see core/parquet-format.ts for its types. */
import type { Cell } from "../../../schema/columns.ts";
import type { ParquetKind } from "../../core/parquet-format.ts";
import { parquetFile, rowGroups } from "../../core/parquet-writer.ts";
import type { Column, ColumnKind, Slugs } from "../tables/column.ts";

/** The file's bytes, a row group at a time; `slugs` knows the slugs of a page when the page comes. */
export async function* parquetBytes(
  columns: readonly Column[],
  slugs: Slugs,
  pages: AsyncIterable<Cell[][]>,
): AsyncGenerator<Uint8Array, void> {
  const file = parquetFile(columns.map(({ name, kind }) => ({ name, kind: parquetKind(kind) })));
  for await (const rows of rowGroups(namedPages(columns, slugs, pages))) yield file.rowGroup(rows);
  yield file.finish();
}

/** The pages with slugs in the place of numbers. */
async function* namedPages(
  columns: readonly Column[],
  slugs: Slugs,
  pages: AsyncIterable<Cell[][]>,
): AsyncGenerator<Cell[][]> {
  const subjects = columns.flatMap(({ kind }, index) =>
    isSubject(kind, slugs) ? [{ index, known: slugs[kind] }] : [],
  );
  for await (const rows of pages) {
    for (const row of rows)
      for (const { index, known } of subjects) {
        const number = row[index] ?? null;
        row[index] = number === null ? null : (known.get(Number(number)) ?? String(number));
      }
    yield rows;
  }
}

function isSubject(kind: ColumnKind, slugs: Slugs): kind is keyof Slugs {
  return kind in slugs;
}

function parquetKind(kind: ColumnKind): ParquetKind {
  switch (kind) {
    case "decimal":
      return "money";
    case "time":
    case "flag":
      return kind;
    case "count":
      return "whole";
    default:
      return "text";
  }
}
