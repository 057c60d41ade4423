/** The correction that a link from a difference is filled in with: only one that makes the books say what the list does. */
import { expect, test } from "vitest";
import type { Status } from "../../../workers/core/reconciliation/sent-line.ts";
import type { HeldConversion } from "../../../workers/core/reconciliation/settling-correction.ts";
import { settlingCorrection } from "../../../workers/core/reconciliation/settling-correction.ts";

const HELD: HeldConversion = {
  ...{ conversionId: "01", txid: "A", clickId: "c", event: "sale", status: "approved", currency: "EUR" },
  ...{ amountMicros: 40_000_000n, inRange: true, isAsked: true },
};
const told = (statuses: Status[] | null, amountMicros: bigint | null = null, currencies: string[] | null = null) => ({
  ...{ statuses, amountMicros, currencies },
});

test.each<[Status, Status[], string | null]>([
  ["pending", ["approved"], "approved"],
  ["pending", ["rejected", "reversed"], "rejected"],
  ["approved", ["rejected", "reversed"], "reversed"],
  ["approved", ["rejected"], null],
  ["rejected", ["approved"], "approved"],
  ["reversed", ["approved"], "reinstated"],
  ["reversed", ["pending"], null],
])("what is %s here and %j there is settled by %j", (status, statuses, move) => {
  const correction = settlingCorrection(told(statuses), [{ ...HELD, status }]);
  expect(correction?.status ?? null).toBe(move);
});

test("another amount is restated in the conversion's own currency, and of one conversion alone", () => {
  const restated = { status: null, amountMicros: 39_990_000n };
  expect(settlingCorrection(told(["approved"], 39_990_000n), [HELD])).toEqual(restated);
  expect(settlingCorrection(told(null, 39_990_000n, ["EUR"]), [HELD])).toEqual(restated);
  expect(settlingCorrection(told(null, 39_990_000n, ["USD"]), [HELD])).toBeNull();
  const original = { currency: "USD", amountMicros: 44_000_000n };
  expect(settlingCorrection(told(null, 39_990_000n), [{ ...HELD, original }])).toBeNull();
  expect(settlingCorrection(told(null, 39_990_000n), [HELD, HELD])).toBeNull();
});
