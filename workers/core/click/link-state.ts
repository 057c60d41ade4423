/** Whether a link takes clicks now, and why not. */
import type { CapRecord, LinkRecord } from "../../../schema/records.ts";

export type Closed = NonNullable<LinkRecord["closed"]> | "not_started" | "over" | "over_cap";

/** Why clicks do not pass at `nowMs`, or null when they do. The start is inclusive, the end exclusive. */
export function closedReason(link: LinkRecord, cap: CapRecord | null, nowMs: number): Closed | null {
  if (link.closed) return link.closed;
  if (link.startsAtMs !== undefined && nowMs < link.startsAtMs) return "not_started";
  if (link.endsAtMs !== undefined && nowMs >= link.endsAtMs) return "over";
  return cap && nowMs < cap.untilMs ? "over_cap" : null;
}
