/** What a conversion's entries add up to is exact, also where every sale, price and refund is as large as it may be. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../../schema/messages.ts";
import { conversionsIn } from "../../../workers/core/books/books-index.ts";
import { makeCommand } from "../../../workers/core/books/command.ts";
import { bookedTotals } from "../../../workers/core/books/conversion.ts";
import { bookAll } from "../../../workers/core/books/rebooking.ts";
import { remainingMicros } from "../../../workers/core/books/refunds.ts";
import type { SetUp } from "../../../workers/core/books/set-up.ts";
import { MAX_AMOUNT_MICROS, WHOLE_SHARE } from "../../../workers/core/money.ts";
import { MAX_PERCENT } from "../../../workers/core/pricing.ts";
import { CLICKS, LINKS, SET_UP, START_MS } from "../../ledger/world.ts";

const FIGURES = ["amount", "revenue", "payout"] as const;
const link = LINKS.get(1);
const most = { percent: (MAX_PERCENT / 100) * WHOLE_SHARE };
const MOST_PAID: SetUp = {
  ...SET_UP,
  links: new Map(
    link ? [[1, { ...link, events: link.events.map((event) => ({ ...event, payout: most, revenue: most })) }]] : [],
  ),
};

const micros = fc.oneof(
  fc.constantFrom(0, 1, MAX_AMOUNT_MICROS, MAX_AMOUNT_MICROS - 1),
  fc.integer({ min: 0, max: MAX_AMOUNT_MICROS }),
);
const said: fc.Arbitrary<PostbackContent> = fc.oneof(
  fc.record({ amountMicros: micros, status: fc.constantFrom("pending", "approved", "rejected") }),
  fc.record({ amountMicros: micros, status: fc.constant("reversed" as const), refundId: fc.nat(99).map(String) }),
);

function booksAfter(contents: readonly PostbackContent[]) {
  const commands = contents.map((content, index) => {
    const message: PostbackMessage = {
      kind: "postback",
      receipt: String(index).padStart(26, "0"),
      advertiser: 1,
      receivedAtMs: START_MS + 3_600_000 + index,
      channel: "get",
      content: { ...content, clickId: "c".repeat(36), event: "sale", txid: "T" },
    };
    return makeCommand(message, CLICKS[0] ?? null, MOST_PAID);
  });
  return conversionsIn(bookAll(commands));
}

test("every sum of entries on the way is a whole number within 53 bits", () => {
  fc.assert(
    fc.property(fc.array(said, { minLength: 1, maxLength: 30 }), (contents) => {
      for (const conversion of booksAfter(contents)) {
        for (const figure of FIGURES) {
          let sum = 0n;
          for (const entry of conversion.entries) {
            expect(Number.isSafeInteger(entry[figure])).toBe(true);
            sum += BigInt(entry[figure]);
            expect(Number.isSafeInteger(Number(sum))).toBe(true);
          }
          expect(BigInt(bookedTotals(conversion)[figure])).toBe(sum);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("refunds that are more than 53 bits hold leave nothing of the sale", () => {
  const sale = { amountMicros: MAX_AMOUNT_MICROS, status: "approved" as const };
  const [conversion] = booksAfter([sale]);
  if (!conversion) throw new Error("nothing was booked");
  const refunds = Array.from({ length: 1_000 }, (_, index) => ({
    name: String(index),
    micros: MAX_AMOUNT_MICROS - index,
    receipt: "r",
  }));
  expect(remainingMicros({ ...conversion, refunds })).toBe(0);
  expect(
    remainingMicros({ ...conversion, refunds: [{ name: "one", micros: MAX_AMOUNT_MICROS - 1, receipt: "r" }] }),
  ).toBe(1);
});
