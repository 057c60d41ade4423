/** A range of time cut into days, hours and quarter-hours, so that as little as possible has to be read. */
import { QUARTER_MS, type ZoneSpan } from "./time-zone.ts";

/** Whole units from `from` inclusive to `to` exclusive, in quarter-hours since 1970. A day is one of UTC. */
export interface Segment {
  unit: "quarter" | "hour" | "day";
  from: number;
  to: number;
  /**
   * Where a day is read whole whose ends lie in another local day than its middle, those ends are read besides: they are added where they belong, and taken from the
   * local day of this quarter-hour, to which the whole day was counted.
   */
  takenFrom?: number;
}

/** A unit that may be used: how many quarter-hours it has, and up to where its sums are there. */
export interface Sealed {
  unit: "hour" | "day";
  quarters: number;
  until: number;
}

/** What a report tells apart: local hours; local days, or weeks and months, which are made of them; or no times at all. */
export type Resolution = "hour" | "day" | "none";

const HOUR_QUARTERS = 4;
const DAY_QUARTERS = 96;
/** Of all quarter-hours of a day of UTC, those before its middle lie in the same local day as most of it, in every zone. */
export const MIDDLE_QUARTER = 47;

/** The range in segments of the largest of these units first, which come in order of size; what they do not cover is left in quarter-hours. */
export function segmentsOf(from: number, to: number, [largest, ...smaller]: readonly Sealed[]): Segment[] {
  if (from >= to) return [];
  if (!largest) return [{ unit: "quarter", from, to }];
  const { unit, quarters, until } = largest;
  const first = Math.ceil(from / quarters) * quarters;
  const last = Math.min(Math.floor(to / quarters) * quarters, until);
  if (first >= last) return segmentsOf(from, to, smaller);
  return [...segmentsOf(from, first, smaller), { unit, from: first, to: last }, ...segmentsOf(last, to, smaller)];
}

/** The range as a report in a zone of these spans reads it. */
export function zoneSegments(
  from: number,
  to: number,
  sealed: readonly Sealed[],
  zone: { spans: readonly ZoneSpan[]; resolution: Resolution },
): Segment[] {
  if (zone.resolution === "none") return segmentsOf(from, to, sealed);
  const hours = sealed.filter(({ unit }) => unit === "hour");
  return zone.spans.flatMap(({ fromMs, offsetMs }, index) => {
    const endMs = zone.spans[index + 1]?.fromMs;
    const first = index === 0 ? from : Math.max(from, fromMs / QUARTER_MS);
    const last = endMs === undefined ? to : Math.min(to, endMs / QUARTER_MS);
    const offset = offsetMs / QUARTER_MS;
    if (zone.resolution === "hour") return segmentsOf(first, last, offset % HOUR_QUARTERS === 0 ? hours : []);
    return segmentsOf(first, last, sealed).flatMap((segment) =>
      segment.unit === "day"
        ? [segment, ...endsOfDays(segment, offset, hours)]
        : cutAtMidnights(segment, offset).flatMap((piece) => segmentsOf(piece.from, piece.to, hours)),
    );
  });
}

/** The ends of these days that lie in another local day than the middle. */
function endsOfDays({ from, to }: Segment, offset: number, hours: readonly Sealed[]): Segment[] {
  const midnight = midnightIn(offset);
  const [first, last] = midnight > MIDDLE_QUARTER ? [midnight, DAY_QUARTERS] : [0, midnight];
  const segments: Segment[] = [];
  for (let day = from; day < to; day += DAY_QUARTERS)
    for (const end of segmentsOf(day + first, day + last, hours))
      segments.push({ ...end, takenFrom: day + MIDDLE_QUARTER });
  return segments;
}

/** Pieces that each lie in one local day; where hours do not straddle its midnight, they may lie in several. */
function cutAtMidnights({ from, to }: Segment, offset: number): { from: number; to: number }[] {
  if (offset % HOUR_QUARTERS === 0) return [{ from, to }];
  const midnight = midnightIn(offset);
  const pieces: { from: number; to: number }[] = [];
  for (let start = from; start < to; ) {
    const next = Math.floor((start - midnight) / DAY_QUARTERS + 1) * DAY_QUARTERS + midnight;
    const end = Math.min(next, to);
    pieces.push({ from: start, to: end });
    start = end;
  }
  return pieces;
}

/** Which quarter-hour of a day of UTC begins a local day: 0 where both begin together, else to 95. */
function midnightIn(offset: number): number {
  return ((-offset % DAY_QUARTERS) + DAY_QUARTERS) % DAY_QUARTERS;
}
