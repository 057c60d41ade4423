/** Which sums of hours and days a report may read instead of their quarter-hours. */
import type { Sealed } from "../../core/metrics/segments.ts";
import type { ZoneSpan } from "../../core/metrics/time-zone.ts";
import type { Databases } from "./facts.ts";
import type { ReportPlan } from "./query.ts";
import type { SealedSums } from "./questions.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Hours and days know nothing else of clicks and conversions. */
const KNOWN: readonly string[] = ["day", "hour", "week", "month", "advertiser", "offer", "affiliate", "link", "event"];

/** Days and hours, as far as they are added up and lie within those of the report's zone. */
export async function sealedFor(env: Databases, plan: ReportPlan): Promise<SealedSums> {
  if (!plan.dimensions.every((name) => KNOWN.includes(name))) return { clicks: [], conversions: [] };
  const [clicks, conversions] = await Promise.all([sealedIn(env.CLICKS, plan), sealedIn(env.DB, plan)]);
  return { clicks, conversions };
}

async function sealedIn(db: D1Database, { dimensions, spans }: ReportPlan): Promise<Sealed[]> {
  const { results } = await db.prepare("SELECT unit, quarters, until FROM sealed_spans").all<Sealed>();
  return results
    .filter(({ unit }) =>
      unit === "hour" ? fits(spans, HOUR_MS) : fits(spans, DAY_MS) && !dimensions.includes("hour"),
    )
    .toSorted((left, right) => right.quarters - left.quarters);
}

/** True when the zone's days and hours begin where whole units do. */
function fits(spans: readonly ZoneSpan[], unitMs: number): boolean {
  return spans.every(
    ({ offsetMs, fromMs }, index) => offsetMs % unitMs === 0 && (index === 0 || fromMs % unitMs === 0),
  );
}
