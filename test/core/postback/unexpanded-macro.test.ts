/** Macros that nobody expanded, and the values that only look like them. */
import { describe, expect, it } from "vitest";
import { isUnexpanded } from "../../../workers/core/postback/unexpanded-macro.ts";

describe("an unexpanded macro", () => {
  it.each([
    ...["{payout}", "{{payout}}", `\${payout}`, "#{payout}", "{transaction_id}", "{cl?Network}", "{ payout }", "{}"],
    ...["[CLICK_ID]", "[[subid]]", "[object Object]", "%TXID%", "%TRANSACTION_ID%", "%DATE%", "#s2#", "#reqid#"],
    ...["__CLICKID__", "REPLACE", "OPTIONAL", "undefined", "null"],
  ])("%s", (text) => {
    expect(isUnexpanded(text)).toBe(true);
  });

  it.each([
    ...[
      "",
      "A-1",
      "{A-1",
      "A-1}",
      "A{1}",
      "{a}-{b}",
      "100%",
      "50%-off%",
      "#1234",
      "#1#",
      "[1",
      "__",
      "___",
      "<b>",
      "replace",
    ],
    ...[
      "Optional",
      "REPLACED",
      "NULL-1",
      "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}",
      "{a2504e0f-4f89-11d3-9a0c-0305e82c3301}",
    ],
  ])("%j is a value", (text) => {
    expect(isUnexpanded(text)).toBe(false);
  });

  it("is told in time, whatever the text", () => {
    const startedMs = performance.now();
    for (const text of ["{", "[", "%a", "#a", "__a", "${", "{{{{", "[[["]) isUnexpanded(text.repeat(30_000));
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});
