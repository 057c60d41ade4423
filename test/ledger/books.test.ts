/** The books as a property: whatever the order of delivery and however often a message is delivered, they are what the model says. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { book } from "../../workers/core/books/book.ts";
import {
  type BooksIndex,
  conversionsIn,
  emptyIndex,
  enterChange,
  type OwnIndex,
} from "../../workers/core/books/books-index.ts";
import { type Command, makeCommand } from "../../workers/core/books/command.ts";
import { bookedTotals, totalsOf } from "../../workers/core/books/conversion.ts";
import { familyOf } from "../../workers/core/books/family.ts";
import { changesOthers, rebook } from "../../workers/core/books/rebooking.ts";
import { histories } from "./histories.ts";
import { modelBooks } from "./model.ts";
import { issueClicks, SET_UP, testKeyRing } from "./world.ts";

const clicks = await issueClicks(await testKeyRing());

function commandOf(message: PostbackMessage): Command {
  const click = clicks.find(({ id }) => id === message.content.clickId);
  return makeCommand(message, click?.click ?? null, SET_UP);
}

/** The books of one advertiser after these deliveries. */
function deliver(messages: PostbackMessage[]): BooksIndex {
  const index: OwnIndex = emptyIndex();
  for (const message of messages) {
    const command = commandOf(message);
    const known = index.messages.get(command.receipt);
    if (known && known.command.receivedAtMs <= command.receivedAtMs) continue;
    const family = familyOf(index, command);
    enterChange(index, changesOthers(family, command) ? rebook(family, command) : book(family, command));
  }
  return index;
}

function summary(messages: PostbackMessage[]) {
  const both = [1, 2].map((advertiser) => deliver(messages.filter((message) => message.advertiser === advertiser)));
  const conversions = both
    .flatMap(conversionsIn)
    .filter((conversion) =>
      both.some((index) => [...index.messages.values()].some(({ outcome }) => outcome.conversion === conversion.id)),
    )
    .map((conversion) => {
      const { event, test, txid, click, status } = conversion;
      const totals = totalsOf(conversion);
      expect(bookedTotals(conversion)).toEqual(totals);
      const sums = { amount: BigInt(totals.amount), revenue: BigInt(totals.revenue), payout: BigInt(totals.payout) };
      return { event, test, txid, clickId: click.clickId, affiliate: click.affiliate, status, ...sums };
    });
  const outcomes = new Map(
    both
      .flatMap((index) => [...index.messages.values()])
      .map(({ command, outcome }) => [command.receipt, shortly(outcome)]),
  );
  return { conversions: sorted(conversions), outcomes: sorted([...outcomes]) };
}

function shortly({ status, reason }: { status: string; reason: string | null }): string {
  return status === "rejected" ? `rejected: ${reason}` : status;
}

/** Sorted by what they say, so that lists compare as sets; bigints as text. */
function sorted(rows: unknown[]): string[] {
  return rows
    .map((row) => JSON.stringify(row, (_, value) => (typeof value === "bigint" ? String(value) : value)))
    .sort();
}

const oneAdvertiser = histories(clicks, 12);

test("delivered in the order of receipt, the books are what the model says", () => {
  fc.assert(
    fc.property(oneAdvertiser, (messages) => {
      const inOrder = [...messages].sort(
        (left, right) =>
          left.receivedAtMs - right.receivedAtMs ||
          (left.row ?? 0) - (right.row ?? 0) ||
          (left.receipt < right.receipt ? -1 : 1),
      );
      const model = modelBooks(messages, clicks);
      const books = summary(inOrder);
      expect(books.outcomes).toEqual(sorted([...model.outcomes]));
      expect(books.conversions).toEqual(sorted(model.conversions));
    }),
    { numRuns: Number(process.env.RUNS ?? 3_000) },
  );
});

test("the order of delivery, and redelivery, decide nothing", () => {
  const deliveries = oneAdvertiser.chain((messages) =>
    fc.tuple(
      fc.constant(messages),
      fc.shuffledSubarray([...messages, ...messages], {
        minLength: messages.length * 2,
        maxLength: messages.length * 2,
      }),
    ),
  );
  fc.assert(
    fc.property(deliveries, ([messages, delivered]) => {
      const model = modelBooks(messages, clicks);
      const books = summary(delivered);
      expect(books.outcomes).toEqual(sorted([...model.outcomes]));
      expect(books.conversions).toEqual(sorted(model.conversions));
    }),
    { numRuns: Number(process.env.RUNS ?? 3_000) },
  );
});
