/** The status machine, refunds and restatements as a table: messages of one order in the order of receipt, and what the books say after each. */
import { describe, expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../../schema/messages.ts";
import { conversionsIn } from "../../../workers/core/books/books-index.ts";
import { type Command, makeCommand } from "../../../workers/core/books/command.ts";
import { MAX_MESSAGES } from "../../../workers/core/books/moves.ts";
import { bookAll } from "../../../workers/core/books/rebooking.ts";
import { OUTCOME_REASONS } from "../../../workers/core/reasons.ts";
import { CLICKS, DAY_MS, SET_UP, START_MS } from "../../ledger/world.ts";

interface Story {
  name: string;
  /** Each message, and what became of it. */
  messages: [PostbackContent & { day?: number; named?: true; byTracker?: true }, string][];
  /** status, amount, revenue, payout of each conversion, in units. */
  books: [string, number, number, number][];
}

const sale = { event: "sale", txid: "T", amountMicros: 40_000_000 } as const;
const lead = { event: "lead" } as const;
const renewal = { event: "renewal", txid: "R" } as const;
const back = { event: "sale", txid: "T", status: "reversed" } as const;
const won = { event: "sale", txid: "T", status: "reinstated" } as const;

const STORIES: Story[] = [
  {
    name: "a sale is approved unless said otherwise",
    messages: [[sale, "attributed"]],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "a pending sale is accrued",
    messages: [[{ ...sale, status: "pending" }, "attributed"]],
    books: [["pending", 40, 6, 4]],
  },
  {
    name: "pending → approved",
    messages: [
      [{ ...sale, status: "pending" }, "attributed"],
      [{ event: "sale", txid: "T", status: "approved" }, "updated"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "pending → rejected is worth nothing",
    messages: [
      [{ ...sale, status: "pending" }, "attributed"],
      [{ event: "sale", txid: "T", status: "rejected" }, "updated"],
    ],
    books: [["rejected", 0, 0, 0]],
  },
  {
    name: "a tracker's rejection takes back what was approved, whatever sum comes with it, once",
    messages: [
      [{ ...sale, byTracker: true }, "attributed"],
      [{ ...sale, amountMicros: 10_000_000, status: "rejected", byTracker: true }, "updated"],
      [{ ...sale, status: "rejected", byTracker: true }, "duplicate same_message"],
      [{ ...sale, status: "approved", byTracker: true }, "rejected status_not_allowed"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "of what is pending, or not there yet, it is a rejection as anybody's",
    messages: [
      [{ ...sale, status: "pending", byTracker: true }, "attributed"],
      [{ ...sale, status: "rejected", byTracker: true }, "updated"],
      [{ ...sale, status: "approved", byTracker: true }, "updated"],
      [{ ...sale, txid: "U", status: "rejected", byTracker: true }, "attributed"],
    ],
    books: [
      ["approved", 40, 6, 4],
      ["rejected", 0, 0, 0],
    ],
  },
  {
    name: "a tracker's rejection is what a reinstatement waits for",
    messages: [
      [sale, "attributed"],
      [won, "updated"],
      [{ ...sale, status: "rejected", byTracker: true }, "updated"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "at our own doors a rejection of what was approved says nothing",
    messages: [
      [sale, "attributed"],
      [{ ...sale, status: "rejected" }, "rejected status_not_allowed"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "rejected → approved is worth it again",
    messages: [
      [{ ...sale, status: "rejected" }, "attributed"],
      [{ event: "sale", txid: "T", status: "approved" }, "updated"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "approved → pending is not allowed",
    messages: [
      [sale, "attributed"],
      [{ ...sale, status: "pending" }, "rejected status_not_allowed"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "approved → rejected is not allowed",
    messages: [
      [sale, "attributed"],
      [{ ...sale, status: "rejected" }, "rejected status_not_allowed"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "rejected → pending is not allowed",
    messages: [
      [{ ...sale, status: "rejected" }, "attributed"],
      [{ ...sale, status: "pending" }, "rejected status_not_allowed"],
    ],
    books: [["rejected", 0, 0, 0]],
  },
  {
    name: "pending → reversed: an order that is cancelled before it is approved is not approved after all",
    messages: [
      [{ ...sale, status: "pending" }, "attributed"],
      [back, "updated"],
      [{ ...sale, status: "approved" }, "rejected status_not_allowed"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "pending → reversed in part: it shrinks, and stays pending",
    messages: [
      [{ ...sale, status: "pending" }, "attributed"],
      [{ ...back, amountMicros: 10_000_000 }, "updated"],
    ],
    books: [["pending", 30, 4.5, 3]],
  },
  {
    name: "an approval says what was sold, before refunds",
    messages: [
      [{ ...sale, status: "pending" }, "attributed"],
      [{ ...back, amountMicros: 10_000_000 }, "updated"],
      [{ ...sale, status: "approved" }, "updated"],
    ],
    books: [["approved", 30, 4.5, 3]],
  },
  {
    name: "parts that make the whole reverse a pending one",
    messages: [
      [{ ...sale, status: "pending" }, "attributed"],
      [{ ...back, amountMicros: 15_000_000, refundId: "a" }, "updated"],
      [{ ...back, amountMicros: 25_000_000, refundId: "b" }, "updated"],
      [{ ...sale, status: "approved" }, "rejected status_not_allowed"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "rejected → reversed: a later approval is refused",
    messages: [
      [{ ...sale, status: "rejected" }, "attributed"],
      [back, "updated"],
      [{ ...sale, status: "approved" }, "rejected status_not_allowed"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "rejected → reversed in part: a later approval books what is left",
    messages: [
      [{ ...sale, status: "rejected" }, "attributed"],
      [{ ...back, amountMicros: 10_000_000 }, "updated"],
      [{ ...sale, status: "approved" }, "updated"],
    ],
    books: [["approved", 30, 4.5, 3]],
  },
  {
    name: "a rejected one from which a part was given back is worth nothing until then",
    messages: [
      [{ ...sale, status: "rejected" }, "attributed"],
      [{ ...back, amountMicros: 10_000_000 }, "updated"],
    ],
    books: [["rejected", 0, 0, 0]],
  },
  {
    name: "a whole reversal before its sale waits for it, and reverses one that comes as pending",
    messages: [
      [back, "updated"],
      [{ ...sale, status: "pending" }, "attributed"],
      [{ ...sale, status: "approved" }, "rejected status_not_allowed"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "a part before its sale shrinks one that comes as pending, and one that comes as rejected",
    messages: [
      [{ ...back, amountMicros: 10_000_000 }, "updated"],
      [{ ...sale, status: "pending" }, "attributed"],
      [{ ...back, txid: "U", amountMicros: 10_000_000 }, "updated"],
      [{ ...sale, txid: "U", status: "rejected" }, "attributed"],
    ],
    books: [
      ["pending", 30, 4.5, 3],
      ["rejected", 0, 0, 0],
    ],
  },
  {
    name: "the largest total holds, whatever is told after it",
    messages: [
      [sale, "attributed"],
      [{ ...back, refundedTotalMicros: 10_000_000 }, "updated"],
      [{ ...back, refundedTotalMicros: 25_000_000 }, "updated"],
      [{ ...back, refundedTotalMicros: 10_000_000 }, "duplicate same_message"],
      [{ ...back, refundedTotalMicros: 25_000_000 }, "duplicate same_message"],
    ],
    books: [["approved", 15, 2.25, 1.5]],
  },
  {
    name: "given back is the total or the sum of refunds, whichever is more, and never both",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 10_000_000, refundId: "a" }, "updated"],
      [{ ...back, refundedTotalMicros: 20_000_000 }, "updated"],
      [{ ...back, amountMicros: 10_000_000, refundId: "b" }, "updated"],
      [{ ...back, amountMicros: 5_000_000, refundId: "c" }, "updated"],
    ],
    books: [["approved", 15, 2.25, 1.5]],
  },
  {
    name: "a total of the whole reverses it, and more than that is clamped",
    messages: [
      [{ ...sale, status: "pending" }, "attributed"],
      [{ ...back, refundedTotalMicros: 40_000_000 }, "updated"],
      [{ ...back, refundedTotalMicros: 41_000_000 }, "updated clamped"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "a total of nothing gives nothing back, also of a sale without an amount",
    messages: [
      [lead, "attributed"],
      [{ ...lead, status: "reversed", refundedTotalMicros: 0 }, "duplicate same_message"],
    ],
    books: [["approved", 0, 4, 2.5]],
  },
  {
    name: "a total before its sale waits for it",
    messages: [
      [{ ...back, refundedTotalMicros: 10_000_000 }, "updated"],
      [sale, "attributed"],
    ],
    books: [["approved", 30, 4.5, 3]],
  },
  {
    name: "more than the sale in parts and total is clamped once it is more",
    messages: [
      [sale, "attributed"],
      [{ ...back, refundedTotalMicros: 30_000_000 }, "updated"],
      [{ ...back, amountMicros: 20_000_000, refundId: "a" }, "updated"],
      [{ ...back, amountMicros: 25_000_000, refundId: "b" }, "updated clamped"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "reversed → approved by a dispute that was won",
    messages: [
      [sale, "attributed"],
      [back, "updated"],
      [won, "updated"],
      [won, "duplicate same_message"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "what was pending is pending again, and may be approved then",
    messages: [
      [{ ...sale, status: "pending" }, "attributed"],
      [back, "updated"],
      [won, "updated"],
      [{ ...sale, status: "approved" }, "updated"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "what was rejected is rejected again",
    messages: [
      [{ ...sale, status: "rejected" }, "attributed"],
      [back, "updated"],
      [won, "updated"],
    ],
    books: [["rejected", 0, 0, 0]],
  },
  {
    name: "a part that is named is reinstated once",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 10_000_000, refundId: "a" }, "updated"],
      [{ ...back, amountMicros: 5_000_000, refundId: "b" }, "updated"],
      [{ ...won, refundId: "a" }, "updated"],
      [{ ...won, refundId: "a" }, "duplicate same_message"],
      [{ ...back, amountMicros: 10_000_000, refundId: "a" }, "duplicate same_message"],
    ],
    books: [["approved", 35, 5.25, 3.5]],
  },
  {
    name: "what its refunds emptied opens again",
    messages: [
      [{ ...sale, status: "pending" }, "attributed"],
      [{ ...back, amountMicros: 15_000_000, refundId: "a" }, "updated"],
      [{ ...back, amountMicros: 25_000_000, refundId: "b" }, "updated"],
      [{ ...won, refundId: "b" }, "updated"],
    ],
    books: [["pending", 25, 3.75, 2.5]],
  },
  {
    name: "a reversal of as much as was sold is one of the whole",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 40_000_000 }, "updated"],
      [won, "updated"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "each reversal of the whole is reinstated for itself, the last one first",
    messages: [
      [sale, "attributed"],
      [{ ...back, refundId: "a" }, "updated"],
      [{ ...back, refundId: "b" }, "updated"],
      [won, "updated"],
      [{ ...won, refundId: "b" }, "duplicate same_message"],
      [{ ...won, refundId: "a" }, "updated"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "while one of two stands, it stays reversed",
    messages: [
      [sale, "attributed"],
      [{ ...back, refundId: "a" }, "updated"],
      [{ ...back, refundId: "b" }, "updated"],
      [{ ...won, refundId: "a" }, "updated"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "a total stands, whatever is reinstated",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 10_000_000, refundId: "a" }, "updated"],
      [{ ...back, refundedTotalMicros: 10_000_000 }, "updated"],
      [{ ...won, refundId: "a" }, "updated"],
    ],
    books: [["approved", 30, 4.5, 3]],
  },
  {
    name: "a reinstatement before its reversal waits for it",
    messages: [
      [sale, "attributed"],
      [{ ...won, refundId: "a" }, "updated"],
      [{ ...back, amountMicros: 10_000_000, refundId: "b" }, "updated"],
      [{ ...back, amountMicros: 10_000_000, refundId: "a" }, "updated"],
    ],
    books: [["approved", 30, 4.5, 3]],
  },
  {
    name: "and waits as long as that does not come",
    messages: [
      [sale, "attributed"],
      [won, "parked awaits_reversal"],
      [{ ...back, amountMicros: 10_000_000, refundId: "b" }, "updated"],
    ],
    books: [["approved", 30, 4.5, 3]],
  },
  {
    name: "before its sale, too",
    messages: [
      [won, "updated"],
      [back, "updated"],
      [{ ...sale, status: "pending" }, "attributed"],
    ],
    books: [["pending", 40, 6, 4]],
  },
  {
    name: "two that waited undo one reversal once",
    messages: [
      [sale, "attributed"],
      [won, "updated"],
      [won, "duplicate same_message"],
      [back, "updated"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "what was reinstated can be given back after all",
    messages: [
      [sale, "attributed"],
      [back, "updated"],
      [won, "updated"],
      [back, "updated"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "but a reversal that says the same time says the same again",
    messages: [
      [sale, "attributed"],
      [{ ...back, occurredAtSent: "1" }, "updated"],
      [won, "updated"],
      [{ ...back, occurredAtSent: "1" }, "duplicate same_message"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "a refund whose name comes again without an amount is of the whole",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 10_000_000, refundId: "a" }, "updated"],
      [{ ...back, refundId: "a" }, "updated"],
      [{ ...won, refundId: "a" }, "updated"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "a reinstatement makes no conversion",
    messages: [[won, "parked awaits_sale"]],
    books: [],
  },
  {
    name: "reversed → approved is not allowed",
    messages: [
      [sale, "attributed"],
      [back, "updated"],
      [sale, "duplicate same_message"],
      [{ ...sale, status: "approved" }, "rejected status_not_allowed"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "a whole reversal leaves exactly zero",
    messages: [
      [{ ...sale, amountMicros: 33_333_333 }, "attributed"],
      [back, "updated"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "a whole reversal counts once",
    messages: [
      [sale, "attributed"],
      [back, "updated"],
      [back, "duplicate same_message"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "a partial reversal takes back its share",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 10_000_000 }, "updated"],
    ],
    books: [["approved", 30, 4.5, 3]],
  },
  {
    name: "an unnamed partial reversal like another is a duplicate",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 10_000_000 }, "updated"],
      [{ ...back, amountMicros: 10_000_000 }, "duplicate same_refund"],
    ],
    books: [["approved", 30, 4.5, 3]],
  },
  {
    name: "unnamed ones at two times are two",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 10_000_000, occurredAtSent: "1" }, "updated"],
      [{ ...back, amountMicros: 10_000_000, occurredAtSent: "2" }, "updated"],
    ],
    books: [["approved", 20, 3, 2]],
  },
  {
    name: "named ones count once each",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 10_000_000, refundId: "a" }, "updated"],
      [{ ...back, amountMicros: 10_000_000, refundId: "b" }, "updated"],
      [{ ...back, amountMicros: 10_000_000, refundId: "a" }, "duplicate same_message"],
    ],
    books: [["approved", 20, 3, 2]],
  },
  {
    name: "messages that their sender named are refunds of their own",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 10_000_000, named: true }, "updated"],
      [{ ...back, amountMicros: 10_000_000, named: true }, "updated"],
    ],
    books: [["approved", 20, 3, 2]],
  },
  {
    name: "parts that make the whole reverse it",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 15_000_000, refundId: "a" }, "updated"],
      [{ ...back, amountMicros: 25_000_000, refundId: "b" }, "updated"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "more than remains is clamped and marked",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 50_000_000, refundId: "a" }, "updated clamped"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "a flat payout stays until the whole is reversed",
    messages: [
      [{ ...lead, amountMicros: 10_000_000 }, "attributed"],
      [{ ...lead, status: "reversed", amountMicros: 4_000_000 }, "updated"],
    ],
    books: [["approved", 6, 4, 2.5]],
  },
  {
    name: "and goes with the whole",
    messages: [
      [{ ...lead, amountMicros: 10_000_000 }, "attributed"],
      [{ ...lead, status: "reversed" }, "updated"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "posted revenue gives back its share",
    messages: [
      [{ ...renewal, amountMicros: 30_000_000, revenueMicros: 6_000_000 }, "attributed"],
      [{ ...renewal, status: "reversed", amountMicros: 10_000_000 }, "updated"],
    ],
    books: [["approved", 20, 4, 0.6667]],
  },
  {
    name: "a percent payout and revenue are rounded to the currency's digits, half away from zero; the amount is the sender's",
    messages: [[{ ...sale, amountMicros: 49_950_001 }, "attributed"]],
    books: [["approved", 49.950001, 7.49, 5]],
  },
  {
    name: "what remains is rounded from the whole price, in whatever parts it was given back",
    messages: [
      [{ ...sale, amountMicros: 49_950_000 }, "attributed"],
      [{ ...back, amountMicros: 10_000_000, refundId: "1" }, "updated"],
      [{ ...back, amountMicros: 6_660_000, refundId: "2" }, "updated"],
    ],
    books: [["approved", 33.29, 4.99, 3.33]],
  },
  {
    name: "refunds that come to the whole leave exactly nothing",
    messages: [
      [{ ...sale, amountMicros: 49_950_000 }, "attributed"],
      [{ ...back, amountMicros: 16_650_000, refundId: "1" }, "updated"],
      [{ ...back, amountMicros: 16_650_000, refundId: "2" }, "updated"],
      [{ ...back, amountMicros: 16_650_000, refundId: "3" }, "updated"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "an event that says more digits has them",
    messages: [[{ ...renewal, amountMicros: 14_990_000 }, "attributed"]],
    books: [["approved", 14.99, 0, 0.4997]],
  },
  {
    name: "posted revenue is a price: it counts in the event's digits",
    messages: [[{ ...renewal, amountMicros: 30_000_000, revenueMicros: 6_000_050 }, "attributed"]],
    books: [["approved", 30, 6.0001, 1]],
  },
  {
    name: "and is no other one where it rounds to the same",
    messages: [
      [{ ...renewal, amountMicros: 30_000_000, revenueMicros: 6_000_049 }, "attributed"],
      [{ ...renewal, revenueMicros: 6_000_000 }, "duplicate same_message"],
    ],
    books: [["approved", 30, 6, 1]],
  },
  {
    name: "a price of less than half a digit is nothing",
    messages: [[{ ...sale, amountMicros: 49_999 }, "attributed"]],
    books: [["approved", 0.049999, 0.01, 0]],
  },
  {
    name: "another amount restates where the event allows it",
    messages: [
      [sale, "attributed"],
      [{ ...sale, amountMicros: 60_000_000 }, "updated"],
    ],
    books: [["approved", 60, 9, 6]],
  },
  {
    name: "and is ignored, with a word, where it does not",
    messages: [
      [{ ...renewal, amountMicros: 1_000_000 }, "attributed"],
      [{ ...renewal, amountMicros: 2_000_000 }, "duplicate amount_ignored"],
    ],
    books: [["approved", 1, 0, 0.0333]],
  },
  {
    name: "a restated sale keeps its refunds",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 10_000_000 }, "updated"],
      [{ ...sale, amountMicros: 30_000_000 }, "updated"],
    ],
    books: [["approved", 20, 3, 2]],
  },
  {
    name: "a sale restated below its refunds is reversed",
    messages: [
      [sale, "attributed"],
      [{ ...back, amountMicros: 10_000_000 }, "updated"],
      [{ ...sale, amountMicros: 10_000_000 }, "updated"],
    ],
    books: [["reversed", 0, 0, 0]],
  },
  {
    name: "an omitted amount changes nothing",
    messages: [
      [sale, "attributed"],
      [{ event: "sale", txid: "T", status: "approved" }, "duplicate same_message"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "an upsell is a conversion of its own",
    messages: [
      [sale, "attributed"],
      [{ ...sale, txid: "U" }, "attributed"],
    ],
    books: [
      ["approved", 40, 6, 4],
      ["approved", 40, 6, 4],
    ],
  },
  {
    name: "a first txid upgrades a conversion that had none",
    messages: [
      [{ event: "sale", amountMicros: 40_000_000 }, "attributed"],
      [sale, "updated"],
      [{ event: "sale" }, "duplicate same_message"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  {
    name: "once per click, a second txid meets the first conversion",
    messages: [
      [{ ...lead, txid: "A" }, "attributed"],
      [{ ...lead, txid: "B" }, "duplicate same_message"],
    ],
    books: [["approved", 0, 4, 2.5]],
  },
  {
    name: "a reversal before its sale waits for it",
    messages: [
      [{ ...back, amountMicros: 10_000_000 }, "updated"],
      [sale, "attributed"],
    ],
    books: [["approved", 30, 4.5, 3]],
  },
  {
    name: "an approval on day 45 is booked",
    messages: [
      [{ ...sale, status: "pending" }, "attributed"],
      [{ event: "sale", txid: "T", status: "approved", day: 45 }, "updated"],
    ],
    books: [["approved", 40, 6, 4]],
  },
  { name: "a sale on day 31 is not", messages: [[{ ...sale, day: 31 }, "rejected click_expired"]], books: [] },
  {
    name: "an event's own window counts",
    messages: [
      [{ ...renewal, day: 89 }, "attributed"],
      [{ ...renewal, txid: "S", day: 91 }, "rejected click_expired"],
    ],
    books: [["approved", 0, 0, 0]],
  },
  {
    name: "another currency is rejected",
    messages: [[{ ...sale, currency: "EUR" }, "rejected wrong_currency"]],
    books: [],
  },
  {
    name: "the largest amount is exact",
    messages: [[{ ...sale, amountMicros: 1_000_000_000_000_000 }, "attributed"]],
    books: [["approved", 1_000_000_000, 150_000_000, 100_000_000]],
  },
];

function commandOf(content: Story["messages"][number][0], index: number): Command {
  const { day, named, byTracker, ...rest } = content;
  const message: PostbackMessage = {
    kind: "postback",
    receipt: String(index).padStart(26, "0"),
    advertiser: 1,
    receivedAtMs: START_MS + 3_600_000 + index + (day ?? 0) * DAY_MS,
    channel: byTracker ? "tracker:keitaro" : "get",
    content: { clickId: "c".repeat(36), ...rest },
  };
  return makeCommand(named ? { ...message, named } : message, CLICKS[0] ?? null, SET_UP);
}

describe("the books after each story", () => {
  test.each(STORIES)("$name", ({ messages, books }) => {
    const index = bookAll(messages.map(([content], index) => commandOf(content, index)));
    const outcomes = [...index.messages.values()].sort((left, right) =>
      left.command.receipt < right.command.receipt ? -1 : 1,
    );
    expect(
      outcomes.map(({ outcome: { status, reason } }) => [status, reason].filter((part) => part !== null).join(" ")),
    ).toEqual(messages.map(([, outcome]) => outcome));
    const told = conversionsIn(index).map(({ status, entries }) => {
      const sum = (column: "amount" | "revenue" | "payout"): number =>
        entries.reduce((total, entry) => total + entry[column], 0) / 1_000_000;
      return [status, sum("amount"), sum("revenue"), sum("payout")];
    });
    expect(told).toEqual(books);
  });
});

test("a conversion is moved a thousand times, and then its status only", () => {
  const amounts = Array.from({ length: MAX_MESSAGES + 5 }, (_, index) => ({
    ...sale,
    amountMicros: index * 1_000_000,
  }));
  const index = bookAll([...amounts, back].map((content, index) => commandOf(content, 100 + index)));
  const outcomes = [...index.messages.values()].map(({ outcome }) => outcome);
  expect(outcomes.filter(({ status }) => status === "updated").length).toBe(MAX_MESSAGES);
  expect(outcomes.filter(({ reason }) => reason === "too_many_messages").length).toBe(5);
  expect(conversionsIn(index).map(({ status }) => status)).toEqual(["reversed"]);
});

test("reversals and reinstatements do not go round for ever", () => {
  const round = Array.from({ length: MAX_MESSAGES + 10 }, (_, index) => ({
    ...(index % 2 ? won : back),
    refundId: `r${index >> 1}`,
  }));
  const index = bookAll([sale, ...round].map((content, index) => commandOf(content, 1_000 + index)));
  const [conversion] = conversionsIn(index);
  expect([conversion?.status, conversion?.messages]).toEqual(["reversed", MAX_MESSAGES]);
});

test("an operator undoes what was reversed, and nothing that may be reversed later", () => {
  const correct = (content: PostbackContent, at: number): Command => ({
    ...commandOf({ ...sale, ...content }, at),
    content,
    channel: "console",
    correction: { conversion: "any", by: "ann", note: "dispute won", restate: false },
  });
  const early = correct({ status: "reinstated" }, 2);
  const commands = [commandOf(sale, 1), early, commandOf(back, 3), correct({ status: "reinstated" }, 4)];
  const index = bookAll(commands);
  expect(index.messages.get(early.receipt)?.outcome).toMatchObject({
    status: "rejected",
    reason: "status_not_allowed",
  });
  expect(
    conversionsIn(index).map(({ status, entries }) => [status, entries.at(-1)?.kind, entries.at(-1)?.note]),
  ).toEqual([["approved", "reinstatement", "ann: dispute won"]]);
});

test("a repeat is of the message that brought what it repeats", () => {
  const story = [{ ...sale, amountMicros: 33_330_000 }, sale, sale];
  const index = bookAll(story.map((content, index) => commandOf(content, index)));
  const [, restated, repeated] = [...index.messages.values()];
  expect(repeated?.outcome).toMatchObject({ status: "duplicate", duplicateOf: restated?.command.receipt });
});

test("repeats use nothing up", () => {
  const repeats = Array.from({ length: MAX_MESSAGES + 5 }, () => sale);
  const index = bookAll(
    [...repeats, { ...back, amountMicros: 10_000_000 }].map((content, index) => commandOf(content, 100 + index)),
  );
  expect([...index.messages.values()].at(-1)?.outcome.status).toBe("updated");
});

test("the reason says how many", () => {
  expect(OUTCOME_REASONS.too_many_messages.message).toContain(MAX_MESSAGES.toLocaleString("en-US"));
});
