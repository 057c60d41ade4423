/** Amounts as spreadsheets write them: read rightly, or named; a column's notation is judged as a whole and never guessed. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatMicros } from "../../../workers/core/money.ts";
import { columnNotation, type DecimalMark } from "../../../workers/core/table-file/amount-notation.ts";

/** What a column of these texts reads of its first. */
function read(column: readonly string[], said: DecimalMark | null = null, usual: DecimalMark | null = null): string {
  const notation = columnNotation(said, usual);
  for (const text of column) notation.note(text);
  const amount = notation.read(column[0] ?? "");
  if (typeof amount === "string") return amount;
  const sign = amount.currencies === null ? "" : ` ${amount.currencies.join("/")}`;
  return formatMicros(amount.micros) + sign;
}

const UNREADABLE = "unreadable_amount";
const AMBIGUOUS = "ambiguous_amount";

describe("an amount by itself", () => {
  test.each([
    ["0", "0.00"],
    ["12", "12.00"],
    ["007", "7.00"],
    ["1000", "1000.00"],
    ["1000000000", "1000000000.00"],
    ["12.5", "12.50"],
    ["12,5", "12.50"],
    ["12.50", "12.50"],
    ["12,50", "12.50"],
    [".5", "0.50"],
    [",5", "0.50"],
    [".500", "0.50"],
    ["0.5", "0.50"],
    ["0,500", "0.50"],
    ["0.125", "0.125"],
    ["12.5000000", "12.50"],
    ["40.00000000", "40.00"],
    ["19.989999999999998", "19.99"],
    ["0.0000005", "0.000001"],
    ["0.0000004", "0.00"],
    ["0.000001", "0.000001"],
    ["12.3456", "12.3456"],
    ["1234.500", "1234.50"],
    ["1234,500", "1234.50"],
    ["1,234.50", "1234.50"],
    ["1.234,50", "1234.50"],
    ["1.234,500", "1234.50"],
    ["1,234.5", "1234.50"],
    ["1,234,567", "1234567.00"],
    ["1.234.567", "1234567.00"],
    ["1,234,567.89", "1234567.89"],
    ["1.234.567,89", "1234567.89"],
    ["1 234,5", "1234.50"],
    ["1 234.5", "1234.50"],
    ["1 234 567", "1234567.00"],
    ["1 234,500", "1234.50"],
    ["1\u00a0234,50", "1234.50"],
    ["1\u202f234,50", "1234.50"],
    ["1'234.50", "1234.50"],
    ["1’234’567.5", "1234567.50"],
    ["12,34,567.50", "1234567.50"],
    ["12,34,567", "1234567.00"],
    ["-3", "-3.00"],
    ["- 3", "-3.00"],
    ["−12,50", "-12.50"],
    ["–12,50", "-12.50"],
    ["12,50-", "-12.50"],
    ["12.50 -", "-12.50"],
    ["+12.50", "12.50"],
    ["(63.12)", "-63.12"],
    ["(1.234,50)", "-1234.50"],
    ["($63.12)", "-63.12 USD/CAD/AUD/NZD/SGD/HKD/MXN"],
    ["'-3", "-3.00"],
    ["'12.50", "12.50"],
    ["  12.50  ", "12.50"],
    ["€ 12,50", "12.50 EUR"],
    ["12,50 €", "12.50 EUR"],
    ["12,50€", "12.50 EUR"],
    ["$12.50", "12.50 USD/CAD/AUD/NZD/SGD/HKD/MXN"],
    ["-$3.00", "-3.00 USD/CAD/AUD/NZD/SGD/HKD/MXN"],
    ["$-3.00", "-3.00 USD/CAD/AUD/NZD/SGD/HKD/MXN"],
    ["US$ 12.50", "12.50 USD"],
    ["US$12.50", "12.50 USD"],
    ["CA$ 12.50", "12.50 CAD"],
    ["R$ 12,50", "12.50 BRL"],
    ["£12.50", "12.50 GBP"],
    ["¥1250", "1250.00 JPY/CNY"],
    ["12.50 kr", "12.50 SEK/NOK/DKK/ISK"],
    ["kr 12.50", "12.50 SEK/NOK/DKK/ISK"],
    ["kr. 12,50", "12.50 SEK/NOK/DKK/ISK"],
    ["12,50 kr.", "12.50 SEK/NOK/DKK/ISK"],
    ["12,50 zł", "12.50 PLN"],
    ["12,50 Kč", "12.50 CZK"],
    ["1 250 Ft", "1250.00 HUF"],
    ["12,50 ₽", "12.50 RUB"],
    ["Fr. 12.50", "12.50 CHF"],
    ["USD 12.50", "12.50 USD"],
    ["usd 12.50", "12.50 USD"],
    ["12.50 usd", "12.50 USD"],
    ["12.50USD", "12.50 USD"],
    ["EUR12,50", "12.50 EUR"],
    ["EUR -12,50", "-12.50 EUR"],
    ["-12,50 EUR", "-12.50 EUR"],
    ["12,50- EUR", "-12.50 EUR"],
    ["EUR 12,50 EUR", "12.50 EUR"],
  ])("%j is %s", (text, expected) => {
    expect(read([text])).toBe(expected);
  });

  test.each([
    "",
    "-",
    ".",
    "twelve",
    "free",
    "n/a",
    "1e9",
    "12.50.x",
    "1,234,5",
    "1,23,45",
    "1.23.45",
    "1.234.5,6",
    "1,2.3,4",
    "12 , 50",
    "12. 50",
    "1 23",
    "12 345 6",
    "1'23",
    "12.",
    "12,50,",
    "--3",
    "-3-",
    "(-3)",
    "+-3",
    "12.50 USD EUR",
    "USD 12.50 EUR",
    "12.50 QQQ",
    "NET 12.50",
    "12 %",
    "9999999999999",
    "1000000000.01",
    "{amount}",
    "١٢",
    `${"1".repeat(70)}`,
  ])("%j is named as unreadable", (text) => {
    expect(read([text])).toBe(UNREADABLE);
  });
});

