/** The books as a property: whatever the order of delivery and however often a message is delivered, they are what the model says. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { askedAnew } from "../../workers/core/books/attempts.ts";
import {
  type BooksIndex,
  conversionsIn,
  emptyIndex,
  enterChange,
  type OwnIndex,
} from "../../workers/core/books/books-index.ts";
import { isClaim } from "../../workers/core/books/claims.ts";
import { type Command, makeCommand } from "../../workers/core/books/command.ts";
import { bookedTotals, totalsOf } from "../../workers/core/books/conversion.ts";
import { decide, decideClaim } from "../../workers/core/books/decision.ts";
import { shownStatus } from "../../workers/core/books/hold.ts";
import type { Position } from "../../workers/core/books/order-of-receipt.ts";
import { histories } from "./histories.ts";
import { modelBooks } from "./model.ts";
import { issueClicks, setUpOn, testKeyRing } from "./world.ts";

const clicks = await issueClicks(await testKeyRing());

function commandOf(message: PostbackMessage): Command {
  const click = clicks.find(({ id }) => id === message.content.clickId);
  const { clickId, history } = message.content;
  const isOthers = !click && clickId !== undefined && !history;
  return makeCommand(message, history ? null : (click?.click ?? (isOthers ? "unknown" : null)), setUpOn(message));
}

/** The books of one advertiser after these deliveries. */
function deliver(messages: PostbackMessage[]): BooksIndex {
  const index: OwnIndex = emptyIndex();
  const places = new Map<string, readonly Position[]>();
  for (const message of messages) {
    const sent = commandOf(message);
    const known = index.messages.get(sent.receipt);
    if (isClaim(sent)) {
      if (known && known.command.receivedAtMs <= sent.receivedAtMs) continue;
      const { change, places: own } = decideClaim(index, places, sent);
      enterChange(index, change);
      for (const [key, taken] of own) places.set(key, taken);
    } else {
      const command = known ? askedAnew(known, sent) : sent;
      if (command) enterChange(index, decide(index, command));
    }
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
      const { advertiser, event, test, txid, click, attributedBy, hold, imported } = conversion;
      const totals = totalsOf(conversion);
      expect(bookedTotals(conversion)).toEqual(totals);
      const sums = { amount: BigInt(totals.amount), revenue: BigInt(totals.revenue), payout: BigInt(totals.payout) };
      return {
        advertiser,
        event,
        test,
        txid,
        clickId: attributedBy === "coupon" ? attributedBy : shownClick(click.clickId),
        imported: imported !== null,
        affiliate: click.affiliate,
        status: shownStatus(conversion),
        hold: hold?.state ?? "",
        holdReason: hold?.reason ?? null,
        ...sums,
      };
    });
  const outcomes = new Map(
    both
      .flatMap((index) => [...index.messages.values()])
      .map(({ command, outcome }) => [command.receipt, shortly(outcome)]),
  );
  return { conversions: sorted(conversions), outcomes: sorted([...outcomes]) };
}

/** Another tracker's row that names no click is at one of its own. */
function shownClick(clickId: string): string {
  return clickId.startsWith("by-an-import") ? "imported" : clickId;
}

function shortly({ status, reason }: { status: string; reason: string | null }): string {
  return status === "rejected" || status === "parked" ? `${status}: ${reason}` : status;
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
          (left.receipt < right.receipt ? -1 : left.receipt > right.receipt ? 1 : 0) ||
          (left.credentialVersion ?? 0) - (right.credentialVersion ?? 0),
      );
      const model = modelBooks(messages, clicks);
      const books = summary(inOrder);
      expect(books.outcomes).toEqual(sorted([...model.outcomes]));
      expect(books.conversions).toEqual(sorted(model.conversions));
    }),
    { numRuns: Number(process.env.RUNS ?? 3_000) },
  );
});

/** The same history with all of it about one order, so that most messages have to do with one another, and many are refused a move or wait for one. */
function aboutOneOrder(messages: PostbackMessage[]): PostbackMessage[] {
  const [click] = clicks;
  return messages.map((message) => {
    const { test: _, refundId: __, ...said } = message.content;
    // Another tracker's row on a click of ours is of the click's link.
    if (said.history && click) said.history = { ...said.history, link: click.click.link };
    return { ...message, advertiser: 1, content: { ...said, clickId: click?.id ?? "", event: "sale", txid: "1" } };
  });
}

function shuffledTwice(messages: PostbackMessage[]) {
  const length = messages.length * 2;
  const delivered = fc.shuffledSubarray([...messages, ...messages], { minLength: length, maxLength: length });
  return fc.tuple(fc.constant(messages), delivered);
}

test.each([
  ["of all kinds", oneAdvertiser],
  ["about one order", oneAdvertiser.map(aboutOneOrder)],
])("the order of delivery, and redelivery, decide nothing: messages %s", { timeout: 120_000 }, (_, arbitrary) => {
  fc.assert(
    fc.property(arbitrary.chain(shuffledTwice), ([messages, delivered]) => {
      const model = modelBooks(messages, clicks);
      const books = summary(delivered);
      expect(books.outcomes).toEqual(sorted([...model.outcomes]));
      expect(books.conversions).toEqual(sorted(model.conversions));
    }),
    { numRuns: Number(process.env.RUNS ?? 3_000) },
  );
});
