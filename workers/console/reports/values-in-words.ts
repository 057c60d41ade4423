/** The values of a report's dimensions in words: times as they are written, numbers by their slugs, text as it is. */
import type { Cell } from "../../../schema/columns.ts";
import { DIMENSIONS } from "../../core/metrics/dimensions.ts";
import { isTime, TIMES } from "../../core/metrics/time-dimensions.ts";
import type { Pseudonyms } from "../../core/pseudonyms.ts";
import { learnSlugs, noSlugs } from "../tables/slugs.ts";
import type { CountedGroup } from "./counted-groups.ts";
import type { ReportPlan } from "./plan.ts";

/** Reads the slugs that these rows need. What it gives says a value of a dimension in words; null where there is none. */
export async function valuesInWords(
  db: D1Database,
  { dimensions, spans }: Pick<ReportPlan, "dimensions" | "spans">,
  rows: readonly CountedGroup[],
  pseudonyms: Pseudonyms | null,
): Promise<(dimension: string, value: Cell) => string | null> {
  const slugs = noSlugs();
  const columns = dimensions.map((name) => ({ kind: DIMENSIONS.get(name)?.slugOf ?? "text" }) as const);
  await learnSlugs(
    slugs,
    db,
    columns,
    rows.map(({ values }) => values),
    pseudonyms,
  );
  return (dimension, value) => {
    if (value === null || value === "") return null;
    if (isTime(dimension)) return TIMES[dimension].written(value, spans);
    const subject = DIMENSIONS.get(dimension)?.slugOf;
    return (subject && slugs[subject].get(Number(value))) ?? String(value);
  };
}
