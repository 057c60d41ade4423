/** An order's other names, in the books of one advertiser: what finds it by them, what they join, and where they end. Each message is settled in a batch of its own. */
import { expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { bookedTotals } from "../../workers/core/books/conversion.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, SET_UP, START_MS } from "./world.ts";

/** A message: on which click of the programme (0 for none), and what it says of its channel. */
type Said = PostbackContent & { click?: number; channel?: PostbackMessage["channel"]; atMs?: number };

function books() {
  const sql = new ObjectStorage();
  createTables(sql);
  let count = 0;
  const settle = ({ click = 0, channel = "get", atMs, ...content }: Said): string => {
    const receipt = String(++count).padStart(26, "0");
    const clickId = click === 0 ? {} : { clickId: String(click).padStart(36, "c") };
    const message: PostbackMessage = {
      kind: "postback",
      receipt,
      advertiser: 1,
      receivedAtMs: START_MS + 600_000 + (atMs ?? count * 1_000),
      channel,
      content: { event: "sale", ...clickId, ...content },
    };
    sql.transaction(() => decideShare(sql, [makeCommand(message, CLICKS[click - 1] ?? null, SET_UP)], START_MS));
    return outcomeOf(receipt);
  };
  const outcomeOf = (receipt: string): string => {
    const { outcome } = pageOfMessages(sql, "", 100).find(({ command }) => command.receipt === receipt) ?? {};
    return [outcome?.status, outcome?.reason].filter(Boolean).join(" ");
  };
  const held = () =>
    pageOfConversions(sql, "", 100).map(({ conversion }) => {
      const { txid, status } = conversion;
      return [txid, status, bookedTotals(conversion).amount / 1_000_000];
    });
  const outcomes = () => pageOfMessages(sql, "", 100).map(({ command }) => outcomeOf(command.receipt));
  return { settle, held, outcomes };
}

const back = { status: "reversed", amountMicros: 10_000_000 } as const;
const sale = { click: 1, amountMicros: 40_000_000 } as const;

test("what names an order otherwise finds it, with a click or without", () => {
  const { settle, held } = books();
  expect(settle({ ...sale, txid: "in_1", alsoTxid: "pi_1" })).toBe("attributed");
  expect(settle({ ...back, txid: "pi_1" })).toBe("updated");
  expect(settle({ ...sale, click: 2, txid: "pi_1" })).toBe("duplicate same_message");
  expect(held()).toEqual([["in_1", "approved", 30]]);
});

test("what waited under the other name is applied when the order says it", () => {
  const { settle, held, outcomes } = books();
  expect(settle({ ...back, txid: "pi_1" })).toBe("parked awaits_sale");
  expect(settle({ ...sale, txid: "in_1", alsoTxid: "pi_1", status: "pending" })).toBe("attributed");
  expect(outcomes()).toEqual(["updated", "attributed"]);
  expect(held()).toEqual([["in_1", "pending", 30]]);
});

test("and when a later message says it, which needs no click", () => {
  const { settle, held, outcomes } = books();
  settle({ ...back, txid: "pi_1" });
  settle({ ...sale, txid: "in_1" });
  expect(settle({ txid: "in_1", alsoTxid: "pi_1" })).toBe("duplicate same_message");
  expect(outcomes()).toEqual(["updated", "attributed", "duplicate same_message"]);
  expect(held()).toEqual([["in_1", "approved", 30]]);
});

test("two orders that turn out to be one are one: the earlier holds, the other is emptied, and nothing is paid twice", () => {
  const { settle, held, outcomes } = books();
  settle({ ...sale, txid: "pi_1" });
  settle({ ...sale, click: 2, txid: "in_1" });
  expect(held()).toEqual([
    ["pi_1", "approved", 40],
    ["in_1", "approved", 40],
  ]);
  expect(settle({ txid: "in_1", alsoTxid: "pi_1" })).toBe("duplicate same_message");
  expect(held()).toEqual([
    ["pi_1", "approved", 40],
    ["in_1", "rejected", 0],
  ]);
  expect(outcomes()).toEqual(["attributed", "duplicate same_message", "duplicate same_message"]);
  expect(settle({ ...back, txid: "in_1" })).toBe("updated");
  expect(held()[0]).toEqual(["pi_1", "approved", 30]);
});

test("a name that the sender gives to every order joins twenty, and no more", () => {
  const { settle, held } = books();
  const said = Array.from({ length: 22 }, (_, order) => settle({ ...sale, txid: `o${order}`, alsoTxid: "customer" }));
  expect(said.filter((outcome) => outcome === "attributed")).toHaveLength(1);
  expect(said.slice(20)).toEqual(["attributed name_not_taken", "attributed name_not_taken"]);
  expect(held()).toHaveLength(3);
  expect(settle({ ...back, txid: "customer" })).toBe("updated");
  expect(held().map(([, , amount]) => amount)).toEqual([30, 40, 40]);
});

test("an order has three other names, and is not found by a fourth", () => {
  const { settle, held } = books();
  settle({ ...sale, txid: "in_1", alsoTxid: "a" });
  for (const alsoTxid of ["b", "c"]) settle({ txid: "in_1", alsoTxid });
  expect(settle({ txid: "in_1", alsoTxid: "d" })).toBe("duplicate name_not_taken");
  expect(settle({ ...back, txid: "d" })).toBe("parked awaits_sale");
  expect(settle({ ...sale, txid: "d" })).toBe("attributed");
  expect(settle({ ...back, txid: "c" })).toBe("updated");
  expect(held()).toEqual([
    ["in_1", "approved", 30],
    ["d", "approved", 30],
  ]);
});

test("the pixel gives an order no other name", () => {
  const { settle, held } = books();
  settle({ ...sale, txid: "in_1", alsoTxid: "in_2", channel: "pixel" });
  settle({ ...sale, txid: "in_1" });
  expect(settle({ ...sale, click: 2, txid: "in_2" })).toBe("attributed");
  expect(held().map(([txid]) => txid)).toEqual(["in_1", "in_2"]);
});

test("shops that number their orders alike share no names", () => {
  const { settle, held } = books();
  settle({ ...sale, click: 4, txid: "7", alsoTxid: "pi_7" });
  settle({ ...sale, click: 1, txid: "7" });
  expect(settle({ ...sale, click: 1, txid: "pi_7" })).toBe("attributed");
  expect(settle({ ...back, click: 4, txid: "pi_7" })).toBe("updated");
  expect(held()).toEqual([
    ["7", "approved", 30],
    ["7", "approved", 40],
    ["pi_7", "approved", 40],
  ]);
});

test("a name alone names the order", () => {
  const { settle, held } = books();
  settle({ ...sale, alsoTxid: "pi_1" });
  expect(settle({ ...back, txid: "pi_1" })).toBe("updated");
  expect(held()).toEqual([["pi_1", "approved", 30]]);
});

test("a late word of what an order is also called joins what was booked without it", () => {
  const { settle, held, outcomes } = books();
  settle({ ...sale, txid: "in_1" });
  settle({ ...back, txid: "pi_1", atMs: 50_000 });
  expect(settle({ txid: "in_1", alsoTxid: "pi_1", atMs: 500 })).toBe("unattributed unknown_order");
  expect(outcomes()).toEqual(["attributed", "updated", "unattributed unknown_order"]);
  expect(held()).toEqual([["in_1", "approved", 30]]);
});
