/** Corrections by an operator, in the books of one advertiser: what they do, and what they cannot reach. */
import { expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { bookedTotals } from "../../workers/core/books/conversion.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, SET_UP, START_MS } from "./world.ts";

type Content = PostbackMessage["content"];

function books() {
  const sql = new ObjectStorage();
  createTables(sql);
  const settle = (message: PostbackMessage): string => {
    const click = CLICKS.find(({ counter }) => message.content.clickId === clickId(counter)) ?? null;
    sql.transaction(() => decideShare(sql, [makeCommand(message, click, SET_UP)], START_MS));
    const held = pageOfMessages(sql, "", 100).find(({ command }) => command.receipt === message.receipt);
    return [held?.outcome.status, held?.outcome.reason].filter(Boolean).join(": ");
  };
  const conversions = () =>
    pageOfConversions(sql, "", 100).map(({ conversion }) => ({
      ...conversion,
      payout: bookedTotals(conversion).payout,
    }));
  return { settle, conversions };
}

/** Stands for the ID of that click of the test programme. */
function clickId(counter: number): string {
  return String(counter).padStart(36, "c");
}

function postback(name: string, atMs: number, content: Content): PostbackMessage {
  const said = { clickId: clickId(1), event: "sale", ...content };
  const receivedAtMs = START_MS + 1_000 + atMs;
  return {
    kind: "postback",
    receipt: `0${name}`.padEnd(26, "0"),
    advertiser: 1,
    receivedAtMs,
    channel: "get",
    content: said,
  };
}

function correction(name: string, atMs: number, conversion: string, content: Content): PostbackMessage {
  const restate = content.amountMicros !== undefined && content.status !== "reversed";
  return {
    ...postback(name, atMs, {}),
    content,
    channel: "console",
    named: true,
    correction: { conversion, by: "ann", note: "checked with the shop", ...(restate ? { restate } : {}) },
  };
}

test("approves, restates and reverses under the conversion's own keys, each with its note", () => {
  const { settle, conversions } = books();
  settle(postback("1", 0, { txid: "A", status: "pending", amountMicros: 40_000_000 }));
  const id = conversions()[0]?.id ?? "";
  expect(settle(correction("2", 10, id, { status: "approved" }))).toBe("updated");
  expect(conversions()).toMatchObject([{ status: "approved", payout: 4_000_000 }]);
  expect(settle(correction("3", 20, id, { amountMicros: 20_000_000 }))).toBe("updated");
  expect(conversions()).toMatchObject([{ payout: 2_000_000 }]);
  expect(settle(correction("4", 30, id, { status: "reversed" }))).toBe("updated");
  expect(conversions()).toMatchObject([{ status: "reversed", payout: 0 }]);
  expect(conversions()[0]?.entries.map(({ note }) => note)).toEqual([
    null,
    ...Array(3).fill("ann: checked with the shop"),
  ]);
  // Sent again by the queue: nothing more.
  expect(settle(correction("4", 30, id, { status: "reversed" }))).toBe("updated");
  expect(conversions()[0]?.entries).toHaveLength(4);
});

test("stays when a message that was received before it comes after it", () => {
  const { settle, conversions } = books();
  settle(postback("1", 100_000, { txid: "A", status: "approved", amountMicros: 40_000_000 }));
  const id = conversions()[0]?.id ?? "";
  settle(correction("2", 200_000, id, { status: "reversed", amountMicros: 10_000_000 }));
  expect(conversions()).toMatchObject([{ payout: 3_000_000 }]);
  settle(postback("3", 50, { txid: "A", status: "pending", amountMicros: 40_000_000 }));
  expect(conversions()).toMatchObject([{ id, status: "approved", payout: 3_000_000 }]);
});

test("of a conversion that is not there, or that late messages have emptied, changes nothing", () => {
  const { settle, conversions } = books();
  expect(settle(correction("9", 5, "0".repeat(26), { status: "approved" }))).toBe("rejected: unknown_order");
  // A lead counts once per click and an order once on any: the message received first makes one of what seemed to be two.
  const lead = { event: "lead" };
  settle(postback("1", 200_000, { ...lead, txid: "P" }));
  settle(postback("2", 300_000, { ...lead, txid: "Q", clickId: clickId(2) }));
  settle(postback("3", 100_000, { ...lead, txid: "Q" }));
  const emptied = conversions().filter(({ status }) => status === "rejected");
  const before = conversions().map(({ entries }) => entries.length);
  for (const [index, { id }] of emptied.entries())
    expect(settle(correction(`7${index}`, 900_000 + index, id, { status: "approved" }))).toBe(
      "rejected: unknown_order",
    );
  expect(conversions().map(({ entries }) => entries.length)).toEqual(before);
  expect(emptied.length).toBeGreaterThan(0);
});
