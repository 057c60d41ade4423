/** Which sums of hours and days a report may read instead of their quarter-hours. */
import type { Sealed } from "../../core/metrics/segments.ts";
import type { Databases } from "../env.ts";
import { dimensionsIn, type ReportPlan } from "./plan.ts";
import type { SealedSums } from "./questions.ts";

/** Days and hours, as far as they are added up and know what the report groups and filters by. */
export async function sealedFor(env: Databases, plan: ReportPlan): Promise<SealedSums> {
  if (!dimensionsIn(plan).every(([, { known }]) => known === "spans")) return { clicks: [], conversions: [] };
  const [clicks, conversions] = await Promise.all([sealedIn(env.CLICKS), sealedIn(env.DB)]);
  return { clicks, conversions };
}

/** The larger unit first. */
async function sealedIn(db: D1Database): Promise<Sealed[]> {
  const { results } = await db
    .prepare("SELECT unit, quarters, until FROM sealed_spans ORDER BY quarters DESC")
    .all<Sealed>();
  return results;
}
