/** A range of time cut into days, hours and quarter-hours, so that as little as possible has to be read. */

/** Whole units from `from` inclusive to `to` exclusive, in quarter-hours since 1970. */
export interface Segment {
  unit: "quarter" | "hour" | "day";
  from: number;
  to: number;
}

/** A unit that may be used: how many quarter-hours it has, and up to where its sums are there. */
export interface Sealed {
  unit: "hour" | "day";
  quarters: number;
  until: number;
}

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
