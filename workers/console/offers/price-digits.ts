/** How fine the prices of an event may be, and what is refused that is finer: what could not be booked as it stands in the set-up. */
import { minorUnitDigits } from "../../core/minor-units.ts";
import { formatMicros, MOST_DIGITS } from "../../core/money.ts";
import { isFinerThan, type PricingRule } from "../../core/pricing.ts";
import { invalid, type Problem } from "../web/problem.ts";
import type { EventInput, OfferEvent } from "./event-fields.ts";

/** How many digits behind the decimal point the prices of an event have: its own, else those of the currency's minor unit. */
export function digitsOf({ digits }: { digits: number | null }, currency: string): number {
  return digits ?? minorUnitDigits(currency);
}

/** The first event among those given that has fewer digits than its currency, or a flat price (its own or an affiliate's) finer than its digits, by its place. `events` are as they would be. */
export function checkDigits(
  currency: string,
  events: readonly OfferEvent[],
  given: readonly EventInput[],
): Problem | null {
  const least = minorUnitDigits(currency);
  for (const [at, input] of given.entries()) {
    const event = events.find(({ name }) => name === input.name);
    if (!event) continue;
    const digits = digitsOf(event, currency);
    if (digits < least)
      return invalid(
        `#/events/${at}/digits`,
        `A price in ${currency} has ${least} digits or more, up to ${MOST_DIGITS}.`,
      );
    const fine = pricesOf(event, input).find(({ rule }) => rule !== null && isFinerThan(digits, rule));
    if (fine) return invalid(`#/events/${at}/${fine.place}`, tooFine(fine.rule, digits));
  }
  return null;
}

interface PlacedPrice {
  /** Where it was said; what was not said now is too fine for the digits that were. */
  place: string;
  rule: PricingRule | null;
}

function pricesOf(event: OfferEvent, given: EventInput): PlacedPrice[] {
  const placesOf = (
    { payout, revenue }: Pick<OfferEvent["overrides"][number], "payout" | "revenue">,
    place: string,
  ) => [
    { rule: payout, place: `${place}payout` },
    { rule: revenue, place: `${place}revenue` },
  ];
  const own = placesOf(event, "").map(({ rule, place }) => ({
    rule,
    place: Reflect.has(given, place) ? place : "digits",
  }));
  const overrides = event.overrides.flatMap((override) => {
    const index = given.overrides?.findIndex(({ affiliate }) => affiliate === override.affiliate) ?? -1;
    const placed = placesOf(override, `overrides/${index}/`);
    return index < 0 ? placed.map(({ rule }) => ({ rule, place: "digits" })) : placed;
  });
  return [...own, ...overrides];
}

function tooFine(rule: PricingRule | null, digits: number): string {
  const flat = rule !== null && rule !== "posted" && "flat" in rule ? formatMicros(rule.flat) : "";
  return `${flat} is finer than the prices of this event, which have ${digits} digits behind the decimal point: round it, or say more digits, up to ${MOST_DIGITS}.`;
}
