/** What an object writes of its books is read again as it was, and is small. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RidingFacts } from "../../schema/messages.ts";
import { askedAnew } from "../../workers/core/books/attempts.ts";
import { book } from "../../workers/core/books/book.ts";
import { conversionsIn, emptyIndex, enterChange, type OwnIndex } from "../../workers/core/books/books-index.ts";
import { isClaim } from "../../workers/core/books/claims.ts";
import { type Command, makeCommand } from "../../workers/core/books/command.ts";
import { completeCorrection } from "../../workers/core/books/completed-correction.ts";
import type { Conversion } from "../../workers/core/books/conversion.ts";
import { decide, decideClaim } from "../../workers/core/books/decision.ts";
import type { StoredConversion, StoredMessage } from "../../workers/core/books/stored.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { readConversion, writeConversion } from "../../workers/ledger/object-format.ts";
import { createTables, pageOfConversions, pageOfMessages, writeStored } from "../../workers/ledger/object-storage.ts";
import { histories } from "./histories.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { issueClicks, LINKS, SET_UP, START_MS, testKeyRing } from "./world.ts";

const clicks = await issueClicks(await testKeyRing());
const CAPPED = {
  ...SET_UP,
  links: new Map(
    [...LINKS].map(([number, link]) => [number, { ...link, caps: [{ event: "sale", per: "day", limit: 5 } as const] }]),
  ),
};

test("whatever the history, everything is read as it was written", () => {
  const settings = fc.record({
    capped: fc.boolean(),
    note: fc.option(fc.string(), { nil: undefined }),
    touched: fc.boolean(),
    details: fc.record(
      {
        coupon: fc.string(),
        customer: fc.constantFrom("new" as const, "returning" as const),
        originalStatus: fc.string(),
      },
      { requiredKeys: [] },
    ),
  });
  fc.assert(
    fc.property(histories(clicks, 12), settings, (messages, { capped, note, touched, details }) => {
      const index: OwnIndex = emptyIndex();
      for (const message of messages.filter(({ advertiser }) => advertiser === 1)) {
        const click = clicks.find(({ id }) => id === message.content.clickId)?.click ?? null;
        const content = { ...message.content, ...details, meta: { note: note ?? "" } };
        const sent = makeCommand({ ...message, content }, click, capped ? CAPPED : SET_UP);
        const known = index.messages.get(sent.receipt);
        const command = known ? askedAnew(known, sent) : sent;
        if (command)
          enterChange(index, isClaim(command) ? decideClaim(index, new Map(), command).change : decide(index, command));
      }
      const [conversion] = conversionsIn(index);
      const [said] = index.messages.values();
      if (note !== undefined && conversion && said) {
        const correction = { conversion: conversion.id, by: "ann", note, restate: true };
        const command: Command = { ...said.command, receipt: "9".repeat(26), content: {}, correction };
        enterChange(index, book(index, completeCorrection(command, conversion)));
      }
      const stored = [...index.messages.values()].map((message, place): StoredMessage => {
        const { receipt } = message.command;
        const range = { conversion: conversion?.id ?? "", first: 1, last: place + 1 };
        const all = touched ? { receipts: [receipt, "other"], entries: [range] } : { receipts: [receipt], entries: [] };
        return { ...message, stage: place + 1, settledAtMs: START_MS + place, touched: all };
      });
      const held = conversionsIn(index).map(
        (conversion, place): StoredConversion => ({ conversion, settledAtMs: START_MS + place }),
      );
      const storage = new ObjectStorage();
      createTables(storage);
      writeStored(storage, stored, held);
      const ofMessage = ({ command }: StoredMessage) => command.receipt;
      const ofConversion = ({ conversion }: StoredConversion) => conversion.id;
      expect(byKey(pageOfMessages(storage, "", 100), ofMessage)).toEqual(byKey(stored, ofMessage));
      expect(byKey(pageOfConversions(storage, "", 100), ofConversion)).toEqual(byKey(held, ofConversion));
      // The order of names decides whether two states show the same.
      expect(JSON.stringify(byKey(pageOfConversions(storage, "", 100), ofConversion))).toBe(
        JSON.stringify(byKey(held, ofConversion)),
      );
    }),
    { numRuns: 300 },
  );
});

/** Says all that a message can, and nothing of it as most do: a field that is added must be added here. */
const FULL_COMMAND: Required<Command> = {
  receipt: "3".repeat(26),
  named: true,
  advertiser: 1,
  receivedAtMs: START_MS,
  row: 7,
  channel: "json",
  credentialVersion: 4,
  addressHash: "a".repeat(16),
  replay: true,
  test: true,
  content: { txid: "said" },
  oldClickId: "old",
  txid: "meant",
  event: "sale",
  click: { clickId: "c", clickedAtMs: START_MS, link: 2, offer: 3, affiliate: 4, currency: "EUR", space: "offer:3" },
  terms: {
    payout: { flat: 1 },
    revenue: "posted",
    rule: "r",
    repeat: "per_txid",
    restate: "ignore",
    first: true,
    maxAmountMicros: 9,
    digits: 3,
    otherCurrencies: "convert",
  },
  rates: [{ currency: "USD", day: "2026-11-01", perEuro: "1.0853" }],
  coupon: {
    click: { clickId: "d", clickedAtMs: START_MS, link: 5, offer: 3, affiliate: 6, currency: "EUR", space: "offer:3" },
    event: "lead",
    terms: { payout: { flat: 2 }, revenue: "posted", rule: "s", repeat: "per_txid", restate: "ignore", first: false },
  },
  caps: [{ key: "k", offer: 3, limit: 9, endsAtMs: START_MS + 1 }],
  hold: "large_amount",
  firstOf: { key: "f", limit: 3 },
  isFirst: true,
  bar: { status: "rejected", reason: "unknown_order" },
  verdict: "click_expired",
  correction: {
    conversion: "x",
    by: "ann",
    note: "n",
    restate: true,
    act: "undo",
    undoes: "7".repeat(26),
    reason: "fake",
    base: "8".repeat(26),
  },
  amendment: { by: "ann", note: "n", whatIf: 7, seen: "s", patches: [] },
  ruling: { claim: "y", by: "ann", note: "n", dismiss: true },
  claim: {
    windowDays: 30,
    minSeconds: 5,
    caps: [{ event: "sale", per: "day", limit: 5 }],
    timeZone: "UTC",
    takesSingle: true,
  },
  claimed: [
    {
      link: 1,
      event: "sale",
      rules: { windowDays: 30, minSeconds: 0, caps: [], timeZone: "UTC", takesSingle: true, inReview: true },
    },
  ],
  loose: { event: null },
};

