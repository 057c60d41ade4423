/** Which sums of hours and days a report may read instead of their quarter-hours. */
import type { Sealed } from "../../core/metrics/segments.ts";
import type { Databases } from "./facts.ts";
import type { ReportPlan } from "./query.ts";
import type { SealedSums } from "./questions.ts";

/** Hours and days know nothing else of clicks and conversions. */
const KNOWN: readonly string[] = ["day", "hour", "week", "month", "advertiser", "offer", "affiliate", "link", "event"];

/** Days and hours, as far as they are added up and know what the report groups by. */
export async function sealedFor(env: Databases, { dimensions }: ReportPlan): Promise<SealedSums> {
  if (!dimensions.every((name) => KNOWN.includes(name))) return { clicks: [], conversions: [] };
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
