/** CSV fields: quoted as RFC 4180 has it, disarmed where a spreadsheet would run them, and read back as they were. */
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { csvText } from "../../workers/core/csv.ts";
import { disarmFormula, rearmFormula } from "../../workers/core/formula.ts";

test.each([
  ["plain", "plain"],
  ["", ""],
  ["a,b", '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ["a\nb", '"a\nb"'],
  ["=1+1", "'=1+1"],
  ["+49", "'+49"],
  ["-5", "'-5"],
  ["-Nx7kQ1", "'-Nx7kQ1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
  ["\tx", "'\tx"],
  ["\r=1", "\"'\r'=1\""],
  ["  =1", "'  =1"],
  ["＝1", "'＝1"],
  ["a=1", "a=1"],
  ["a-b", "a-b"],
  [" a", " a"],
  // Apostrophes that stood there before: one more, so that one comes off.
  ["'=1", "''=1"],
  ["''-x", "'''-x"],
  ["'\t=1", "''\t'=1"],
  ["'x", "'x"],
  ["'", "'"],
  // A locale that parts fields at semicolons or tabs finds one in the middle.
  ["x;=cmd|' /C calc'!A0", "x;'=cmd|' /C calc'!A0"],
  ["x;'=cmd", "x;''=cmd"],
  ["x;  +1;-2", "x;'  +1;'-2"],
  ["x\t@SUM(A1)", "x\t'@SUM(A1)"],
  ["x\n=1", '"x\n\'=1"'],
  ["a;b", "a;b"],
  ["a; b=1", "a; b=1"],
])("%j is written %j", (text, expected) => {
  expect(csvText(text)).toBe(expected);
});

const hostile = fc.string({
  unit: fc.constantFrom("=", "+", "-", "@", "'", '"', ",", ";", "\r", "\n", "\t", " ", "＝", "a", "é", "👟"),
});
const texts = fc.oneof(hostile, fc.string({ unit: "grapheme" }));

test("every text reads back as it was, and no locale finds a formula in what is written", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const [row] = parse(`${csvText(text)},end\r\n`, { record_delimiter: "\r\n" });
      const read: string = row?.[0] ?? "";
      expect(read).toBe(disarmFormula(text));
      expect(rearmFormula(read)).toBe(text);
      for (const field of read.split(/[;\t\r\n]/)) expect(field).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
    }),
    { numRuns: 10_000 },
  );
});

test("an apostrophe that disarms nothing stays", () => {
  for (const text of ["'", "''", "O'Brien", "'abc", "a;'b", "'12", "x'=1"]) expect(rearmFormula(text)).toBe(text);
});
