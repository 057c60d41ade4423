/** What reading a webhook stands on: digits that are never lost, paths, and conditions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { minorUnitDigits } from "../../../workers/core/minor-units.ts";
import { readCustomRules } from "../../../workers/core/sources/custom-rules.ts";
import { moved, parseDecimal, plus, shareOf, writeDecimal } from "../../../workers/core/sources/exact-decimal.ts";
import { parseForm, parseTree } from "../../../workers/core/sources/json-tree.ts";
import type {
  SaidMessage,
  SourceCondition,
  SourceSum,
  SourceValue,
} from "../../../workers/core/sources/source-table.ts";
import { SOURCE_TABLES } from "../../../workers/core/sources/source-tables.ts";
import { addUp, holds, type Looked, readAll, readValue } from "../../../workers/core/sources/source-values.ts";
import { textAt } from "../../../workers/core/sources/tree-paths.ts";
import { heard } from "./shops.ts";

function looked(tree: unknown, headers: Record<string, string> = {}): Looked {
  return { tree, headers: new Headers(headers), clickNames: ["click_id"], basis: { label: "", parts: {} } };
}

describe("a tree of JSON", () => {
  it.each([
    "820982911946154508",
    "9007199254740993",
    "123456789012345678901234567890",
    "19.989999999999998",
    "0.1",
    "12.50",
    "-7",
    "1e3",
  ])("keeps what %s is worth, digit for digit", (number) => {
    const tree = parseTree(`{"a":{"b":[${number}]},"text":"x"}`);
    if (!tree.ok) throw new Error(tree.refusal);
    const kept = parseDecimal(textAt({ tree: tree.value }, "a.b[]") ?? "");
    expect(kept && writeDecimal(kept, 30)).toBe(writeDecimal(parseDecimal(number) ?? { units: -1n, scale: 0 }, 30));
  });

  it("keeps every number of up to thirty digits", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n - 1n }), fc.nat({ max: 29 }), (units, scale) => {
        const written = writeDecimal({ units, scale }, 30);
        const tree = parseTree(`[{"n": ${written}}]`);
        expect(
          tree.ok &&
            writeDecimal(parseDecimal(textAt({ tree: tree.value }, "[].n") ?? "") ?? { units: -1n, scale: 0 }, 30),
        ).toBe(written);
      }),
    );
  });

  it("leaves texts as they are, also those that look like JSON", () => {
    const texts = ["a:9007199254740993,b", "[9007199254740993,", '\\":9007199254740993}', ",9007199254740993"];
    const tree = parseTree(JSON.stringify({ texts, ",9007199254740993,": 1 }).replace(/}$/, ',"id":9007199254740993}'));
    expect(tree).toEqual({ ok: true, value: { texts, ",9007199254740993,": "1", id: "9007199254740993" } });
  });

  it.each(["", "nonsense", "1", '"text"', "null", "[".repeat(200_000)])("is none of %.20s", (json) => {
    expect(parseTree(json)).toEqual({ ok: false, refusal: "malformed_body" });
  });

  it("has no members but its own", () => {
    expect(textAt({ tree: {} }, "constructor.name")).toBeNull();
    expect(textAt({ tree: JSON.parse('{"__proto__":{"a":1}}') }, "a")).toBeNull();
    expect(textAt({ tree: JSON.parse('{"__proto__":{"a":1}}') }, "__proto__.a")).toBe("1");
  });

  it("may be a form", () => {
    expect(parseForm("a=1&b=%20x+y&a=2")).toEqual({ ok: true, value: { a: "2", b: " x y" } });
    expect(parseForm("a=1&".repeat(1_999))).toEqual({ ok: true, value: { a: "1" } });
    expect(parseForm("a=1&".repeat(2_001))).toEqual({ ok: false, refusal: "too_large" });
    expect(parseForm("&".repeat(1_048_576))).toEqual({ ok: false, refusal: "too_large" });
  });
});

describe("a decimal", () => {
  it("is written as it was, whatever was added and moved", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.nat({ max: 4 }), (units, digits) => {
        const minor = { units, scale: 0 };
        const whole = moved(minor, -digits);
        expect(moved(whole, digits)).toEqual(minor);
        expect(plus(whole, { units: -units, scale: digits }).units).toBe(0n);
        expect(shareOf(whole, { units: 7n, scale: 2 }, { units: 7n, scale: 2 })).not.toBeNull();
      }),
    );
  });

  it.each([
    ["12.5", 6, "12.5"],
    ["12.0000005", 6, "12.000001"],
    ["19.989999999999998", 6, "19.99"],
    ["0.0000001", 6, "0"],
    ["-3.10", 6, "3.1"],
    ["1.5e2", 6, "150"],
    ["2.5", 0, "3"],
  ])("%s with %i decimals is %s", (text, digits, written) => {
    expect(writeDecimal(parseDecimal(text) ?? { units: 99n, scale: 0 }, digits)).toBe(written);
  });

  it.each(["", "1,50", "1.2.3", "$5", "NaN", "Infinity", "0x10", "1e999", " 1"])("is none of %s", (text) => {
    expect(parseDecimal(text)).toBeNull();
  });

  it("has as many digits as its currency's minor unit", () => {
    expect(["USD", "JPY", "KWD", "CLF", "HUF", "XXX"].map(minorUnitDigits)).toEqual([2, 0, 3, 4, 2, 2]);
  });
});

describe("a webhook of many messages", () => {
  const table = (says: object[]) => {
    const read = readCustomRules({ proof: { scheme: "header", header: "X-Secret" }, rules: [{ says }] });
    if (!read.ok) throw new Error(read.refusal);
    return read.value;
  };
  const REFUND = { status: "reversed", txid: "id", each: "refunds", refund_id: "@.id", amount: "@.total" };
  const order = (count: number, total = 1) => ({
    body: { id: 7, refunds: Array.from({ length: count }, (_, id) => ({ id: id + 1, total })) },
  });

  it("is taken whole, or refused whole, and never cut", () => {
    expect(heard(table([REFUND]), order(1_000))).toHaveLength(1_000);
    expect(heard(table([REFUND]), order(1_001))).toBe("too_large");
    expect(heard(table([REFUND, { ...REFUND, refund_id: { join: ["id", "@.id"] } }]), order(501))).toBe("too_large");
    expect(heard(table([REFUND]), order(5_000, 0))).toBe("passed_over");
  });

  it("has events by the names that were given, and by none that every object has", () => {
    const sale = { status: "approved", txid: "id", event: "constructor", amount: { number: "1" } };
    expect(heard(table([sale]), order(0))).toMatchObject([{ event: "constructor" }]);
  });
});

describe("a value", () => {
  const tree = {
    id: 7,
    yes: true,
    blank: "  ",
    name: " Ann ",
    "with.stop": "s",
    attributes: [{ name: "Click_ID", value: "c" }, "junk", null],
    meta: { CLICK_ID: "m", deep: { value: "d" } },
    page: "https://shop.example/?x=1&click_id=q%20r#part",
  };

  it.each<[SourceValue, string | null]>([
    ["id", "7"],
    ["yes", "true"],
    ["blank", null],
    ["name", "Ann"],
    ["missing.part", null],
    ["meta", null],
    ["with\\.stop", "s"],
    [{ text: "t" }, "t"],
    [{ header: "X-Topic" }, "paid"],
    [{ first: ["blank", "id"] }, "7"],
    [{ join: ["id", "missing", "yes"] }, "7:true"],
    [{ join: ["missing"] }, null],
    [{ entry: "attributes" }, "c"],
    [{ entry: "id" }, null],
    [{ member: "meta" }, "m"],
    [{ member: "meta", named: ["deep"], value: "value" }, "d"],
    [{ member: "", named: ["id"] }, "7"],
    [{ query: "page" }, "q r"],
    [{ query: "page", named: ["x"] }, "1"],
    [{ query: "name" }, null],
    [{ words: "id", mean: { 7: "seven" } }, "seven"],
    [{ words: "yes", mean: {} }, null],
    [{ words: "name", mean: {} }, null],
    [{ lower: "name" }, "ann"],
    [{ upper: "name" }, "ANN"],
    [{ by: "no_such_function", at: "id" }, null],
  ])("%j says %s", (value, text) => {
    expect(readValue(looked(tree, { "x-topic": "paid" }), value)).toBe(text);
  });

  it("of a path may be all that is there", () => {
    expect(readAll(looked({ codes: ["a", { b: 1 }, "c"] }), "codes[]")).toEqual(["a", "c"]);
  });
});

describe("a sum", () => {
  const tree = {
    a: "1.10",
    b: 2,
    none: [],
    list: [
      { v: "3", is: "x" },
      { v: 4, is: "y" },
    ],
    bad: "five",
    rate: 0.25,
    zero: 0,
  };

  it.each<[SourceSum, string | null]>([
    ["a", "1.1"],
    ["list[].v", "7"],
    ["none[]", null],
    ["missing", null],
    ["bad", "unreadable"],
    [{ number: "0" }, "0"],
    [{ basis: "nothing" }, null],
    [{ plus: ["a", "b", "missing"] }, "3.1"],
    [{ plus: ["b"], minus: ["a"] }, "0.9"],
    [{ plus: ["a"], minus: ["b"] }, "0"],
    [{ plus: ["missing"], minus: ["a"] }, null],
    [{ plus: ["a"], minus: ["bad"] }, "unreadable"],
    [{ sumOf: "list", each: "@.v", where: [{ at: "@.is", is: ["y"] }] }, "4"],
    [{ share: "b", part: "a", whole: "b" }, "1.1"],
    [{ share: "b", part: "a", whole: "zero" }, "2"],
    [{ share: "b", part: "missing", whole: "b" }, "2"],
    [{ of: "b", without: ["rate", "missing"] }, "1.5"],
    [{ of: "b", without: ["b"] }, "0"],
    [{ first: [{ sum: "missing" }, { sum: "a", when: [{ at: "b", is: ["3"] }] }, { sum: "b" }] }, "2"],
  ])("%j comes to %s", (sum, text) => {
    const total = addUp(looked(tree), sum);
    expect(total === null || total === "unreadable" ? total : writeDecimal(total, 6)).toBe(text);
  });
});

it.each<[SourceCondition, boolean]>([
  [{ at: "a", is: ["1", "2"] }, true],
  [{ at: "a", is: ["3"] }, false],
  [{ at: "missing", is: [""] }, true],
  [{ at: "a", isNot: ["1"] }, false],
  [{ at: "missing", isNot: ["1"] }, true],
  [{ at: "a", exists: true }, true],
  [{ at: "missing", exists: true }, false],
  [{ at: "missing", exists: false }, true],
  [{ at: "zero", zero: true }, true],
  [{ at: "a", zero: true }, false],
  [{ at: "a", zero: false }, true],
  [{ at: "missing", zero: false }, false],
])("%j holds: %s", (condition, isTrue) => {
  expect(holds(looked({ a: 1, zero: "0.00" }), [condition])).toBe(isTrue);
});

describe.each([...SOURCE_TABLES])("the table of %s", (_, table) => {
  const said: SaidMessage[] = table.rules.flatMap(({ says }) => [...says]);

  it("tells of one event totals or single refunds, and never both", () => {
    expect(said.filter(({ amount, refund_id, refunded_total }) => refunded_total && (amount || refund_id))).toEqual([]);
  });

  it("says why where it says nothing", () => {
    expect(table.rules.filter(({ says, why }) => says.length === 0 && why === undefined)).toEqual([]);
  });

  it("is data alone, so that operators' rules can be the same", () => {
    expect(JSON.parse(JSON.stringify(table))).toEqual(table);
  });

  it("knows each part of every basis that a rule asks for", () => {
    const asked = [...JSON.stringify(table.rules).matchAll(/"basis":"(\w+)"/g)].map(([, part]) => part ?? "");
    for (const { parts } of Object.values(table.bases))
      expect(Object.keys(parts)).toEqual(expect.arrayContaining(asked));
  });
});
