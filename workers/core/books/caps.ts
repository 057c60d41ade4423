/** Caps: how many conversions of an event an offer takes in a day or a month of its own time zone, by the time of receipt. */
import type { Cap } from "../../../schema/tables.ts";
import { localDate, startOfDay } from "../metrics/time-zone.ts";

/** A place under a cap: of this event, in this period. `endsAtMs` is when the period is over. */
export interface CapPlace {
  key: string;
  offer: number;
  limit: number;
  endsAtMs: number;
}

/** How many places of a cap are taken, and since when it is full. */
export interface CapState {
  key: string;
  taken: number;
  fullSinceMs: number | null;
}

/** The places of an offer's caps at `nowMs`, in their order, each with its cap. */
export function currentPlaces(
  offer: { offer: number; caps: readonly Cap[]; timeZone: string },
  nowMs: number,
): { cap: Cap; place: CapPlace }[] {
  return offer.caps.flatMap((cap) =>
    placesFor({ ...offer, caps: [cap] }, cap.event, nowMs).map((place) => ({ cap, place })),
  );
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

/** The day (`2026-11-23`) or month (`2026-11`) of `atMs` in `timeZone`, and when it ends. */
export function periodOf(atMs: number, per: Cap["per"], timeZone: string): { name: string; endsAtMs: number } {
  const date = new Date(localDate(timeZone, atMs));
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const next = per === "day" ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
  return { name: date.toISOString().slice(0, per === "day" ? 10 : 7), endsAtMs: startOfDay(timeZone, next) };
}
