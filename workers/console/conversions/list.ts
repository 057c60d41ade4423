/** Conversions, newest first, as their export has them. */

import * as v from "valibot";
import type { Cell } from "../../../schema/columns.ts";
import { accept, type Result } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { objectOf } from "../tables/column.ts";
import { conversionsTable } from "../tables/conversions.ts";
import { exportParameters, select, whereOf } from "../tables/selection.ts";
import { learnSlugs, noSlugs } from "../tables/slugs.ts";
import type { Caller } from "../web/caller.ts";
import { parameters } from "../web/input.ts";
import { cursorText, cutPage, type ListPage, PAGE_PARAMETERS, rowsToRead } from "../web/listing.ts";
import type { Problem } from "../web/problem.ts";

const { after: _, ...filters } = exportParameters(conversionsTable).entries;

export const conversionList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: v.exactOptional(cursorText(/^[0-9a-hjkmnp-tv-z]{26}$/)),
  ...filters,
});
export type ConversionList = v.InferOutput<typeof conversionList>;

/** A page of conversions. The next one goes on behind the last ID, since an ID begins with the time. */
export async function listConversions(
  env: Env,
  caller: Caller,
  query: ConversionList,
): Promise<Result<ListPage<Record<string, unknown>>, Problem>> {
  const { limit: _limit, cursor, ...asked } = query;
  const selection = await select(env, conversionsTable, asked, caller);
  if (!selection.ok) return selection;
  const { from, columns, conditions, below, start } = selection.value;
  const asking = [...conditions];
  if (start && "at" in start) asking.push({ sql: "c.conversion_id >= ?", values: [start.at] });
  // One upper bound, so that the index is read by it.
  const highest = cursor ?? below;
  if (highest !== null) asking.push({ sql: "c.conversion_id < ?", values: [highest] });
  if (cursor !== undefined && below !== null) asking.push({ sql: "+c.conversion_id < ?", values: [below] });
  const where = whereOf(asking);
  const session = env.DB.withSession("first-primary");
  const rows = await session
    .prepare(
      `SELECT ${columns.map(({ sql }) => sql).join(", ")} FROM ${from} ${where.sql} ORDER BY c.conversion_id DESC LIMIT ?`,
    )
    .bind(...where.values, rowsToRead(query))
    .raw<Cell[]>();
  const { page, last } = cutPage(rows, query);
  const slugs = noSlugs();
  await learnSlugs(slugs, session, columns, page, selection.value.pseudonyms);
  const items = page.map((cells) => objectOf(columns, cells, slugs));
  const next = last?.[columns.findIndex(({ name }) => name === "conversion_id")];
  return accept({ items, next: typeof next === "string" ? next : null });
}
