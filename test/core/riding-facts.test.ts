/** What the table of riding facts says of each: how it is read, known again, kept, and what a status changes. */
import { describe, expect, test } from "vitest";
import type { RidingFacts } from "../../schema/messages.ts";
import {
  FACT_NAMES,
  factCells,
  factsAfterStatus,
  factsOf,
  factTexts,
  keptFacts,
  PARAMETER_FACTS,
  RIDING_FACTS,
  readFact,
} from "../../workers/core/riding-facts.ts";
import { hiddenFrom } from "../../workers/core/roles.ts";

const ALL: Required<RidingFacts> = {
  coupon: "SPRING",
  customer: "new",
  meta: { a: "1", b: "2" },
  originalStatus: "done",
};

describe("a parameter", () => {
  test.each<[(typeof PARAMETER_FACTS)[number], string, RidingFacts | null]>([
    ["coupon", "x".repeat(256), { coupon: "x".repeat(256) }],
    ["coupon", "💩".repeat(256), { coupon: "💩".repeat(256) }],
    ["coupon", "x".repeat(257), null],
    ["coupon", "a\u0000", null],
    ["coupon", "\ud800", null],
    ["customer", "NEW", { customer: "new" }],
    ["customer", "newer", null],
  ])("%s=%j", (name, text, expected) => {
    const facts: RidingFacts = {};
    expect(readFact(facts, name, text)).toBe(expected !== null);
    expect(facts).toEqual(expected ?? {});
  });

  test("has names that no other has", () => {
    const names = PARAMETER_FACTS.flatMap((name) => [RIDING_FACTS[name].column, ...RIDING_FACTS[name].said.aliases]);
    expect(names).toEqual([...new Set(names)]);
  });
});

test("of all that is said the facts are taken, in one order, and nothing for what was not said", () => {
  const backwards = Object.fromEntries(Object.entries({ ...ALL, txid: "A" }).reverse());
  expect(JSON.stringify(factsOf(backwards))).toBe(JSON.stringify(factsOf(ALL)));
  expect(factsOf(backwards)).toEqual(ALL);
  expect(factsOf({ coupon: "SPRING" })).toEqual({ coupon: "SPRING" });
  expect(factsOf({})).toEqual({});
});

test("a status brings its own word, and leaves what was said of the sale", () => {
  const said = { coupon: "OTHER", originalStatus: "done" };
  expect(factsAfterStatus({ coupon: "SPRING", originalStatus: "hold" }, said)).toEqual({
    coupon: "SPRING",
    originalStatus: "done",
  });
  expect(factsAfterStatus({ originalStatus: "hold" }, { coupon: "OTHER" })).toEqual({ originalStatus: "hold" });
  expect(factsAfterStatus({ coupon: "SPRING" }, {})).toEqual({ coupon: "SPRING" });
});

test("a row holds one text as it is, and texts by name as JSON", () => {
  expect(factCells(ALL)).toMatchObject({ coupon: "SPRING", meta: '{"a":"1","b":"2"}', original_status: "done" });
  expect(new Set(Object.values(factCells({})))).toEqual(new Set([null]));
});

test("in words texts by name stand one by one", () => {
  expect(factTexts("meta", ALL.meta)).toEqual([
    ["meta.a", "1"],
    ["meta.b", "2"],
  ]);
  expect(factTexts("Coupon", "SPRING")).toEqual([["Coupon", "SPRING"]]);
  expect([factTexts("Coupon", null), factTexts("Coupon", undefined)]).toEqual([[], []]);
});

describe("what was kept", () => {
  test("is known again, whatever stands beside it", () => {
    expect(keptFacts({ ...ALL, txid: "A", strange: 1 })).toEqual(ALL);
    expect(keptFacts({})).toEqual({});
  });

  test.each([{ coupon: 1 }, { coupon: null }, { customer: "NEW" }, { meta: "a" }, { meta: { a: 1 } }, { meta: ["a"] }])(
    "%j is none that was ever read",
    (kept) => {
      expect(keptFacts(kept)).toBeNull();
    },
  );
});

test("everybody sees these facts", () => {
  expect(FACT_NAMES.map((name) => [name, hiddenFrom(RIDING_FACTS[name])])).toEqual([
    ["coupon", []],
    ["customer", []],
    ["meta", []],
    ["originalStatus", []],
  ]);
});
