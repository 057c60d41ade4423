/** What a report's relations have and lack: nothing is empty, or unfiltered, because it was forgotten. */
import { expect, test } from "vitest";
import {
  clickQuarters,
  clickSpans,
  conversionRows,
  countedCells,
  has,
} from "../../workers/console/reports/relations.ts";

const RANGE = { fromMs: 0, toMs: 900_000 };
const CELLS = countedCells("[]", { facts: ["browser"], conditions: [{ fact: "test", value: 0 }] });
const QUARTERS = clickQuarters([{ unit: "quarter", from: 0, to: 1 }], 0);

test.each([
  ["counted clicks have no event", CELLS, "event", false],
  ["rolled clicks have no event", QUARTERS, "event", false],
  ["days of clicks have a link", clickSpans([{ unit: "day", from: 0, to: 96 }]), "link", true],
  ["counted clicks meet the condition that they were counted by", CELLS, "test", false],
  ["clicks counted by browser have a browser", CELLS, "browser", true],
  ["conversions have an event", conversionRows(RANGE, "received", null, 0), "event", true],
])("%s", (_, relation, name, expected) => {
  expect(has(relation, name)).toBe(expected);
});

test.each([
  ["rolled clicks by browser, which their rollup has not", QUARTERS, "browser"],
  ["clicks counted by browser, by what they were not counted by", CELLS, "sub1"],
  ["conversions by what nobody has heard of", conversionRows(RANGE, "received", null, 0), "planet"],
])("%s: an error, and not an empty value", (_, relation, name) => {
  expect(() => has(relation, name)).toThrow(name);
});
