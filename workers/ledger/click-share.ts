/** What a queue batch brings to one object of the click log: rows of clicks, packed by slots of time. */

import { slotOf } from "../core/click-log/click-days.ts";
import { type ClickCells, factPlace } from "../core/click-log/click-facts.ts";
import { packClicks, readOwnClickId } from "../core/click-log/click-pack.ts";
import { writeRuns } from "../core/click-log/counter-runs.ts";

/** A value in SQLite ends at 2 MB; clicks are packed to well below. */
const MAX_PACK_BYTES = 1_000_000;
const ID = factPlace("click_id");

/** A click that may be its visitor's first. */
export interface JudgedVisit {
  visitor: string;
  clickId: string;
}

/** The clicks of one pack-to-be. */
export interface ClickGroup {
  slot: number;
  clicks: Uint8Array;
  /** The runs of counters in it, see counter-runs.ts. */
  runs: Uint8Array;
  /** By their places in the pack: what may be first visits, where the object is to judge. */
  visits: (JudgedVisit & { place: number })[];
  /** Which ones are, where that is judged already. */
  firsts: Uint8Array | null;
}

export interface ClickShare {
  day: number;
  groups: ClickGroup[];
}

/** What an object did not take, since it is full: it is for the next part. First visits are judged. */
export interface AddAnswer {
  rest: ClickGroup[];
}

/** A click on its way to the log. */
export interface LoggableClick {
  row: ClickCells;
  /** Absent where it cannot be a first visit. */
  visitor?: string;
}

/** Groups of the clicks of one object, in the order of click IDs. A click that is listed twice is in them once. */
export function groupsOf(clicks: readonly LoggableClick[]): ClickGroup[] {
  const single = [...new Map(clicks.map((click) => [clickIdOf(click.row), click])).values()];
  single.sort((left, right) => (clickIdOf(left.row) < clickIdOf(right.row) ? -1 : 1));
  return [...Map.groupBy(single, ({ row }) => slotOf(timeOf(row)))].flatMap(([slot, some]) => packed(slot, some));
}

function packed(slot: number, clicks: readonly LoggableClick[]): ClickGroup[] {
  const rows = clicks.map(({ row }) => row);
  const bytes = packClicks(rows);
  if (bytes.length > MAX_PACK_BYTES && clicks.length > 1) {
    const middle = Math.floor(clicks.length / 2);
    return [...packed(slot, clicks.slice(0, middle)), ...packed(slot, clicks.slice(middle))];
  }
  const visits = clicks.flatMap(({ row, visitor }, place) =>
    visitor === undefined ? [] : [{ place, visitor, clickId: clickIdOf(row) }],
  );
  return [{ slot, clicks: bytes, runs: writeRuns(rows.map(counterOf)), visits, firsts: null }];
}

export function clickIdOf(row: ClickCells): string {
  return String(row[ID]);
}

/** The 28 bits of the counter in the row's click ID. */
export function counterOf(row: ClickCells): number {
  return readOwnClickId(clickIdOf(row))?.counter ?? 0;
}

function timeOf(row: ClickCells): number {
  return readOwnClickId(clickIdOf(row))?.issuedAtMs ?? 0;
}