const FULL_FACTS: Required<RidingFacts> = {
  coupon: "SPRING",
  customer: "returning",
  meta: { color: "red" },
  originalStatus: "back",
};

/** The same of a conversion. */
const FULL_CONVERSION: Required<Conversion> = {
  id: "4".repeat(26),
  seq: 2,
  base: { receivedAtMs: START_MS, row: 7, receipt: "3".repeat(26) },
  messages: 5,
  advertiser: 1,
  event: "sale",
  test: true,
  click: { clickId: "c", clickedAtMs: START_MS, link: 2, offer: 3, affiliate: 4, currency: "EUR", space: "offer:3" },
  terms: {
    payout: { flat: 1 },
    revenue: "posted",
    rule: "r",
    repeat: "per_txid",
    restate: "ignore",
    first: true,
    maxAmountMicros: 9,
    digits: 3,
  },
  caps: [{ key: "k", offer: 3, limit: 9, endsAtMs: START_MS + 1 }],
  txid: "t",
  status: "reversed",
  openStatus: "pending",
  attributedBy: "coupon",
  confirmed: true,
  hold: { state: "held", reason: "by_hand", receipt: "7".repeat(26), waiting: 2, chosen: "fake" },
  imported: {
    link: 2,
    payoutMicros: 1,
    clickedAtMs: START_MS - 2,
    receivedAtMs: START_MS - 1,
    externalId: "e",
    country: "DE",
    subs: ["a", "", "c"],
  },
  statusReceipt: "5".repeat(26),
  amountMicros: 10,
  postedRevenueMicros: 11,
  exchange: { currency: "USD", rate: "0.9214042200", day: "2026-11-01", digits: 2 },
  refunds: [
    { name: "n", micros: 3, receipt: "6".repeat(26), reinstatedBy: "7".repeat(26) },
    { name: "w", micros: null, receipt: "8".repeat(26) },
  ],
  refundedTotal: { micros: 4, receipt: "9".repeat(26) },
  occurredAtMs: START_MS - 1,
  facts: FULL_FACTS,
  entries: [
    {
      seq: 1,
      kind: "accrual",
      status: "approved",
      amount: 10,
      revenue: 11,
      payout: 1,
      receipt: "3".repeat(26),
      receivedAtMs: START_MS,
      rule: "another",
      note: null,
    },
    {
      seq: 2,
      kind: "reversal",
      status: "reversed",
      amount: -10,
      revenue: -11,
      payout: -1,
      receipt: "6".repeat(26),
      receivedAtMs: START_MS + 1,
      rule: "r",
      note: "n",
    },
  ],
};

test("what says all that can be said is read as it was written", () => {
  const message: StoredMessage = {
    command: FULL_COMMAND,
    outcome: {
      status: "duplicate",
      reason: "same_message",
      duplicateOf: "6".repeat(26),
      conversion: FULL_CONVERSION.id,
    },
    stage: 3,
    settledAtMs: START_MS + 2,
    touched: { receipts: ["a", "b"], entries: [{ conversion: "other", first: 1, last: 2 }] },
  };
  const stored: StoredConversion = { conversion: FULL_CONVERSION, settledAtMs: START_MS + 3 };
  const storage = new ObjectStorage();
  createTables(storage);
  writeStored(storage, [message], [stored]);
  expect(pageOfMessages(storage, "", 10)).toEqual([message]);
  expect(pageOfConversions(storage, "", 10)).toEqual([stored]);
});

