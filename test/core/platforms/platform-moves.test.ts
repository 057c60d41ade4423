/** What an entry is to a platform: a sale once, a change of it, its taking back, or nothing. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConversionStatus } from "../../../schema/messages.ts";
import { type MovedFacts, moveOf } from "../../../workers/core/platforms/platform-moves.ts";
import type { CountsFrom } from "../../../workers/core/platforms/platform-target.ts";

type Row = [
  what: string,
  from: CountsFrom,
  moved: [fromStatus: ConversionStatus | null, status: ConversionStatus],
  over: Partial<MovedFacts>,
  expected: string,
];

const ROWS: Row[] = [
  ["created approved", "approved", [null, "approved"], {}, "sale"],
  ["created pending", "approved", [null, "pending"], {}, "awaits_approval"],
  ["created pending, told early", "pending", [null, "pending"], {}, "sale"],
  ["created held", "pending", [null, "pending"], { isHeld: true }, "awaits_approval"],
  ["released", "pending", ["pending", "pending"], { kind: "release", sale: "unknown" }, "sale"],
  ["released and approved", "approved", ["pending", "approved"], { kind: "release" }, "sale"],
  ["approved", "approved", ["pending", "approved"], {}, "sale"],
  ["approved, told when pending", "pending", ["pending", "approved"], { sale: "told" }, "nothing_new_there"],
  ["approved, with another amount", "pending", ["pending", "approved"], { sale: "told", changeMicros: 5 }, "more"],
  ["approved, the pending one was skipped", "pending", ["pending", "approved"], {}, "sale"],
  ["approved after all", "approved", ["rejected", "approved"], {}, "sale"],
  ["rejected", "approved", ["pending", "rejected"], {}, "sale_not_told"],
  ["rejected, told when pending", "pending", ["pending", "rejected"], { sale: "told" }, "gone"],
  ["refunded in part", "approved", ["approved", "approved"], { sale: "told", changeMicros: -5 }, "less"],
  ["refunded in part, of old", "approved", ["approved", "approved"], { changeMicros: -5 }, "sale_not_told"],
  ["restated", "approved", ["approved", "approved"], { sale: "told", changeMicros: 5 }, "more"],
  ["got an order number", "approved", ["approved", "approved"], { sale: "told", kind: "upgrade" }, "nothing_new_there"],
  ["reversed", "approved", ["approved", "reversed"], { sale: "told" }, "gone"],
  ["reversed, history unknown", "approved", ["approved", "reversed"], { sale: "unknown" }, "gone"],
  ["reversed before it was told", "approved", ["pending", "reversed"], { sale: "unknown" }, "nothing_new_there"],
  ["reversed, never told", "approved", ["approved", "reversed"], {}, "sale_not_told"],
  ["reversed again", "approved", ["rejected", "reversed"], { sale: "told" }, "nothing_new_there"],
  ["reinstated", "approved", ["reversed", "approved"], { sale: "told", kind: "reinstatement" }, "told_before"],
  ["reinstated, history unknown", "approved", ["reversed", "approved"], { sale: "unknown" }, "told_before"],
  ["held after it was told", "approved", ["approved", "pending"], { sale: "told", isHeld: true }, "awaits_approval"],
  ["rejected behind a hold", "approved", ["pending", "rejected"], { sale: "told" }, "gone"],
];

function movedOf([fromStatus, status]: Row[2], over: Partial<MovedFacts>): MovedFacts {
  return { kind: "approval", fromStatus, status, isHeld: false, sale: "not_told", changeMicros: 0, ...over };
}

test.each(ROWS)("%s", (_what, from, moved, over, expected) => {
  const move = moveOf(movedOf(moved, over), from);
  expect(move.ok ? move.value : move.refusal).toBe(expected);
});

const STATUSES = ["pending", "approved", "rejected", "reversed"] as const;

test("whatever happens to a conversion, it is a sale once at most, and taken back only after", () => {
  const step = fc.record({
    status: fc.constantFrom(...STATUSES),
    isHeld: fc.boolean(),
    kind: fc.constantFrom("approval", "release", "reversal", "restatement", "hold"),
    changeMicros: fc.integer({ min: -3, max: 3 }),
  });
  const from = fc.constantFrom<CountsFrom>("approved", "pending");
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), from, (steps, countsFrom) => {
      let before: ConversionStatus | null = null;
      const told: string[] = [];
      for (const { isHeld, kind, changeMicros, ...rest } of steps) {
        const status = isHeld ? "pending" : rest.status;
        const sale = told.length > 0 ? "told" : "not_told";
        const move = moveOf({ kind, fromStatus: before, status, isHeld, sale, changeMicros }, countsFrom);
        if (move.ok) told.push(move.value);
        before = status;
      }
      expect(told.filter((move) => move === "sale").length).toBeLessThanOrEqual(1);
      expect(told[0] ?? "sale").toBe("sale");
    }),
    { numRuns: 200 },
  );
});
