/** Fillers at the door: each, in whatever names an order, a refund, a click or an event or says an amount, is refused by name; in texts of people's they stay. */
import { describe, expect, it, test } from "vitest";
import { issueClickId } from "../../../workers/core/click-id.ts";
import { makeDialect } from "../../../workers/core/postback/dialect.ts";
import { understand } from "../../../workers/core/postback/parameter-meanings.ts";
import { readPostback } from "../../../workers/core/postback/postback-reader.ts";
import { ringOf } from "../keys.ts";

const ring = await ringOf({ 1: 7 }, 1);
const dialect = makeDialect(undefined);
const clickId = issueClickId(ring, {
  ...{ issuedAtMs: 1_793_000_000_000, link: 1, counter: 1, test: false, provisional: false },
});

const FILLERS = [
  ...["None", "NULL", "nil", "NaN", "N/A", "(null)", "<nil>", "undefined", "%%X%%", "!!x!!", "##X##", "<x>"],
  ...["<%= x %>", "$x", ":x", "*|X|*", "@@x@@", `\${(x)!}`, "{x?Y}", "ORD-{order_id}", "-"],
];
/** Those that are one behind a template's own words too; `a$b`, `a:b` and a hyphen stand in orders' numbers. */
const PARTS = FILLERS.filter((text) => !["$x", ":x", "-"].includes(text));
const PLACES = ["txid", "refund_id", "click_id", "event", "amount"] as const;
const CASES = [
  ...PLACES.flatMap((place) => FILLERS.map((text) => [place, text] as const)),
  ...(["txid", "refund_id", "event"] as const).flatMap((place) => PARTS.map((text) => [place, `ORD-${text}`] as const)),
];

function read(said: Record<string, string>) {
  const parameters = Object.entries({ click_id: clickId, txid: "A-1", status: "reversed", ...said });
  const fields = understand(
    dialect,
    [],
    parameters.map(([name, text]) => ({ name, text })),
  );
  return readPostback(fields, dialect, ring);
}

describe("a filler", () => {
  it.each(CASES)("as %s: %s", (parameter, text) => {
    expect(read({ [parameter]: text })).toEqual({ ok: false, refusal: { reason: "unexpanded_macro", parameter } });
  });

  test("there are at least 150 of them", () => {
    expect(CASES.length).toBeGreaterThan(150);
  });
});

describe("a value that only looks like one", () => {
  it.each(["<b>", "{a}-{b}", "100% <b>wool</b>", "ORD-{order_id}", "$x", ":x", "-"])("in texts: %s stays", (text) => {
    expect(read({ coupon: text, "meta.note": text })).toMatchObject({
      ok: true,
      value: { content: { coupon: text, meta: { note: text } } },
    });
  });

  it.each(["a$b", "12:30", "A-B", "None-such", "NaNcy", "nilpotent", "A/1", "null-1"])("as txid: %s stays", (text) => {
    expect(read({ txid: text, refund_id: text })).toMatchObject({
      ok: true,
      value: { content: { txid: text, refundId: text } },
    });
  });
});
