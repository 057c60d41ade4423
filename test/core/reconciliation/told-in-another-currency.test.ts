/** A list is held against what sales were told in, where that is its currency, or it names none. */
import { expect, test } from "vitest";
import { compareWith } from "../../../workers/core/reconciliation/compare.ts";
import type { SentLine } from "../../../workers/core/reconciliation/sent-line.ts";
import type { HeldConversion } from "../../../workers/core/reconciliation/settling-correction.ts";

const held: HeldConversion = {
  conversionId: "1",
  txid: "T",
  clickId: "c",
  event: "sale",
  status: "approved",
  currency: "USD",
  amountMicros: 64_030_000n,
  original: { currency: "EUR", amountMicros: 59_000_000n },
  inRange: true,
  isAsked: true,
};

test.each([
  ["its own currency and amount", ["EUR"], 59_000_000n, []],
  ["another amount of its own", ["EUR"], 58_000_000n, [["amount_differs", 59_000_000n, "EUR"]]],
  ["no currency, and its own amount", null, 59_000_000n, []],
  ["the offer's currency and what is booked", ["USD"], 64_030_000n, []],
  ["a third currency", ["GBP"], 59_000_000n, [["currency_differs", 64_030_000n, "USD"]]],
])("%s", (_, currencies, amountMicros, told) => {
  const unsaid = { statusWord: null, statuses: null };
  const line: SentLine = { line: 1, txid: "T", clickId: null, event: "sale", ...unsaid, currencies, amountMicros };
  const comparison = compareWith([line], { txids: new Set(), clickIds: new Set() });
  comparison.meet(held);
  const { differences } = comparison.finish();
  expect(differences.map((one) => [one.difference, one.ourAmountMicros, one.currency])).toEqual(told);
});
