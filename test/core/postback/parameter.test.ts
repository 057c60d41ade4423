/** Parameters as sent: queries and forms, JSON objects. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MAX_PARAMETERS,
  type Parameter,
  parseJsonObject,
  parseQuery,
} from "../../../workers/core/postback/parameter.ts";

const pairs = (parameters: Parameter[] | string) =>
  typeof parameters === "string" ? parameters : parameters.map(({ name, text }) => [name, text]);

describe("a query", () => {
  it.each<[string, [string, string | null][]]>([
    ["", []],
    ["&&", []],
    ["a", [["a", ""]]],
    ["a=", [["a", ""]]],
    ["=b", [["", "b"]]],
    ["a=b=c", [["a", "b=c"]]],
    [
      "a=1&a=2",
      [
        ["a", "1"],
        ["a", "2"],
      ],
    ],
    ["a=b+c%20d", [["a", "b c d"]]],
    ["%61=%62", [["a", "b"]]],
    ["a=%C3%A4", [["a", "ä"]]],
    ["a=ä", [["a", "ä"]]],
    ["a=%F0%9F%92%A9", [["a", "💩"]]],
    ["a=%00", [["a", "\0"]]],
    // Broken percent-encoding, broken, overlong and surrogate UTF-8 are no text.
    ["a=%", [["a", null]]],
    ["a=%zz", [["a", null]]],
    ["a=100%", [["a", null]]],
    ["a=%FC", [["a", null]]],
    ["a=%C3", [["a", null]]],
    ["a=%C0%80", [["a", null]]],
    ["a=%E0%80%AF", [["a", null]]],
    ["a=%ED%A0%80", [["a", null]]],
    ["a=%F4%90%80%80", [["a", null]]],
    ["%zz=1", [["%zz", "1"]]],
    // A macro in percent signs is not taken for an encoding.
    ["a=%TXID%", [["a", "%TXID%"]]],
    ["a=%DATE%", [["a", "%DATE%"]]],
    ["a=%25TXID%25", [["a", "%TXID%"]]],
    ["a=%%TXID%%", [["a", "%%TXID%%"]]],
    ["a=A-%TXID%", [["a", "A-%TXID%"]]],
    ["a=%E4rger%20x", [["a", null]]],
    // What HTML makes of an ampersand, once or twice.
    [
      "a=1&amp;b=2&amp;amp;c=3",
      [
        ["a", "1"],
        ["b", "2"],
        ["c", "3"],
      ],
    ],
    [
      "__proto__=1&constructor=2",
      [
        ["__proto__", "1"],
        ["constructor", "2"],
      ],
    ],
    [
      "a[]=1&a[b]=2",
      [
        ["a[]", "1"],
        ["a[b]", "2"],
      ],
    ],
  ])("%s", (query, expected) => {
    expect(pairs(parseQuery(query))).toEqual(expected);
  });

  it("is read as URLSearchParams reads it, wherever that is certain of the text", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 20 }), (sent) => {
        const query = new URLSearchParams(sent).toString();
        expect(pairs(parseQuery(query))).toEqual([...new URLSearchParams(query)]);
      }),
    );
  });

  it("has an end", () => {
    expect(parseQuery("a=1&".repeat(MAX_PARAMETERS))).toHaveLength(MAX_PARAMETERS);
    expect(parseQuery("a=1&".repeat(MAX_PARAMETERS + 1))).toBe("too_large");
  });
});

describe("a JSON object", () => {
  it.each<[string, [string, string | null][]]>([
    ["{}", []],
    ['{"a":"b"}', [["a", "b"]]],
    ['{"amount":49.99}', [["amount", "49.99"]]],
    ['{"amount":1e3}', [["amount", "1e3"]]],
    ['{"amount":1E309}', [["amount", "1E309"]]],
    ['{"amount":-0}', [["amount", "-0"]]],
    ['{"amount":0.10}', [["amount", "0.10"]]],
    ['{"txid":12345678901234567890}', [["txid", "12345678901234567890"]]],
    ['{"txid":900719925474099.12345}', [["txid", "900719925474099.12345"]]],
    [
      '{"test":true,"x":false}',
      [
        ["test", "true"],
        ["x", "false"],
      ],
    ],
    ['{"a":null}', []],
    ['{"a":[1]}', [["a", null]]],
    ['{"a":{"b":1}}', [["a", null]]],
    [
      '{"meta":{"a":"b","n":1.50,"o":{}}}',
      [
        ["meta.a", "b"],
        ["meta.n", "1.50"],
        ["meta.o", null],
      ],
    ],
    ['{"meta":"x"}', [["meta", "x"]]],
    ['{"a":"\\ud800"}', [["a", "\ud800"]]],
    [
      '{"a":1,"a":2.0,"a":null,"b":"{\\"a\\": 3,}"}',
      [
        ["a", "1"],
        ["a", "2.0"],
        ["b", '{"a": 3,}'],
      ],
    ],
    [
      '{"\\u0061":"x","a":"x"}',
      [
        ["a", "x"],
        ["a", "x"],
      ],
    ],
    [
      ' { "a" : {"b":[1,{"a":1}],"b":2} , "a" : [{"c":1},2] , "c" : "\\\\" , "d":1 } ',
      [
        ["a", null],
        ["a", null],
        ["c", "\\"],
        ["d", "1"],
      ],
    ],
    [
      '{"meta":{"a":1},"meta":{"a":2,"b":3,"b":4},"meta":"x"}',
      [
        ["meta.a", "1"],
        ["meta.a", "2"],
        ["meta.b", "3"],
        ["meta.b", "4"],
        ["meta", "x"],
      ],
    ],
    [
      '{"__proto__":"x","constructor":{"prototype":1}}',
      [
        ["__proto__", "x"],
        ["constructor", null],
      ],
    ],
    ['{"meta":{"__proto__":"x"}}', [["meta.__proto__", "x"]]],
    [' \r\n{"a":"b"}\t', [["a", "b"]]],
  ])("%s", (json, expected) => {
    expect(pairs(parseJsonObject(json))).toEqual(expected);
  });

  it.each([
    ...[
      "",
      " ",
      "null",
      "1",
      '"a"',
      "[]",
      '[{"a":1},{"a":2}]',
      "[[]]",
      "true",
      "{",
      '{"a":}',
      "{'a':1}",
      "{a:1}",
      '{"a":1,}',
      '{"a":01}',
    ],
    ...['{"a":0x10}', '{"a":NaN}', '{"a":1}{"b":2}', '{"a":1}\n{"b":2}', "a=1", "<xml/>", '{"a":"\n"}', "\ufeff{}"],
  ])("%j is none", (json) => {
    expect(parseJsonObject(json)).toBe("malformed_body");
  });

  it("may be nested however deep without harm", () => {
    const deep = 20_000;
    for (const json of [`${"[".repeat(deep)}${"]".repeat(deep)}`, `${'{"a":'.repeat(deep)}1${"}".repeat(deep)}`]) {
      expect(["malformed_body", [["a", null]]]).toContainEqual(pairs(parseJsonObject(json)));
    }
  });

  it("has an end", () => {
    const object = (size: number) => JSON.stringify(Object.fromEntries(Array.from({ length: size }, (_, i) => [i, i])));
    expect(parseJsonObject(object(MAX_PARAMETERS))).toHaveLength(MAX_PARAMETERS);
    expect(parseJsonObject(object(MAX_PARAMETERS + 1))).toBe("too_large");
  });

  it("has every member as it was written, once or twice", () => {
    const name = fc.oneof(fc.constantFrom("a", 'b"', "c\\", "__proto__", ": "), fc.string({ maxLength: 4 }));
    const value = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('":', '{"a":1}', "\\", '\\"'));
    const sent = fc
      .array(fc.tuple(name, value), { maxLength: 8 })
      .filter((all) => all.every(([key]) => key !== "meta"));
    const blank = fc.constantFrom("", " ", "\n\t");
    fc.assert(
      fc.property(sent, blank, (members, space) => {
        const written = members.map(([key, text]) =>
          [key, text].map((one) => JSON.stringify(one)).join(`${space}:${space}`),
        );
        const read = parseJsonObject(`{${space}${written.join(`${space},`)}}`);
        expect(typeof read === "string" ? read : read.map(({ name, text }) => `${name}=${text}`).sort()).toEqual(
          members.map(([key, text]) => `${key}=${text}`).sort(),
        );
      }),
    );
  });

  it("keeps the digits of every number as they were written", () => {
    const digits = fc.stringMatching(/^(0|[1-9]\d{0,30})(\.\d{1,30})?$/);
    fc.assert(
      fc.property(digits, (number) => {
        expect(pairs(parseJsonObject(`{"amount": ${number} }`))).toEqual([["amount", number]]);
      }),
    );
  });
});
