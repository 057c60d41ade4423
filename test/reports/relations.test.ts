/** What a report's relations have and lack: nothing is empty, or unfiltered, because it was forgotten. */
import { expect, test } from "vitest";
import { clickRows, conversionRows, has, rolledClicks } from "../../workers/console/reports/relations.ts";

const RANGE = { fromMs: 0, toMs: 900_000 };

test.each([
  ["clicks have no event", clickRows(RANGE), "event", false],
  ["rolled clicks have no event", rolledClicks([{ unit: "quarter", from: 0, to: 1 }]), "event", false],
  ["clicks have a browser", clickRows(RANGE), "browser", true],
  ["conversions have an event", conversionRows(RANGE, "received", null), "event", true],
])("%s", (_, relation, name, expected) => {
  expect(has(relation, name)).toBe(expected);
});

test.each([
  [
    "rolled clicks by browser, which their rollup has not",
    rolledClicks([{ unit: "quarter", from: 0, to: 1 }]),
    "browser",
  ],
  ["conversions by what nobody has heard of", conversionRows(RANGE, "received", null), "planet"],
])("%s: an error, and not an empty value", (_, relation, name) => {
  expect(() => has(relation, name)).toThrow(name);
});
