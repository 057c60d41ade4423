/** Which sums of hours and days a report may read instead of their quarter-hours. */
import type { Sealed } from "../../core/metrics/segments.ts";
import type { Databases } from "../env.ts";
import { dimensionsIn, type ReportPlan } from "./plan.ts";
import type { SealedSums } from "./questions.ts";

/** Days and hours, as far as they are added up for all whom the report counts, and know what it groups and filters by. */
export async function sealedFor({ DB }: Pick<Databases, "DB">, plan: ReportPlan): Promise<SealedSums> {
  if (!dimensionsIn(plan).every(([, { known }]) => known === "spans")) return { clicks: [], conversions: [] };
  const advertiser = plan.conditions.find(({ column }) => column === "advertiser")?.value ?? null;
  const [clicks, conversions] = await Promise.all([sealedClicks(DB), sealedConversions(DB, advertiser)]);
  return { clicks, conversions };
}

/** The larger unit first. From a late click on, until it is added up, quarter-hours are read. */
export async function sealedClicks(db: D1Database): Promise<Sealed[]> {
  const { results } = await db
    .prepare(
      `SELECT unit, quarters, min(until, coalesce((SELECT min(hour) * 4 FROM due_hours WHERE log = 'click_sums'), until)) AS until
       FROM sealed_click_spans ORDER BY quarters DESC`,
    )
    .all<Sealed>();
  return results.map(({ unit, quarters, until }) => ({
    unit,
    quarters,
    until: Math.floor(until / quarters) * quarters,
  }));
}

/** The larger unit first. From the first time on that could not be added up for this advertiser (null: for any), quarter-hours are read. */
async function sealedConversions(db: D1Database, advertiser: string | number | null): Promise<Sealed[]> {
  const leftOut = `SELECT min(start) FROM unsealed_spans AS own WHERE own.unit = sealed.unit${advertiser === null ? "" : " AND advertiser = ?"}`;
  const { results } = await db
    .prepare(
      `SELECT unit, quarters, min(until, coalesce((${leftOut}), until)) AS until FROM sealed_spans AS sealed ORDER BY quarters DESC`,
    )
    .bind(...(advertiser === null ? [] : [advertiser]))
    .all<Sealed>();
  return results;
}
