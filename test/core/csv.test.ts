/** CSV fields: quoted as RFC 4180 has it, and disarmed where a spreadsheet would run them. */
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { csvText } from "../../workers/core/csv.ts";
import { disarmFormula } from "../../workers/core/formula.ts";

test.each([
  ["plain", "plain"],
  ["", ""],
  ["a,b", '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ["a\nb", '"a\nb"'],
  ["=1+1", "'=1+1"],
  ["+49", "'+49"],
  ["-5", "'-5"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
  ["\tx", "'\tx"],
  ["\r=1", '"\'\r=1"'],
  ["  =1", "'  =1"],
  ["＝1", "'＝1"],
  ["'=1", "'=1"],
  ["a=1", "a=1"],
  ["a-b", "a-b"],
  [" a", " a"],
])("%j is written %j", (text, expected) => {
  expect(csvText(text)).toBe(expected);
});

test("every text reads back, but for the apostrophe that disarms it; and what reads back is no formula", () => {
  const hostile = fc.string({
    unit: fc.constantFrom("=", "+", "-", "@", "'", '"', ",", "\r", "\n", "\t", " ", "＝", "a", "é", "👟"),
  });
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ unit: "grapheme" })), (text) => {
      const [row] = parse(`${csvText(text)},end\r\n`, { record_delimiter: "\r\n" });
      const read = row?.[0];
      expect(read).toBe(disarmFormula(text));
      expect([text, `'${text}`]).toContain(read);
      expect(read).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
    }),
    { numRuns: 2_000 },
  );
});
