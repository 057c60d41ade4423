/** docs/offers.md, which operators read, tells every field of the set-up and no other, with its default. */
import { expect, test } from "vitest";
import { advertiserFields } from "../../workers/console/advertisers/fields.ts";
import { affiliateFields } from "../../workers/console/affiliates/fields.ts";
import { linkFields } from "../../workers/console/links/fields.ts";
import { capFields, ruleFields } from "../../workers/console/offers/condition-fields.ts";
import { eventFields, overrideFields } from "../../workers/console/offers/event-fields.ts";
import { offerFields } from "../../workers/console/offers/fields.ts";
import type { ValueFields } from "../../workers/console/set-up/field-values.ts";
import { read } from "./files.ts";

const DOCUMENT = read("docs/offers.md");
const TABLES: [heading: string, fields: ValueFields][] = [
  ["## Advertisers", advertiserFields],
  ["## Affiliates", affiliateFields],
  ["## Offers", offerFields],
  ["### Events", eventFields],
  ["### Rules", ruleFields],
  ["## Links", linkFields],
];

test.each(TABLES)("%s: the table tells what can be given, and the version that counts by itself", (heading, fields) => {
  const given = Object.entries(fields).flatMap(([name, { input }]) => (input || name === "version" ? [name] : []));
  expect([...toldUnder(heading).keys()].sort()).toEqual(given.sort());
});

test.each(TABLES)("%s: a plain default stands beside its field", (heading, fields) => {
  const told = toldUnder(heading);
  for (const [name, { default: unsaid, required }] of Object.entries(fields)) {
    if (["string", "number", "boolean"].includes(typeof unsaid))
      expect([name, told.get(name)?.replaceAll(/[`"]/g, "")]).toEqual([name, String(unsaid)]);
    if (required) expect([name, told.get(name)]).toEqual([name, ""]);
  }
});

test.each<[string, ValueFields]>([
  ["an override", overrideFields],
  ["a cap", capFields],
])("%s: its fields are told", (_, fields) => {
  const untold = Object.keys(fields).filter(
    (name) => !DOCUMENT.includes(`"${name}":`) && !DOCUMENT.includes(`\`${name}\``),
  );
  expect(untold).toEqual([]);
});

/** The names in the first cells of the table under a heading, each with what its second cell says. */
function toldUnder(heading: string): Map<string, string> {
  const section = DOCUMENT.split(`\n${heading}\n`)[1]?.split(/\n##+ /)[0] ?? "";
  const told = section.split("\n").flatMap((line) => {
    const [, names = "", unsaid = ""] = /^\| (`.*?) \| ?(.*?) ?\|/.exec(line) ?? [];
    return [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]): [string, string] => [name, unsaid]);
  });
  return new Map(told);
}
