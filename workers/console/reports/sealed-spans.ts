/** Which sums of hours and days a report may read instead of their quarter-hours. */
import type { Sealed } from "../../core/metrics/segments.ts";
import type { Databases } from "../env.ts";
import { dimensionsIn, type ReportPlan } from "./plan.ts";
import type { SealedSums } from "./questions.ts";

/** Days and hours, as far as they are added up, and know what the report groups and filters by. */
export async function sealedFor({ DB }: Pick<Databases, "DB">, plan: ReportPlan): Promise<SealedSums> {
  if (!dimensionsIn(plan).every(([, { known }]) => known === "spans")) return { clicks: [], conversions: [] };
  const [clicks, conversions] = await Promise.all([sealedClicks(DB), sealedConversions(DB)]);
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

/** Hours have all that is closed, and what is not closed is read besides: so they have no end. */
async function sealedConversions(db: D1Database): Promise<Sealed[]> {
  const days = await db.prepare("SELECT days FROM closed_conversions").first<number>("days");
  return [
    { unit: "day", quarters: 96, until: days ?? 0 },
    { unit: "hour", quarters: 4, until: Number.MAX_SAFE_INTEGER },
  ];
}
