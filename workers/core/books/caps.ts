/** Caps: how many conversions of an event an offer takes in a day or a month of its own time zone, by the time of receipt. */
import type { Conversion } from "./conversion.ts";

/** A cap as set up. */
export interface Cap {
  event: string;
  per: "day" | "month";
  limit: number;
}

/** A place under a cap: of this event, in this period. `endsAtMs` is when the period is over. */
export interface CapPlace {
  key: string;
  offer: number;
  limit: number;
  endsAtMs: number;
}

/** The places that a conversion of `event` received at `atMs` takes. */
export function placesFor(
  offer: { offer: number; caps: readonly Cap[]; timeZone: string },
  event: string,
  atMs: number,
): CapPlace[] {
  return offer.caps
    .filter((cap) => cap.event === event)
    .map(({ per, limit }) => {
      const { name, endsAtMs } = periodOf(atMs, per, offer.timeZone);
      return { key: JSON.stringify([offer.offer, event, per, name]), offer: offer.offer, limit, endsAtMs };
    });
}

/** Tests take no place; rejected and wholly reversed conversions free theirs. */
export function takesPlace(conversion: Conversion | undefined): boolean {
  return (
    conversion !== undefined &&
    !conversion.test &&
    (conversion.status === "pending" || conversion.status === "approved")
  );
}

/** How many places more (or fewer) each cap has taken when `before` becomes `after`. */
export function placesMoved(
  before: Conversion | undefined,
  after: Conversion,
): Map<string, { place: CapPlace; by: number }> {
  const moved = new Map<string, { place: CapPlace; by: number }>();
  const count = (conversion: Conversion | undefined, by: number): void => {
    if (!conversion || !takesPlace(conversion)) return;
    for (const place of conversion.caps) moved.set(place.key, { place, by: (moved.get(place.key)?.by ?? 0) + by });
  };
  count(before, -1);
  count(after, 1);
  return moved;
}

/** The day (`2026-11-23`) or month (`2026-11`) of `atMs` in `timeZone`, and when it ends. */
export function periodOf(atMs: number, per: Cap["per"], timeZone: string): { name: string; endsAtMs: number } {
  const { year, month, day } = localDate(atMs, timeZone);
  const next = per === "day" ? Date.UTC(year, month - 1, day + 1) : Date.UTC(year, month, 1);
  const name = new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, per === "day" ? 10 : 7);
  return { name, endsAtMs: startOfLocalDay(next, timeZone) };
}

/** The instant at which the local calendar reaches the date that `dateMs` is in UTC. */
function startOfLocalDay(dateMs: number, timeZone: string): number {
  // A zone is at most a day from UTC; its offset just before the date is good enough to find the offset at the date.
  const guess = dateMs - offsetMs(dateMs, timeZone);
  return dateMs - offsetMs(guess, timeZone);
}

function offsetMs(atMs: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = localDate(atMs, timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1_000) * 1_000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localDate(atMs: number, timeZone: string) {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  formats.set(timeZone, format);
  const parts = new Map<string, number>(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: string): number => parts.get(type) ?? 0;
  return {
    year: part("year"),
    month: part("month"),
    day: part("day"),
    hour: part("hour"),
    minute: part("minute"),
    second: part("second"),
  };
}
