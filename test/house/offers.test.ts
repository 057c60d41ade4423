/** docs/offers.md, which operators read, tells every field of the set-up and no other. */
import { expect, test } from "vitest";
import { newAdvertiser } from "../../workers/console/advertisers/fields.ts";
import { newAffiliate } from "../../workers/console/affiliates/fields.ts";
import { newLink } from "../../workers/console/links/fields.ts";
import { newOffer } from "../../workers/console/offers/fields.ts";
import { read } from "./files.ts";

const DOCUMENT = read("docs/offers.md");
const event = newOffer.entries.events.item;
const rule = newOffer.entries.rules.wrapped.item;

test.each([
  ["## Advertisers", newAdvertiser.entries],
  ["## Affiliates", newAffiliate.entries],
  ["## Offers", newOffer.entries],
  ["### Events", event.entries],
  ["### Rules", rule.entries],
  ["## Links", newLink.entries],
])("%s: the table is the form", (heading, entries) => {
  expect(fieldsUnder(heading).sort()).toEqual(Object.keys(entries).sort());
});

test.each([
  ["an override", event.entries.overrides.wrapped.item.entries],
  ["a cap", newOffer.entries.caps.wrapped.item.entries],
])("%s: its fields are told", (_, entries) => {
  const untold = Object.keys(entries).filter(
    (name) => !DOCUMENT.includes(`"${name}":`) && !DOCUMENT.includes(`\`${name}\``),
  );
  expect(untold).toEqual([]);
});

/** The names in the first cells of the table under a heading. */
function fieldsUnder(heading: string): string[] {
  const section = DOCUMENT.split(`\n${heading}\n`)[1]?.split(/\n##+ /)[0] ?? "";
  const cells = section.split("\n").flatMap((line) => /^\| (`.*?) \|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ""));
}
