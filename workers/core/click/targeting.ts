/** An offer's rules: where visitors of a country, device class or operating system go. Few and ordered; the first that matches wins. */
import type { TargetingRule } from "../../../schema/records.ts";

export interface Visitor {
  /** ISO 3166 alpha-2; undefined where it is not known. */
  country: string | undefined;
  device: string;
  os: string;
}

/** The first rule that holds for `visitor`, or null: then the offer's own destination is used. A rule that says neither `destination` nor `block` means that too. */
export function findRule<Held extends TargetingRule>(rules: readonly Held[], visitor: Visitor): Held | null {
  return rules.find((rule) => holds(rule, visitor)) ?? null;
}

/** An unknown country is in no list, so `countries` does not hold for it and `notCountries` does. */
function holds(rule: TargetingRule, { country, device, os }: Visitor): boolean {
  if (rule.countries && (country === undefined || !rule.countries.includes(country))) return false;
  if (rule.notCountries && country !== undefined && rule.notCountries.includes(country)) return false;
  if (rule.devices && !rule.devices.includes(device)) return false;
  return !rule.systems || rule.systems.includes(os);
}
