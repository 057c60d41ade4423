/** Which sums of hours and days a report may read instead of their quarter-hours. */
import type { Sealed } from "../../core/metrics/segments.ts";
import type { Databases } from "../env.ts";
import { dimensionsIn, type ReportPlan } from "./plan.ts";
import type { SealedSums } from "./questions.ts";

/** Days and hours, as far as they are added up for all whom the report counts, and know what it groups and filters by. */
export async function sealedFor(env: Databases, plan: ReportPlan): Promise<SealedSums> {
  if (!dimensionsIn(plan).every(([, { known }]) => known === "spans")) return { clicks: [], conversions: [] };
  const advertiser = plan.conditions.find(({ column }) => column === "advertiser")?.value ?? null;
  const [clicks, conversions] = await Promise.all([sealedIn(env.CLICKS, advertiser), sealedIn(env.DB, advertiser)]);
  return { clicks, conversions };
}

/** The larger unit first. From the first time on that could not be added up for this advertiser (null: for any), quarter-hours are read. */
async function sealedIn(db: D1Database, advertiser: string | number | null): Promise<Sealed[]> {
  const leftOut = `SELECT min(start) FROM unsealed_spans AS own WHERE own.unit = sealed.unit${advertiser === null ? "" : " AND advertiser = ?"}`;
  const { results } = await db
    .prepare(
      `SELECT unit, quarters, min(until, coalesce((${leftOut}), until)) AS until FROM sealed_spans AS sealed ORDER BY quarters DESC`,
    )
    .bind(...(advertiser === null ? [] : [advertiser]))
    .all<Sealed>();
  return results;
}