describe("one mark before three digits", () => {
  test.each([
    [["1,234"], AMBIGUOUS],
    [["1.234"], AMBIGUOUS],
    [["12.345", "678.901"], AMBIGUOUS],
    [["1.234", "5"], AMBIGUOUS],
    [["1,234", "12.50"], "1234.00"],
    [["1,234", "0.5"], "1234.00"],
    [["1,234", "1,234,567"], "1234.00"],
    [["1.234", "12.50"], "1.234"],
    [["1.234", "12,50"], "1234.00"],
    [["1.234", "1.234.567"], "1234.00"],
    [["1,234", "12,50"], "1.234"],
    [["1,234", "1.234,50"], "1.234"],
    [["$1,234", "$2,000.00"], "1234.00 USD/CAD/AUD/NZD/SGD/HKD/MXN"],
    [["-1,234", "12.50"], "-1234.00"],
    // Both notations in one column: neither is believed of what could be either.
    [["1,234", "12.50", "12,50"], AMBIGUOUS],
    [["12.50", "12,50"], "12.50"],
    [["12,50", "12.50"], "12.50"],
    [["0.123", "12,5"], "0.123"],
  ])("%j reads its first as %s", (column, expected) => {
    expect(read(column)).toBe(expected);
  });

  test.each([
    [".", ["1,234"], "1234.00"],
    [".", ["1.234"], "1.234"],
    [",", ["1,234"], "1.234"],
    [",", ["1.234"], "1234.00"],
    [".", ["12,50"], UNREADABLE],
    [",", ["12.50"], UNREADABLE],
    [",", ["1.234.567"], "1234567.00"],
    [".", ["1.234.567"], UNREADABLE],
    [".", ["1 234.5"], "1234.50"],
  ] as const)("where the mark is said to be %j, %j is %s", (said, column, expected) => {
    expect(read(column, said)).toBe(expected);
  });

  test("a layout's usual mark counts where the column tells nothing, and only there", () => {
    expect(read(["1.234"], null, ".")).toBe("1.234");
    expect(read(["1,234"], null, ".")).toBe("1234.00");
    expect(read(["1.234", "12,50"], null, ".")).toBe("1234.00");
  });
});

const micros = fc.bigInt({ min: -1_000_000_000_000_000n, max: 1_000_000_000_000_000n });

test("what we write ourselves is read back", () => {
  fc.assert(
    fc.property(fc.array(micros, { minLength: 1, maxLength: 5 }), (column) => {
      const notation = columnNotation(null, ".");
      for (const one of column) notation.note(formatMicros(one));
      for (const one of column) expect(notation.read(formatMicros(one))).toEqual({ micros: one, currencies: null });
    }),
    { numRuns: 1_000 },
  );
});

/** A number in one notation, with groups or without. */
function written(value: bigint, decimal: DecimalMark, group: string, sign: string): string {
  const [whole = "", fraction = ""] = formatMicros(value < 0n ? -value : value).split(".");
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, group);
  return `${value < 0n ? "-" : ""}${sign}${grouped}${decimal}${fraction}`;
}

test("a column in any one notation is read rightly, or its ambiguous amounts are named: none is ever another amount", () => {
  const notations = fc.constantFrom<[DecimalMark, string, string]>(
    [".", ",", ""],
    [",", ".", ""],
    [".", "", "$"],
    [",", " ", "€"],
    [".", "'", ""],
    [",", "\u202f", ""],
  );
  fc.assert(
    fc.property(notations, fc.array(micros, { minLength: 1, maxLength: 6 }), ([decimal, group, sign], column) => {
      const notation = columnNotation(null);
      const texts = column.map((one) => written(one, decimal, group, sign));
      for (const text of texts) notation.note(text);
      for (const [index, text] of texts.entries()) {
        const amount = notation.read(text);
        if (amount === AMBIGUOUS) continue;
        expect([text, amount]).toEqual([text, expect.objectContaining({ micros: column[index] })]);
      }
    }),
    { numRuns: 3_000 },
  );
});
