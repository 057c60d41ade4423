/** What an entry is told as: every kind of entry there is, and every way that it moves a status. */
import { expect, test } from "vitest";
import type { ConversionStatus } from "../../../schema/messages.ts";
import { ENTRY_KINDS, type EntryKind } from "../../../workers/core/books/conversion.ts";
import {
  CONVERSION_TYPES,
  type TypedNotice,
  typeHeard,
  typeOf,
  typesOf,
} from "../../../workers/core/courier/delivery-types.ts";

const STATUSES = ["pending", "approved", "rejected", "reversed"] as const;

function entry(
  kind: string,
  fromStatus: ConversionStatus | null,
  status: ConversionStatus,
  sum = 0,
  held = false,
): TypedNotice {
  const delta = { amountMicros: sum, payoutMicros: sum, revenueMicros: sum };
  return { kind, fromStatus, status, delta, ...(held ? { held: true } : {}) };
}

test.each<[string, TypedNotice, string]>([
  ["a sale that waits", entry("accrual", null, "pending"), "created"],
  ["a sale approved at once", entry("accrual", null, "approved", 1), "created"],
  ["a sale that was never one", entry("accrual", null, "rejected"), "created"],
  ["a sale held at birth", entry("accrual", null, "pending", 1, true), "created"],
  ["an approval", entry("approval", "pending", "approved"), "approved"],
  ["an approval of what was rejected", entry("approval", "rejected", "approved", 5), "approved"],
  ["an approval that says no more than was given back", entry("approval", "pending", "reversed", -5), "reversed"],
  ["a rejection", entry("rejection", "pending", "rejected", -5), "rejected"],
  ["a rejection by an operator", entry("rejection", "approved", "rejected", -5), "rejected"],
  ["another amount", entry("restatement", "approved", "approved", 3), "updated"],
  ["another amount, of which nothing is left", entry("restatement", "approved", "reversed", -3), "reversed"],
  ["a reversal in part", entry("reversal", "approved", "approved", -3), "reversed"],
  ["a reversal in whole", entry("reversal", "approved", "reversed", -9), "reversed"],
  ["a reversal before the approval", entry("reversal", "pending", "reversed", -9), "reversed"],
  ["a reversal in part of what is rejected", entry("reversal", "rejected", "rejected"), "updated"],
  ["a won dispute", entry("reinstatement", "reversed", "approved", 9), "reinstated"],
  ["a part that was given back wrongly", entry("reinstatement", "approved", "approved", 3), "reinstated"],
  ["a reinstatement of what waits", entry("reinstatement", "reversed", "pending", 9), "reinstated"],
  ["a first order number", entry("upgrade", "approved", "approved"), "updated"],
  ["a hold on what was approved", entry("hold", "approved", "pending", 0, true), "held"],
  ["a hold on what waits", entry("hold", "pending", "pending", 0, true), "held"],
  ["a late hold that was released since", entry("hold", "approved", "approved"), "updated"],
  ["a release of what was approved", entry("release", "pending", "approved"), "approved"],
  ["a release of what waits", entry("release", "pending", "pending"), "updated"],
  ["a late message that takes all away", entry("reordering", "approved", "rejected", -9), "rejected"],
  ["a late message that prices it anew", entry("reordering", "approved", "approved", -2), "updated"],
  ["a late message that approves", entry("reordering", "pending", "approved", 2), "approved"],
  ["other rules that price it anew", entry("adjustment", "approved", "approved", -2), "updated"],
  ["other rules by which it counts no more", entry("adjustment", "approved", "rejected", -9), "rejected"],
  ["a late rejection that an approval overrode", entry("rejection", "approved", "approved"), "updated"],
  ["a late sale that came first", entry("accrual", "approved", "approved", 2), "updated"],
  ["a late reversal behind which it was emptied", entry("reversal", "approved", "rejected", -9), "rejected"],
])("%s", (_what, notice, type) => {
  expect(typeOf(notice)).toBe(`conversion.${type}`);
});

test("every kind of entry has a type, whatever it does to the status", () => {
  for (const kind of ENTRY_KINDS)
    for (const from of [null, ...STATUSES])
      for (const to of STATUSES)
        for (const sum of [-1, 0, 1])
          for (const held of [false, true]) {
            const types = typesOf(entry(kind, from, to, sum, held));
            expect(types.length, `${kind} ${from} ${to}`).toBeGreaterThan(0);
            expect(types.every((type) => CONVERSION_TYPES.includes(type))).toBe(true);
            // Nobody is told that it is approved who must not pay it.
            if (to !== "approved") expect(types).not.toContain("conversion.approved");
          }
});

test("no type is never told", () => {
  const told = new Set(
    ENTRY_KINDS.flatMap((kind: EntryKind) =>
      STATUSES.flatMap((from) => STATUSES.flatMap((to) => typesOf(entry(kind, from, to, 1, true)))),
    ),
  );
  told.add("conversion.created");
  expect([...told].sort()).toEqual([...CONVERSION_TYPES].sort());
});

test("a kind that an older courier does not know is passed over", () => {
  expect(typesOf(entry("upheaval", "approved", "approved"))).toEqual([]);
  expect(typeOf(entry("upheaval", null, "approved"))).toBeNull();
});

test("a sale that comes approved is heard of by whoever listens to new ones, or to approvals, once", () => {
  const sale = entry("accrual", null, "approved", 1);
  expect(typeHeard(sale, ["conversion.approved"])).toBe("conversion.approved");
  expect(typeHeard(sale, ["conversion.approved", "conversion.created"])).toBe("conversion.created");
  expect(typeHeard(sale, ["conversion.rejected"])).toBeNull();
  expect(typeHeard(entry("accrual", null, "pending", 1, true), ["conversion.held"])).toBe("conversion.held");
  expect(typeHeard(entry("accrual", null, "pending", 1), ["conversion.approved"])).toBeNull();
});
