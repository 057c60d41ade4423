/** Aliases of placed links: read from what people have in their lists, and written as links again. */
import { expect, test } from "vitest";
import { placedTarget, readPlacedAlias } from "../../../workers/core/trackers/placed-alias.ts";
import { TRACKER_TABLES } from "../../../workers/core/trackers/tracker-tables.ts";

const UUID = "6F1F0B9e-2d43-4c5a-9a61-0b3a7a1f4c11";

function tableOf(dialect: string) {
  const table = TRACKER_TABLES.get(dialect);
  if (!table) throw new Error(`there is no ${dialect}`);
  return table;
}

test.each([
  ["keitaro", "x7Kd93ab", "x7Kd93ab"],
  ["keitaro", " https://trk.example.com/x7Kd93ab?keyword=shoes ", "x7Kd93ab"],
  ["keitaro", "trk.example.com/x7Kd93ab", "x7Kd93ab"],
  ["keitaro", "/x7Kd93ab", "x7Kd93ab"],
  ["keitaro", "https://go.example.com/t/old/x7Kd93ab", "x7Kd93ab"],
  ["keitaro", "https://trk.example.com/x7Kd93ab).", "x7Kd93ab"],
  ["keitaro", "https://trk.example.com/?x7Kd93ab", "?x7Kd93ab"],
  ["voluum", UUID, UUID.toLowerCase()],
  ["voluum", `https://trk.example.com/${UUID}?zone=1`, UUID.toLowerCase()],
  ["tune", "12/34", "12/34"],
  ["tune", "12/34/5", "12/34/5"],
  ["tune", "http://trk.example.com/aff_c?offer_id=12&aff_id=34&aff_sub=x", "12/34"],
  ["tune", "https://trk.example.com/aff_c?offer_id=12&aff_id=34&url_id=5", "12/34/5"],
  ["tune", "SH1v", "SH1v"],
  ["everflow", "28KL6/2CTPL", "28KL6/2CTPL"],
  ["everflow", "2/1", "2/1"],
  ["everflow", "https://trk.example.com/28KL6/2CTPL/?sub1=a", "28KL6/2CTPL"],
  ["affise", "https://trk.example.com/click?pid=34&offer_id=12", "12/34"],
  ["binom", "https://trk.example.com/click.php?key=abc&t1=x", "abc"],
])("%s: %j is %s", (dialect, text, alias) => {
  expect(readPlacedAlias(tableOf(dialect), "old", text)).toEqual({ ok: true, value: alias });
});

test.each([
  ["keitaro", ""],
  ["keitaro", "a b"],
  ["keitaro", "a/b"],
  ["keitaro", "https://trk.example.com/a/b"],
  ["keitaro", "https://trk.example.com/0f3ab1c2/postback?subid=1"],
  ["keitaro", "x".repeat(200)],
  ["voluum", "x7Kd93ab"],
  ["tune", "12"],
  ["tune", "https://trk.example.com/aff_lsr?transaction_id=1"],
  ["tune", "https://"],
  ["everflow", "https://trk.example.com/c/demo"],
])("%s: %j is no placed link", (dialect, text) => {
  const read = readPlacedAlias(tableOf(dialect), "old", text);
  expect(read.ok).toBe(false);
});

test.each([
  ["keitaro", "x7Kd93ab", "/x7Kd93ab"],
  ["keitaro", "?x7Kd93ab", "/?x7Kd93ab"],
  ["keitaro", "café", "/caf%C3%A9"],
  ["voluum", UUID.toLowerCase(), `/${UUID.toLowerCase()}`],
  ["tune", "12/34", "/aff_c?offer_id=12&aff_id=34"],
  ["tune", "12/34/5", "/aff_c?offer_id=12&aff_id=34&url_id=5"],
  ["tune", "SH1v", "/SH1v"],
  ["everflow", "28KL6/2CTPL", "/28KL6/2CTPL"],
  ["everflow", "28KL6/2CTPL/9", "/28KL6/2CTPL?uid=9"],
  ["affise", "12/34", "/click?offer_id=12&pid=34"],
  ["binom", "abc", "/click.php?key=abc"],
  ["prosper202", "4711", "/tracking202/redirect/dl.php?t202id=4711"],
  ["offer18", "12/34", "/c?o=12&a=34"],
  ["bemob", UUID.toLowerCase(), `/go/${UUID.toLowerCase()}`],
])("%s: %s is placed at %s", (dialect, alias, target) => {
  expect(placedTarget(tableOf(dialect), alias)).toBe(target);
});

test("what no link of the tracker's has is placed nowhere", () => {
  expect(placedTarget(tableOf("tune"), "12")).toBeNull();
  expect(placedTarget(tableOf("keitaro"), "a/b")).toBeNull();
});

test("what no alias can be is told with the forms that there are, in words that people read", () => {
  const told = (dialect: string) => readPlacedAlias(tableOf(dialect), "old", "two words");
  expect(told("keitaro")).toEqual({ ok: false, refusal: "An alias of Keitaro is written {alias} or ?{alias}" });
});

test("every alias that is read from a link leads back to it", () => {
  for (const [dialect, alias] of [
    ["keitaro", "x7Kd93ab"],
    ["keitaro", "?x7Kd93ab"],
    ["voluum", UUID.toLowerCase()],
    ["tune", "12/34"],
    ["everflow", "28KL6/2CTPL"],
    ["affise", "12/34/7"],
    ["binom", "abc"],
  ] as const) {
    const target = placedTarget(tableOf(dialect), alias);
    expect(readPlacedAlias(tableOf(dialect), "old", target ?? "")).toEqual({ ok: true, value: alias });
  }
});
