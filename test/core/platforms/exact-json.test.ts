/** Amounts stand in JSON digit by digit, and everything else as JSON.stringify writes it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { exactNumber, writeExactJson, writtenJson } from "../../../workers/core/platforms/exact-json.ts";

test("a number keeps its digits", () => {
  expect(writeExactJson({ a: exactNumber("33.333333"), b: [exactNumber("25.00"), exactNumber("-0.10")] })).toBe(
    '{"a":33.333333,"b":[25.00,-0.10]}',
  );
  expect(writeExactJson(exactNumber("1000000000.000001"))).toBe("1000000000.000001");
});

test.each(["", "1e9", "01", ".5", "5.", "+1", "NaN", "1,5", "1 ", '"1"'])("%j is no number", (digits) => {
  expect(() => exactNumber(digits)).toThrow(RangeError);
});

test("what was written stands as it is, and absent members are left out", () => {
  expect(writeExactJson({ list: [writtenJson('{"x":1.50}')], none: undefined, nothing: null, yes: true })).toBe(
    '{"list":[{"x":1.50}],"nothing":null,"yes":true}',
  );
});

test("everything else is what JSON.stringify writes", () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const value = fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.string(), fc.oneof(leaf, fc.array(leaf))));
  fc.assert(
    fc.property(value, (json) => writeExactJson(json) === JSON.stringify(json)),
    { numRuns: 100 },
  );
});
