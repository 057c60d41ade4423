/** Sales in another currency than their offer's: at which rate they are booked, what later messages mean, and that nothing is left where all is given back. */
import { expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../../schema/messages.ts";
import { makeCommand } from "../../../workers/core/books/command.ts";
import { bookedTotals, type Conversion } from "../../../workers/core/books/conversion.ts";
import { bookAll } from "../../../workers/core/books/rebooking.ts";
import { conversionRow } from "../../../workers/core/books/rows.ts";
import { ratesKey, type SetUp } from "../../../workers/core/books/set-up.ts";
import type { DayRate } from "../../../workers/core/rates/rate.ts";
import { CLICKS, LINKS, SET_UP } from "../../ledger/world.ts";

const NOW_MS = Date.UTC(2026, 10, 2);
const DAY_MS = 86_400_000;
/** Of the day of the sale, and of the next, on which all is worth something else. */
const DAYS: Record<string, DayRate[]> = {
  "2026-11-02": [
    { currency: "USD", day: "2026-10-30", perEuro: "1.0853" },
    { currency: "GBP", day: "2026-10-30", perEuro: "0.83415" },
  ],
  "2026-11-03": [
    { currency: "USD", day: "2026-11-03", perEuro: "1.25" },
    { currency: "GBP", day: "2026-11-03", perEuro: "0.8" },
  ],
};
const rates = new Map(
  Object.entries(DAYS).flatMap(([day, known]) =>
    ["EUR", "GBP", "XXX", "USD"].map((currency) => [ratesKey(1, currency, day), known] as const),
  ),
);
const KNOWN: SetUp = { ...SET_UP, rates };

type Said = PostbackContent & { later?: true; channel?: PostbackMessage["channel"] };

/** What becomes of messages about one order on the first click, one a second, those that are `later` a day on. */
function booksOf(all: readonly Said[], setUp = KNOWN) {
  const commands = all.map(({ later, channel = "get", ...content }, index) => {
    const message: PostbackMessage = {
      kind: "postback",
      receipt: String(index).padStart(26, "0"),
      advertiser: 1,
      receivedAtMs: NOW_MS + index * 1_000 + (later ? DAY_MS : 0),
      channel,
      content: { event: "sale", txid: "T", clickId: "click", ...content },
    };
    return makeCommand(message, CLICKS[0] ?? null, setUp);
  });
  const { messages, conversions } = bookAll(commands);
  const [found] = [...conversions.values()].map(({ conversion }) => conversion);
  return {
    outcomes: [...messages.values()].map(({ outcome }) => [outcome.status, outcome.reason].filter(Boolean).join(" ")),
    conversion: found,
    told: found && toldOf(found),
  };
}

/** `42.33 USD of 39 EUR at 1.0853 of 2026-10-30, payout 4.23, approved`. */
function toldOf(conversion: Conversion): string {
  const row = conversionRow(conversion, 0);
  const units = (micros: number | null) => Number(micros) / 1_000_000;
  const { amount, payout } = bookedTotals(conversion);
  const own =
    row.original_currency === null
      ? ""
      : ` of ${units(row.original_amount)} ${row.original_currency} at ${row.rate} of ${row.rate_day}`;
  return `${units(amount)} ${row.currency}${own}, payout ${units(payout)}, ${conversion.status}`;
}

const sale = { amountMicros: 59_000_000, currency: "EUR" } as const;
const back = (units: number, more: Partial<Said> = {}): Said => ({
  status: "reversed",
  amountMicros: Math.round(units * 1_000_000),
  later: true,
  ...more,
});
const EUR59 = "64.03 USD of 59 EUR at 1.0853 of 2026-10-30, payout 6.4, approved";
const NOTHING = "0 USD of 0 EUR at 1.0853 of 2026-10-30, payout 0, reversed";

test.each<[string, Said[], string]>([
  ["is converted at its day's rate", [sale], EUR59],
  ["is the offer's own where it says so", [{ ...sale, currency: "USD" }], "59 USD, payout 5.9, approved"],
  [
    "by two rates",
    [{ ...sale, currency: "GBP" }],
    "76.76 USD of 59 GBP at 1.301084937 of 2026-10-30, payout 7.68, approved",
  ],
  ["a refund of the whole", [sale, { status: "reversed", later: true }], NOTHING],
  ["a refund of its amount", [sale, back(59, { currency: "EUR" })], NOTHING],
  ["a refund of its amount that names no currency", [sale, back(59)], NOTHING],
  ["a refund of what is booked, in the offer's currency", [sale, back(64.03, { currency: "USD" })], NOTHING],
  ["refunds of parts", [sale, back(19.99, { refundId: "a" }), back(39.01, { refundId: "b" })], NOTHING],
  [
    "refunds of parts in two currencies",
    [sale, back(19.99, { refundId: "a" }), back(42.34, { refundId: "b", currency: "USD" })],
    NOTHING,
  ],
  [
    "refunds of parts in the offer's currency",
    [sale, back(21.01, { refundId: "a", currency: "USD" }), back(43.02, { refundId: "b", currency: "USD" })],
    NOTHING,
  ],
  ["a part", [sale, back(20)], "42.33 USD of 39 EUR at 1.0853 of 2026-10-30, payout 4.23, approved"],
  [
    "a part in a third currency, at its own day's rate",
    [sale, back(10, { currency: "GBP" })],
    "48.4 USD of 44.598452 EUR at 1.0853 of 2026-10-30, payout 4.84, approved",
  ],
  [
    "how much was given back so far",
    [sale, { status: "reversed", refundedTotalMicros: 59_000_000, later: true }],
    NOTHING,
  ],
  ["a refund undone", [sale, { status: "reversed", later: true }, { status: "reinstated", later: true }], EUR59],
  [
    "a restatement",
    [sale, { amountMicros: 60_000_000, later: true }],
    "65.12 USD of 60 EUR at 1.0853 of 2026-10-30, payout 6.51, approved",
  ],
  [
    "a restatement in the offer's currency",
    [sale, { amountMicros: 70_000_000, currency: "USD", later: true }],
    "70 USD of 64.498295 EUR at 1.0853 of 2026-10-30, payout 7, approved",
  ],
  [
    "a sum that comes with the approval",
    [{ status: "pending" }, { ...sale, status: "approved", later: true }, back(59)],
    "0 USD of 0 EUR at 1.25 of 2026-11-03, payout 0, reversed",
  ],
  [
    "a refund in another currency of a sale in the offer's",
    [{ amountMicros: 100_000_000 }, back(10, { currency: "EUR" })],
    "87.5 USD, payout 8.75, approved",
  ],
])("%s", (_, said, told) => expect(booksOf(said).told).toBe(told));

test.each<[string, Said[], string[]]>([
  ["one without a rate", [{ ...sale, currency: "XXX" }], ["rejected wrong_currency"]],
  [
    "one without a rate on what is held",
    [sale, back(1, { currency: "XXX" })],
    ["attributed", "rejected wrong_currency"],
  ],
  ["more than an amount can be", [{ ...sale, amountMicros: 1_000_000_000_000_000 }], ["rejected wrong_currency"]],
  [
    "a restatement to more than an amount can be",
    [sale, { amountMicros: 1_000_000_000_000_000 }],
    ["attributed", "rejected wrong_currency"],
  ],
  ["the same again", [sale, { ...sale, later: true }], ["attributed", "duplicate same_message"]],
  [
    "what is booked, said again in the offer's currency",
    [sale, { amountMicros: 64_030_000, currency: "USD", later: true }],
    ["attributed", "duplicate same_message"],
  ],
  [
    "a refund said twice, in a third currency and on two days",
    [sale, back(10, { currency: "GBP" }), { ...back(10, { currency: "GBP" }), later: true }],
    ["attributed", "updated", "duplicate same_refund"],
  ],
  [
    "two refunds of one number in two currencies",
    [sale, back(10, { currency: "USD" }), back(10)],
    ["attributed", "updated", "updated"],
  ],
  ["more than was sold", [sale, back(60)], ["attributed", "updated clamped"]],
  [
    "not more than was sold, by the offer's currency",
    [sale, back(64.03, { currency: "USD" })],
    ["attributed", "updated"],
  ],
])("%s", (_, said, outcomes) => expect(booksOf(said).outcomes).toEqual(outcomes));

test("an offer that takes no other rejects it, whatever is known; a sale that was taken before stays in its own", () => {
  const shoes = LINKS.get(1);
  if (!shoes) throw new Error("no link");
  const links = new Map([...LINKS, [1, { ...shoes, otherCurrencies: "reject" as const }]]);
  expect(booksOf([sale], { ...KNOWN, links }).outcomes).toEqual(["rejected wrong_currency"]);
});

test("the limit of large amounts judges what is booked", () => {
  const shoes = LINKS.get(1);
  if (!shoes) throw new Error("no link");
  const links = new Map([...LINKS, [1, { ...shoes, maxAmountMicros: 60_000_000 }]]);
  const held = (said: Said[]) => booksOf(said, { ...KNOWN, links }).conversion?.hold?.reason;
  expect(held([sale])).toBe("large_amount");
  expect(held([{ ...sale, amountMicros: 55_000_000 }])).toBeUndefined();
  expect(
    held([
      { ...sale, amountMicros: 10_000_000 },
      { ...sale, later: true },
    ]),
  ).toBe("large_amount");
});
