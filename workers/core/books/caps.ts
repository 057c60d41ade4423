/** Caps: how many conversions of an event an offer takes in a day or a month of its own time zone, by the time of receipt. */
import { localDate, startOfDay } from "../metrics/time-zone.ts";
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
  const date = new Date(localDate(timeZone, atMs));
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const next = per === "day" ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
  return { name: date.toISOString().slice(0, per === "day" ? 10 : 7), endsAtMs: startOfDay(timeZone, next) };
}
