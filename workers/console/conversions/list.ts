/** Conversions, newest first, as their export has them. */
import * as v from "valibot";
import { accept, type Result } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { type Cell, objectOf } from "../tables/column.ts";
import { conversionsTable } from "../tables/conversions.ts";
import { exportParameters, select } from "../tables/selection.ts";
import { learnSlugs, noSlugs } from "../tables/slugs.ts";
import type { Caller } from "../web/caller.ts";
import { parameters } from "../web/input.ts";
import { PAGE_PARAMETERS, type Page, rowsToRead } from "../web/listing.ts";
import type { Problem } from "../web/problem.ts";

const { after: _, ...filters } = exportParameters(conversionsTable).entries;

export const conversionList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: v.exactOptional(
    v.pipe(v.string(), v.regex(/^[0-9a-hjkmnp-tv-z]{26}$/, "Send what the previous page's next said, unchanged.")),
  ),
  ...filters,
});
export type ConversionList = v.InferOutput<typeof conversionList>;

/** A page of conversions. The next one goes on behind the last ID, since an ID begins with the time. */
export async function listConversions(
  env: Env,
  caller: Caller,
  query: ConversionList,
): Promise<Result<Page<Record<string, unknown>>, Problem>> {
  const { limit: _limit, cursor, ...asked } = query;
  const selection = await select(env, conversionsTable, asked, caller);
  if (!selection.ok) return selection;
  const { columns, conditions, below, start } = selection.value;
  const where = [...conditions];
  if (start && "at" in start) where.push({ sql: "c.conversion_id >= ?", values: [start.at] });
  // One upper bound, so that the index is read by it.
  const highest = cursor ?? below;
  if (highest !== null) where.push({ sql: "c.conversion_id < ?", values: [highest] });
  if (cursor !== undefined && below !== null) where.push({ sql: "+c.conversion_id < ?", values: [below] });
  const filter = where.length > 0 ? `WHERE ${where.map(({ sql }) => sql).join(" AND ")}` : "";
  const session = env.DB.withSession("first-primary");
  const rows = await session
    .prepare(
      `SELECT ${columns.map(({ sql }) => sql).join(", ")} FROM conversions AS c ${filter} ORDER BY c.conversion_id DESC LIMIT ?`,
    )
    .bind(...where.flatMap(({ values }) => values), rowsToRead(query))
    .raw<Cell[]>();
  const page = rows.slice(0, rowsToRead(query) - 1);
  const slugs = noSlugs();
  await learnSlugs(slugs, session, columns, page);
  const items = page.map((cells) => objectOf(columns, cells, slugs));
  const last = page.at(-1)?.[columns.findIndex(({ name }) => name === "conversion_id")];
  return accept({ items, next: rows.length > page.length && typeof last === "string" ? last : null });
}
