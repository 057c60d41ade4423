/** Rates as the ledger reads them, and what keeps them: a replay, a second delivery, booking anew. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { conversionRow } from "../../workers/core/books/rows.ts";
import { ratesKey, type SetUp } from "../../workers/core/books/set-up.ts";
import type { DayRate } from "../../workers/core/rates/rate.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { readSetUp } from "../../workers/ledger/set-up-reader.ts";
import { seedSetUp } from "./seed.ts";
import { ObjectStorage, SqliteD1 } from "./sqlite-platform.ts";
import { CLICKS, DAY_MS, dayAfterStart, SET_UP, START_MS } from "./world.ts";

function seeded(): SqliteD1 {
  const db = new SqliteD1("books", "schema/migrations/books", async () => {});
  seedSetUp(db.db);
  return db;
}

/** `USD 1.0853 of -2`, the day as days after the start. */
function told({ currency, perEuro, day }: DayRate): string {
  return `${currency} ${perEuro} of ${(Date.parse(day) - START_MS) / DAY_MS}`;
}

/** Of advertiser 1, whose offers are in USD and KWD, or advertiser 2, whose are in JPY. */
test.each([
  ["the day before", 1, "EUR", 0, ["KWD 0.33291 of -2", "USD 1.0853 of -2"]],
  ["its own day", 1, "EUR", 3, ["KWD 0.3301 of 3", "USD 1.1 of 3"]],
  ["and its own currency", 1, "GBP", 4, ["GBP 0.9 of 3", "KWD 0.3301 of 3", "USD 1.1 of 3"]],
  ["each the newest there is", 1, "EUR", 10, ["KWD 0.3301 of 3", "USD 1.0777 of 10"]],
  ["seven days old", 2, "EUR", 17, ["JPY 171.03 of 10"]],
  ["none that is older", 2, "EUR", 18, []],
  ["none where none is known", 1, "XXX", 0, ["KWD 0.33291 of -2", "USD 1.0853 of -2"]],
  ["none where it is all offers' own", 2, "JPY", 0, []],
  ["what another of the advertiser's offers needs", 1, "USD", 0, ["KWD 0.33291 of -2", "USD 1.0853 of -2"]],
] as const)("rates of a message are %s", async (_, advertiser, currency, day, rates) => {
  const key = ratesKey(advertiser, currency, dayAfterStart(day));
  const read = await readSetUp(seeded(), [], [], [], [], [], [key, key]);
  expect((read.rates?.get(key) ?? []).map(told).sort()).toEqual(rates);
});

test("an offer that takes no other currency asks for no rates", async () => {
  const db = seeded();
  db.db.exec("UPDATE offers SET other_currencies = 'reject' WHERE slug = 'shoes'");
  const key = ratesKey(1, "EUR", dayAfterStart(0));
  const { rates } = await readSetUp(db, [], [], [], [], [], [key]);
  expect(rates?.get(key)?.map(told)).toEqual(["KWD 0.33291 of -2"]);
});

const known = (perEuro: string): SetUp => ({
  ...SET_UP,
  rates: new Map([[ratesKey(1, "EUR", dayAfterStart(0)), [{ currency: "USD", day: dayAfterStart(-2), perEuro }]]]),
});

/** The books of one order in euros on the first click. */
function books() {
  const sql = new ObjectStorage();
  createTables(sql);
  const settle = (number: number, content: PostbackMessage["content"], setUp: SetUp, replay = false): string => {
    const sent: PostbackMessage = {
      kind: "postback",
      receipt: `0${number}`.padEnd(26, "0"),
      advertiser: 1,
      receivedAtMs: START_MS + 600_000 + number * 1_000,
      channel: "get",
      content: { event: "sale", txid: "A", clickId: "c".repeat(36), currency: "EUR", ...content },
      ...(replay ? { replay: true } : {}),
    };
    sql.transaction(() => decideShare(sql, [makeCommand(sent, CLICKS[0] ?? null, setUp)], START_MS));
    const held = pageOfMessages(sql, "", 100).find(({ command }) => command.receipt === sent.receipt);
    return [held?.outcome.status, held?.outcome.reason].filter(Boolean).join(": ");
  };
  const row = () => {
    const [stored] = pageOfConversions(sql, "", 100);
    if (!stored) return null;
    const { status, amount, payout, original_amount, rate } = conversionRow(stored.conversion, 0);
    return { status, amount, payout, original_amount, rate };
  };
  return { settle, row };
}

const sale = { amountMicros: 59_000_000 } as const;
const booked = {
  status: "approved",
  amount: 64_030_000,
  payout: 6_400_000,
  original_amount: 59_000_000,
  rate: "1.0853",
};

test("what had no rate is booked when it is replayed with one", () => {
  const { settle, row } = books();
  expect(settle(1, sale, SET_UP)).toBe("rejected: wrong_currency");
  // A queue delivers again: that is no replay.
  expect(settle(1, sale, known("1.0853"))).toBe("rejected: wrong_currency");
  expect(row()).toBeNull();
  expect(settle(1, sale, known("1.0853"), true)).toBe("attributed");
  expect(row()).toEqual(booked);
});

test("another rate that is known later changes nothing: neither by a second delivery, a replay, nor booking anew", () => {
  const { settle, row } = books();
  settle(2, sale, known("1.0853"));
  for (const replay of [false, true]) {
    settle(2, sale, known("2"), replay);
    expect(row()).toEqual(booked);
  }
  // It was received before the sale, and comes after it.
  expect(settle(1, { status: "reversed", amountMicros: 20_000_000 }, known("2"))).toBe("updated");
  expect(row()).toEqual({ ...booked, amount: 42_330_000, payout: 4_230_000, original_amount: 39_000_000 });
});

test("whatever is given back in parts, in whatever order they come, nothing is left of the whole", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000_000 }),
      fc.array(fc.integer({ min: 1, max: 1_000_000_000 }), { maxLength: 4 }),
      fc.integer({ min: 1, max: 9_999_999 }),
      fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
      (sold, cuts, rate, ranks) => {
        const ends = [...cuts.map((cut) => cut % sold).sort((left, right) => left - right), sold];
        const parts = ends.map((end, index) => end - (ends[index - 1] ?? 0)).filter((part) => part > 0);
        const said = [
          { amountMicros: sold },
          ...parts.map((amountMicros, index) => ({
            amountMicros,
            status: "reversed" as const,
            refundId: String(index),
          })),
        ].map((content, index) => ({ number: index + 1, content, rank: ranks[index] ?? 0 }));
        const { settle, row } = books();
        const perEuro = (rate / 1_000).toFixed(3);
        for (const { number, content } of said.sort((left, right) => left.rank - right.rank))
          settle(number, content, known(perEuro));
        expect(row()).toMatchObject({ status: "reversed", amount: 0, payout: 0, original_amount: 0 });
      },
    ),
    { numRuns: 60 },
  );
});
