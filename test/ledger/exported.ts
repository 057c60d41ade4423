/** The console's exports of the simulated books: the rows as an analyst gets them. */

import { FORMATS } from "../../workers/console/exports/formats.ts";
import { pages } from "../../workers/console/exports/row-pages.ts";
import type { ExportTable } from "../../workers/console/tables/export-table.ts";
import type { Selection } from "../../workers/console/tables/selection.ts";
import { learnSlugs, noSlugs } from "../../workers/console/tables/slugs.ts";
import type { SqliteD1 } from "./sqlite-platform.ts";

/** The whole export of a table, as NDJSON. */
export async function exportAsText(
  databases: Record<ExportTable["database"], SqliteD1>,
  table: ExportTable,
): Promise<string> {
  const selection: Selection = {
    table,
    places: table.places,
    columns: table.columns,
    conditions: [],
    below: null,
    start: null,
    pseudonyms: null,
  };
  const slugs = noSlugs();
  const session = databases[table.database].withSession();
  const books = databases.DB.withSession();
  const named = async function* () {
    for await (const rows of pages(session, selection)) {
      await learnSlugs(slugs, books, selection.columns, rows, null);
      yield rows;
    }
  };
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of FORMATS.ndjson.bytes(selection.columns, slugs, named())) text += decoder.decode(chunk);
  return text;
}

export function rowsOf(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
