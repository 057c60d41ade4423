/** What a held conversion meets besides its sender's plain words: claims and rulings, orders that claims and coupons bring, further attempts, late messages, erasure. */
import { beforeEach, expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { conversionRow } from "../../workers/core/books/rows.ts";
import { importErasureKey, replacementFor } from "../../workers/core/erasure/erased-names.ts";
import { decideMeetingErased, eraseBooks } from "../../workers/ledger/object-erasure.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { ERASURE_KEY } from "./erasure-key.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, issueClicks, LINKS, SET_UP, START_MS, testKeyRing } from "./world.ts";

const KEY = importErasureKey(ERASURE_KEY);
const ids = (await issueClicks(await testKeyRing())).map(({ id }) => id);
const [own = "", other = ""] = ids;
const IN_REVIEW = {
  ...SET_UP,
  links: new Map([...LINKS].map(([number, link]) => [number, { ...link, inReview: true }])),
};

const named = { event: "sale", txid: "T" } as const;
const order = { ...named, amountMicros: 40_000_000 } as const;
const sale = { ...order, clickId: own } as const;
const pixel = { channel: "pixel" } as const;

let sql: ObjectStorage;
let sent: number;

beforeEach(() => {
  sql = new ObjectStorage();
  createTables(sql);
  sent = 0;
});

function receiptOf(number: number): string {
  return String(number).padStart(26, "0");
}

function message(content: PostbackContent, more: Partial<PostbackMessage> = {}): PostbackMessage {
  sent += 1;
  const receivedAtMs = START_MS + 600_000 + sent * 1_000;
  return { kind: "postback", receipt: receiptOf(sent), advertiser: 1, receivedAtMs, channel: "get", content, ...more };
}

function settle(one: PostbackMessage): void {
  const click = CLICKS[ids.indexOf(one.content.clickId ?? "")] ?? null;
  sql.transaction(() => decideMeetingErased(sql, KEY, [makeCommand(one, click, IN_REVIEW)], START_MS));
}

function say(content: PostbackContent, more: Partial<PostbackMessage> = {}): void {
  settle(message(content, more));
}

function operator(content: PostbackContent, act?: "hold" | "release"): PostbackMessage {
  const conversion = pageOfConversions(sql, "", 1)[0]?.conversion.id ?? "";
  const correction = { conversion, by: "ann", note: "asked the shop", ...(act ? { act } : {}) };
  return message(content, { channel: "console", named: true, correction });
}

const outcomes = () =>
  pageOfMessages(sql, "", 100).map(({ outcome }) => [outcome.status, outcome.reason].filter(Boolean).join(" "));
const books = () =>
  pageOfConversions(sql, "", 100).map(({ conversion }) => {
    const { status, hold, txid, payout } = conversionRow(conversion, 0);
    return [status, hold, txid, payout / 1_000_000, conversion.hold?.waiting ?? 0];
  });

test("a claim of a held order is replaced, and nothing that waits", () => {
  say(sale);
  say(sale, pixel);
  expect([outcomes(), books()]).toEqual([["attributed", "duplicate claim_replaced"], [["pending", "held", "T", 4, 0]]]);
});

test("an operator's confirmation of a claim on a held click names its order, and neither waits nor ends the hold", () => {
  say({ event: "sale", clickId: own, amountMicros: 40_000_000 });
  say(sale, pixel);
  const ruling = { claim: receiptOf(2), by: "ann", note: "n" };
  say({ ...named, clickId: own }, { channel: "console", ruling });
  expect([outcomes(), books()]).toEqual([
    ["attributed", "duplicate claim_replaced", "updated"],
    [["pending", "held", "T", 4, 0]],
  ]);
  say({ ...named, status: "rejected" });
  expect([outcomes().at(-1), books()]).toEqual(["parked held", [["pending", "held", "T", 4, 1]]]);
});

test("what a claim makes is held by its offer's rules, unless an operator has confirmed it", () => {
  say(sale, pixel);
  say(order);
  say({ ...sale, txid: "U", clickId: other }, pixel);
  say(
    { ...named, txid: "U", clickId: other },
    { channel: "console", ruling: { claim: receiptOf(3), by: "a", note: "n" } },
  );
  expect(books().map(([status, hold, txid]) => [status, hold, txid])).toEqual([
    ["pending", "held", "T"],
    ["approved", "", "U"],
  ]);
});

test("an order by a coupon is held too, and the sender's words without the coupon wait behind it", () => {
  say({ ...order, coupon: "spring" });
  say({ ...named, status: "reversed" });
  expect([outcomes(), books()]).toEqual([["attributed", "parked held"], [["pending", "held", "T", 4, 1]]]);
  settle(operator({}, "release"));
  expect([outcomes(), books()]).toEqual([["attributed", "updated", "updated"], [["reversed", "", "T", 0, 0]]]);
});

test("another attempt of what waits waits no more than once, and counts once when it is released", () => {
  say(sale);
  const refund = message({ ...named, status: "reversed", amountMicros: 10_000_000 }, { named: true });
  settle(refund);
  settle({ ...refund, receivedAtMs: refund.receivedAtMs + 500 });
  settle(refund);
  expect([outcomes(), books()]).toEqual([["attributed", "parked held"], [["pending", "held", "T", 4, 1]]]);
  settle(operator({}, "release"));
  settle({ ...refund, receivedAtMs: refund.receivedAtMs + 5_000 });
  expect([outcomes(), books()]).toEqual([["attributed", "updated", "updated"], [["approved", "", "T", 3, 0]]]);
});

test("an attempt after the operator's rejection is rejected like the first, and after its release counts", () => {
  say(sale);
  const refund = message({ ...named, status: "reversed", amountMicros: 10_000_000 }, { named: true });
  settle(refund);
  settle(operator({ status: "rejected" }));
  settle({ ...refund, receivedAtMs: START_MS + 650_000 });
  expect([outcomes()[1], books()]).toEqual([
    "rejected operator_rejected",
    [["rejected", "rejected_by_operator", "T", 0, 0]],
  ]);
  sent = 60;
  settle(operator({ status: "approved" }));
  settle({ ...refund, receivedAtMs: START_MS + 700_000 });
  expect([outcomes()[1], books()]).toEqual(["updated", [["approved", "", "T", 3, 0]]]);
});

test("an erased order that is held keeps what waits, and comes to the same when it is released", () => {
  say(sale);
  say({ ...named, status: "reversed", amountMicros: 10_000_000, refundId: "r" });
  const names = { clickIds: [own], txids: ["T"] };
  const replacement = replacementFor(KEY, 1);
  expect(sql.transaction(() => eraseBooks(sql, replacement, names, START_MS))).not.toHaveProperty("more");
  const erased = replacement.txid("T");
  expect(books()).toEqual([["pending", "held", erased, 4, 1]]);
  say({ ...named, status: "reversed", amountMicros: 10_000_000, refundId: "r" });
  say({ ...named, status: "reversed", amountMicros: 5_000_000, refundId: "s" });
  expect([outcomes().at(-1), books()]).toEqual(["parked held", [["pending", "held", erased, 4, 3]]]);
  settle(operator({}, "release"));
  expect(outcomes()).toEqual(["attributed", "updated", "duplicate same_message", "updated", "updated"]);
  expect(books()).toEqual([["approved", "", erased, 2.5, 0]]);
  expect(JSON.stringify(pageOfMessages(sql, "", 100))).not.toContain(own);
});
