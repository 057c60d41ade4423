/** Claims without end: however many come by the pixel, they take no cap, count nowhere, cost each as little as the first, and hold nobody up. */
import { expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { CLAIMS_PER_CLICK, CLAIMS_PER_ORDER } from "../../workers/core/books/claim-places.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { MESSAGES, seatSql } from "../../workers/core/books/seats.ts";
import type { SetUp } from "../../workers/core/books/set-up.ts";
import { OUTCOME_REASONS } from "../../workers/core/reasons.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { LOAD_LIMIT } from "../../workers/ledger/object-families.ts";
import { createTables, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, LINKS, SET_UP, START_MS } from "./world.ts";

const CAPPED: SetUp = {
  ...SET_UP,
  links: new Map(
    [...LINKS].map(([number, link]) => [
      number,
      { ...link, claims: "take_single", caps: [{ event: "sale", per: "day", limit: 5 } as const] },
    ]),
  ),
};
const WHERE = { own: "c".repeat(36), other: "d".repeat(36) };

/** An object of an advertiser; `settle` says what became of each message of a share. */
function books(setUp: SetUp = SET_UP) {
  const sql = new ObjectStorage();
  createTables(sql);
  const settle = (messages: PostbackMessage[]): string[] => {
    const commands = messages.map((message) => {
      const { clickId } = message.content;
      const click = clickId === undefined ? null : CLICKS[clickId === WHERE.other ? 1 : 0];
      return makeCommand(message, click ?? null, setUp);
    });
    return sql
      .transaction(() => decideShare(sql, commands, START_MS))
      .decided.map((one) => {
        if ("error" in one) return `error: ${one.error.slice(0, 60)}`;
        const row = one.rows.postbacks.find(({ receipt }) => receipt === one.receipt);
        return row?.reason ? `${row.status} ${row.reason}` : `${row?.status}`;
      });
  };
  const outcomes = (): string[] =>
    pageOfMessages(sql, "", 100_000)
      .toSorted((left, right) => left.command.receivedAtMs - right.command.receivedAtMs)
      .map(({ outcome }) => outcome.reason ?? outcome.status);
  return { sql, settle, outcomes };
}

let receipts = 0;

function message(atMs: number, content: PostbackMessage["content"]): PostbackMessage {
  const receipt = `0${String(++receipts).padStart(9, "0")}`.padEnd(26, "0");
  const sent = { event: "sale", ...content };
  return {
    kind: "postback",
    receipt,
    advertiser: 1,
    receivedAtMs: START_MS + 90_000 + atMs,
    channel: "get",
    content: sent,
  };
}

function pixel(atMs: number, content: PostbackMessage["content"] = {}): PostbackMessage {
  return { ...message(atMs, { clickId: WHERE.own, ...content }), channel: "pixel" };
}

function count(sql: ObjectStorage, query: string): number {
  return Number(sql.exec(`SELECT count(*) AS n FROM ${query}`).toArray()[0]?.n);
}

test("five pixels leave a cap of five to the sender", () => {
  const { sql, settle } = books(CAPPED);
  settle(Array.from({ length: 5 }, (_, index) => pixel(index, { txid: `p${index}` })));
  const sold = (index: number) => message(10 + index, { txid: `s${index}`, clickId: WHERE.other });
  expect(settle(Array.from({ length: 6 }, (_, index) => sold(index)))).toEqual([
    ...Array.from({ length: 5 }, () => "attributed"),
    "rejected over_cap",
  ]);
  expect(settle([message(20, { txid: "p0" })])).toEqual(["rejected over_cap"]);
  expect(count(sql, "conversions")).toBe(5);
});

test("an order number that takes a claim's click takes a place under the cap of its own day", () => {
  const { sql, settle } = books(CAPPED);
  settle([pixel(0, { txid: "A" })]);
  expect(settle([message(86_400_000, { txid: "A" })])).toEqual(["attributed"]);
  const taken = sql.exec("SELECT key, taken FROM caps").toArray();
  expect(taken).toEqual([{ key: expect.stringContaining("2026-11-02"), taken: 1 }]);
});

test("1,900 pixels are no conversions, and ten of them are claims", () => {
  const { sql, settle } = books();
  for (let from = 0; from < 1_900; from += 100)
    settle(Array.from({ length: 100 }, (_, index) => pixel(from + index, { txid: `o${from + index}` })));
  expect(count(sql, "conversions")).toBe(0);
  expect(count(sql, "messages WHERE outcome ->> '$.status' = 'parked'")).toBe(CLAIMS_PER_CLICK);
  expect(count(sql, "messages WHERE order_key IS NOT NULL OR click_key IS NOT NULL")).toBe(CLAIMS_PER_CLICK);
});

test("the thousandth pixel on a click makes its batch read no more than the eleventh, and the sender's message neither", () => {
  const { sql, settle } = books();
  const reads = (work: () => void): number => {
    const before = sql.rowsRead;
    work();
    return sql.rowsRead - before;
  };
  settle(Array.from({ length: 20 }, (_, index) => pixel(index)));
  const early = reads(() => settle([pixel(100)]));
  for (let batch = 0; batch < 40; batch++)
    settle(Array.from({ length: 100 }, (_, index) => pixel(1_000 + batch * 100 + index)));
  expect(reads(() => settle([pixel(100_000)]))).toBe(early);
  expect(reads(() => expect(settle([message(200_000, { clickId: WHERE.own })])).toEqual(["attributed"]))).toBeLessThan(
    80,
  );
});

test("claims are heard by the order of receipt, whatever the order of delivery", () => {
  const sent = Array.from({ length: 14 }, (_, index) =>
    pixel(index, { txid: "A", clickId: index < 2 ? WHERE.other : WHERE.own }),
  );
  const heard = [
    ...Array.from({ length: CLAIMS_PER_ORDER }, () => "claim"),
    ...Array.from({ length: 11 }, () => "too_many_claims"),
  ];
  for (const delivered of [sent, sent.toReversed(), [...sent.slice(5), ...sent.slice(0, 5)]]) {
    const { settle, outcomes } = books();
    for (const one of delivered) settle([one]);
    expect(outcomes()).toEqual(heard);
    settle(sent);
    expect(outcomes()).toEqual(heard);
  }
});

test("a late claim makes an order ambiguous that one click had alone, and gives it back when a third takes its place", () => {
  const { settle, outcomes } = books(CAPPED);
  settle([pixel(50, { txid: "A" }), message(90, { txid: "A", amountMicros: 1 })]);
  expect(outcomes()).toEqual(["claim_replaced", "attributed"]);
  settle([pixel(60, { txid: "A", clickId: WHERE.other })]);
  expect(outcomes()).toEqual(["claim", "claim", "ambiguous_order"]);
  settle([pixel(51, { txid: "A" }), pixel(52, { txid: "A" })]);
  expect(outcomes()).toEqual(["claim_replaced", "claim_replaced", "claim_replaced", "too_many_claims", "attributed"]);
});

test("claims do not join orders: a sender's message reads its own, however many claims name them together", () => {
  const { sql, settle } = books();
  // Each order is claimed on two clicks, each click claims ten orders.
  for (let order = 0; order < 60; order++)
    settle([
      pixel(order, { txid: `o${order}`, clickId: `${order}`.padStart(36, "x") }),
      pixel(order, { txid: `o${order}`, clickId: `${order + 1}`.padStart(36, "x") }),
      pixel(order, { clickId: `${order}`.padStart(36, "x") }),
    ]);
  const before = sql.rowsRead;
  settle([message(1_000, { txid: "o30" })]);
  expect(sql.rowsRead - before).toBeLessThan(60);
});

test("a message with too large a family fails alone", { timeout: 120_000 }, () => {
  const { sql, settle } = books();
  // An event that counts once per click: one order on 251 clicks, each with 199 orders more.
  settle([message(0, { event: "lead", txid: "hub", clickId: WHERE.own })]);
  sql.exec(`INSERT INTO messages (seat, receipt, order_key, click_key, stage, settled_at, command, outcome, touched)
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 250), o(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM o WHERE j < 199)
    SELECT ${seatSql(MESSAGES, "printf('1%016d', 200 * i + j)")}, printf('1%016d', 200 * i + j), iif(j = 0, order_key, replace(order_key, 'hub', printf('o%d-%d', i, j))),
      replace(click_key, '${WHERE.own}', printf('%036d', i)), stage, settled_at,
      json_set(command, '$.content.clickId', printf('%036d', i), '$.content.txid', iif(j = 0, 'hub', printf('o%d-%d', i, j))),
      json_object('status', 'rejected', 'reason', 'over_cap'), '{"entries":[]}' FROM n, o, messages m`);
  expect(count(sql, "messages")).toBeGreaterThan(LOAD_LIMIT);
  const told = settle([
    message(1, { txid: "A", clickId: WHERE.own }),
    message(2, { event: "lead", txid: "hub", clickId: WHERE.own }),
  ]);
  expect(told).toEqual(["attributed", expect.stringContaining("error: the families of this share hold more")]);
});

test("the reason says how many", () => {
  expect(OUTCOME_REASONS.too_many_claims.message).toBe(
    `The pixel is heard ${{ 10: "ten" }[CLAIMS_PER_CLICK]} times for a click and event, and ${{ 3: "three" }[CLAIMS_PER_ORDER]} times for an order.`,
  );
});
