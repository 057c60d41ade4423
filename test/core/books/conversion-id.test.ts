/** Conversion IDs: golden values, order, and several of one receipt. */
import { expect, test } from "vitest";
import { conversionId } from "../../../workers/core/books/conversion-id.ts";

const AT_MS = Date.UTC(2026, 10, 23, 8);
const RECEIPT = "3f8kq2m7v0x1c5n9z4b6t8w2ra";

test("begins with the time of receipt and goes on with the receipt", () => {
  expect(conversionId(AT_MS, RECEIPT)).toBe("01m83pph00f8kq2m7v0x1c5n9z");
  expect(conversionId(AT_MS, RECEIPT).slice(10)).toBe(RECEIPT.slice(1, 17));
});

test("sorted as text, IDs are sorted by time", () => {
  const ids = [0, 1, 31, 32, 1_023, 86_400_000].map((later) => conversionId(AT_MS + later, RECEIPT));
  expect([...ids].sort()).toEqual(ids);
});

test.each(["0".repeat(26), "z".repeat(26), RECEIPT])(
  "a thousand conversions of receipt %s have as many IDs",
  (receipt) => {
    const ids = Array.from({ length: 1_024 }, (_, ordinal) => conversionId(AT_MS, receipt, ordinal));
    expect(new Set(ids).size).toBe(1_024);
    expect(ids.filter((id) => !/^[0-9a-hjkmnp-tv-z]{26}$/.test(id))).toEqual([]);
  },
);