test("what the pixel made before it made claims gives way to the sender's first amount", () => {
  const { confirmed, ...older } = writeConversion(FULL_CONVERSION, () => 1);
  const { clickId, clickedAtMs, ...place } = FULL_CONVERSION.click;
  const common = () => ({ place, terms: FULL_CONVERSION.terms });
  expect(confirmed).toBe(true);
  expect(readConversion("4".repeat(26), { ...older, unproven: true }, common).confirmed).toBe(true);
  expect(readConversion("4".repeat(26), older, common).confirmed).toBe(false);
});

test("what was reversed before reversals could be undone is known as reversed by its last message", () => {
  const written = writeConversion(FULL_CONVERSION, () => 1);
  const { openStatus, refundedTotal, ...older } = written;
  const { clickId, clickedAtMs, ...place } = FULL_CONVERSION.click;
  const readAs = (refunds: Conversion["refunds"]) =>
    readConversion("4".repeat(26), { ...older, refunds }, () => ({ place, terms: FULL_CONVERSION.terms }));
  const part = { name: "n", micros: 3, receipt: "6".repeat(26) };
  const rest = { name: "m", micros: 7, receipt: "7".repeat(26) };
  const whole = { name: expect.any(String), micros: null, receipt: FULL_CONVERSION.statusReceipt };
  expect(readAs([])).toMatchObject({ openStatus: "approved", status: "reversed", refunds: [whole] });
  expect(readAs([part]).refunds).toEqual([part, whole]);
  expect(readAs([part, rest]).refunds).toEqual([part, rest]);
});

function byKey<Row>(rows: readonly Row[], key: (row: Row) => string): Row[] {
  return [...rows].sort((left, right) => (key(left) < key(right) ? -1 : 1));
}

test.each<[string, string, RegExp]>([
  [
    "UPDATE messages SET command = json_remove(command, '$.content.clickId')",
    "messages",
    /click ID of message 3+ is missing/,
  ],
  [
    "UPDATE messages SET outcome = json_remove(outcome, '$.conversion')",
    "messages",
    /conversion of the entries of message 3+ is missing/,
  ],
  [
    "UPDATE conversions SET state = json_remove(state, '$.click.clickId')",
    "conversions",
    /click ID of conversion 4+ is missing/,
  ],
  ["UPDATE common SET text = json_set(text, '$.terms', null)", "conversions", /prices conversion 4+ is missing/],
  ["DELETE FROM common", "conversions", /common .* is missing/],
])("what is not there is not made up: %s", (damage, table, error) => {
  const storage = new ObjectStorage();
  createTables(storage);
  const command: Command = { ...FULL_COMMAND, content: { clickId: "c" } };
  const touched = { receipts: [command.receipt], entries: [{ conversion: FULL_CONVERSION.id, first: 1, last: 2 }] };
  const outcome = { status: "attributed", reason: null, duplicateOf: null, conversion: FULL_CONVERSION.id } as const;
  writeStored(
    storage,
    [{ command, outcome, stage: 1, settledAtMs: START_MS, touched }],
    [{ conversion: FULL_CONVERSION, settledAtMs: START_MS }],
  );
  storage.exec(damage);
  const read = table === "messages" ? pageOfMessages : pageOfConversions;
  expect(() => read(storage, "", 10)).toThrow(error);
});

test("a conversion that was pending and then approved takes less than 2,800 bytes, indexes and journal included", () => {
  const storage = new ObjectStorage();
  createTables(storage);
  const [click] = clicks;
  if (!click) throw new Error("no click");
  const size = (): number =>
    ["page_count", "page_size"].reduce((product, name) => {
      const [row] = storage.exec(`PRAGMA ${name}`).toArray();
      return product * Number(row?.[name]);
    }, 1);
  const empty = size();
  const ORDERS = 2_000;
  for (const [step, status] of (["pending", "approved"] as const).entries()) {
    const commands = Array.from({ length: ORDERS }, (_, order) => {
      // Spread over the alphabet as real receipts are, which fill an index's pages less than rising ones.
      const receipt = (((order * 2 + step) * 0x9e3779b1) >>> 0).toString(32).padStart(7, "0").padEnd(26, "x");
      const clickId = `${click.id.slice(0, 20)}${String(order).padStart(16, "0")}`;
      const content = { clickId, txid: `ORDER-${order}`, event: "sale", status, amountMicros: 40_000_000 };
      const receivedAtMs = START_MS + 600_000 + order * 10 + step * 86_400_000;
      return makeCommand(
        { kind: "postback", receipt, advertiser: 1, receivedAtMs, channel: "get", content },
        click.click,
        SET_UP,
      );
    });
    for (let from = 0; from < ORDERS; from += 100)
      storage.transaction(() => decideShare(storage, commands.slice(from, from + 100), START_MS));
  }
  expect((size() - empty) / ORDERS).toBeLessThan(2_800);
});
