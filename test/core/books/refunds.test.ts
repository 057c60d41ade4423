/** What is given back, as a property: refunds, totals and reinstatements of one order leave what a plain sum says, in whatever order they are received and delivered. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PostbackContent } from "../../../schema/messages.ts";
import { conversionsIn, emptyIndex, enterChange, type OwnIndex } from "../../../workers/core/books/books-index.ts";
import { type Command, makeCommand } from "../../../workers/core/books/command.ts";
import { bookedTotals } from "../../../workers/core/books/conversion.ts";
import { decide } from "../../../workers/core/books/decision.ts";
import { CLICKS, SET_UP, START_MS } from "../../ledger/world.ts";

const SOLD = 40_000_000;
const part = fc.integer({ min: 1, max: 30_000_000 });
/** Refunds by their number, whether each is reinstated, and the totals that are told besides. */
const story = fc.record({
  status: fc.constantFrom("pending", "approved", "rejected"),
  refunds: fc.array(fc.record({ part, isUndone: fc.boolean(), wholeAt: fc.nat(5) }), { maxLength: 5 }),
  totals: fc.array(fc.integer({ min: 0, max: 60_000_000 }), { maxLength: 3 }),
});

function messagesOf({ status, refunds, totals }: typeof story extends fc.Arbitrary<infer Story> ? Story : never) {
  return [
    { status, amountMicros: SOLD },
    ...refunds.flatMap(({ part, isUndone, wholeAt }, number): PostbackContent[] => {
      const refundId = `r${number}`;
      const amount = wholeAt === 0 ? {} : { amountMicros: part };
      const back: PostbackContent = { status: "reversed", refundId, ...amount };
      return isUndone ? [back, { status: "reinstated", refundId }] : [back];
    }),
    ...totals.map((refundedTotalMicros): PostbackContent => ({ status: "reversed", refundedTotalMicros })),
  ];
}

/** Each message at its place in the order of receipt. */
function commandsOf(contents: readonly PostbackContent[], receivedAs: readonly number[]): Command[] {
  return contents.map((content, number) =>
    makeCommand(
      {
        kind: "postback",
        receipt: String(number).padStart(26, "0"),
        advertiser: 1,
        receivedAtMs: START_MS + 1_000 + (receivedAs[number] ?? 0),
        channel: "get",
        content: { clickId: "c".repeat(36), event: "sale", txid: "T", ...content },
      },
      CLICKS[0] ?? null,
      SET_UP,
    ),
  );
}

function deliver(commands: readonly Command[]): OwnIndex {
  const index: OwnIndex = emptyIndex();
  for (const command of commands) enterChange(index, decide(index, command));
  return index;
}

test("what is left is the sale less the largest total, or less the refunds that stand, whichever is more", () => {
  const orders = story.chain((told) => {
    const contents = messagesOf(told);
    const places = contents.map((_, place) => place);
    const anyOrder = fc.shuffledSubarray(places, { minLength: places.length, maxLength: places.length });
    return fc.tuple(fc.constant(told), fc.constant(contents), anyOrder, anyOrder);
  });
  fc.assert(
    fc.property(orders, ([{ status, refunds, totals }, contents, receivedAs, deliveredAs]) => {
      const commands = commandsOf(contents, receivedAs);
      const delivered = deliveredAs.flatMap((place) => commands[place] ?? []);
      const [conversion, ...others] = conversionsIn(deliver(delivered));
      const standing = refunds.filter(({ isUndone }) => !isUndone);
      const sum = standing.reduce((total, { part, wholeAt }) => total + (wholeAt === 0 ? SOLD : part), 0);
      const left = Math.max(0, SOLD - Math.max(sum, ...totals));
      const isOpen = left > 0;
      const isWorth = isOpen && status !== "rejected";
      expect(others).toEqual([]);
      expect(conversion?.status).toBe(isOpen ? status : "reversed");
      expect(conversion && bookedTotals(conversion).amount).toBe(isWorth ? left : 0);
    }),
    { numRuns: 2_000 },
  );
});
