/** Macros that nobody expanded, what programs write for nothing, and the values that only look like them. */
import { describe, expect, it } from "vitest";
import { holdsFiller, isFiller, isInRoundBrackets } from "../../../workers/core/postback/fillers.ts";

/** Nothing else, in any field. */
const FILLERS = [
  ...["{payout}", "{{payout}}", `\${payout}`, "#{payout}", "{transaction_id}", "{cl?Network}", "{ payout }", "{}"],
  ...["[CLICK_ID]", "[[subid]]", "[object Object]", "%TXID%", "%TRANSACTION_ID%", "%DATE%", "%%X%%", "%%ORDER_ID%%"],
  ...["#s2#", "#reqid#", "##X##", "##ORDER##", "__CLICKID__", "!!x!!", "!!convId!!", "*|X|*", "*|ORDER|*", "@@x@@"],
  ...[`\${(x)!}`, "{x?Y}", "<%= x %>", "<%= order.id %>", "<%x%>"],
  ...["REPLACE", "OPTIONAL", "undefined", "Undefined", "null", "NULL", "Null", "None", "none", "NONE", "nil", "NIL"],
  ...["NaN", "nan", "N/A", "n/a", "(null)", "(none)", "<nil>", "<null>", "<None>"],
];

/** In what names one order, click, refund or event, and in amounts. */
const FILLERS_IN_NAMES = [
  ...["<order_id>", "<x>", "</b>", "<b>", "$x", "$order_id", "$order.id", ":x", ":order_id", "-", "--"],
  ...["ORD-{order_id}", `order-\${id}`, "{a}-{b}", "A-{{id}}", "#{id}-1", "ORD-[ORDER_ID]", "ORD-%ORDER%", "%A%-%B%"],
  ...["x##ORDER##", "A__ORDER_ID__", "o-!!x!!", "o-*|X|*", "@@x@@-1", "o<%= id %>", "ORD-<id>", "ORD-{}", "ORD-[]"],
  ...[
    "ORD-undefined",
    "ORD_null",
    "order:None",
    "shop/NaN",
    "a.nil",
    "#null",
    "ORD-(null)",
    "ORD-<nil>",
    "ORD-NULL",
    "ORD-N/A",
  ],
];

/** Values, in any field. */
const VALUES = [
  ...["", "A-1", "{A-1", "A-1}", "100%", "50%", "#1234", "#1#", "[1", "__", "___", "replace", "Optional", "REPLACED"],
  ...["NULL-1", "none-1", "undefined-7", "nullable", "Nonesuch", "Nil-Admirari", "nano", "Annan", "N-A", "NA"],
  ...["{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "{a2504e0f-4f89-11d3-9a0c-0305e82c3301}", "A{1}", "INV[2024]"],
  ...["-Nx7kQ1", "=1+1", "+49", "@shop", "'1", "$12", "a$b", "a:b", "1:2", "<3", "a<b", "a>b", "<1>", "()", "!!", "##"],
  ...["x_null_1", "ORD-{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "a@@b", "100%OFF", "ab-none", "no-one", "Ünïcödé"],
];

describe("a filler", () => {
  it.each(FILLERS)("%s", (text) => {
    expect([isFiller(text), holdsFiller(text)]).toEqual([true, true]);
  });

  it.each(FILLERS_IN_NAMES)("%s, where something is named", (text) => {
    expect([isFiller(text), holdsFiller(text)]).toEqual([false, true]);
  });

  it.each(VALUES)("%j is none", (text) => {
    expect([isFiller(text), holdsFiller(text)]).toEqual([false, false]);
  });

  it.each([
    ["(click_id)", true],
    ["(clickid)", true],
    ["()", true],
    ["a(b)", false],
  ])("%s in round brackets", (text, expected) => {
    expect(isInRoundBrackets(text)).toBe(expected);
  });

  it("is told in time, whatever the text", () => {
    const startedMs = performance.now();
    for (const text of [
      "{",
      "[",
      "%a",
      "#a",
      "__a",
      "${",
      "{{{{",
      "[[[",
      "<",
      "<%",
      "*|",
      "!!a",
      "@@",
      "{a",
      "(",
      "%%",
    ])
      for (const times of [30, 1_000, 30_000]) {
        isFiller(text.repeat(times));
        holdsFiller(text.repeat(times));
      }
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});
