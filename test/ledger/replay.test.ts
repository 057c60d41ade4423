/** A replay decides anew what took no key, after the operator mended the set-up; what is held it leaves alone. */
import { expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import type { Credential } from "../../schema/records.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import type { SetUp } from "../../workers/core/books/set-up.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, LINKS, SET_UP, START_MS } from "./world.ts";

/** The set-up with an event more on every offer. */
const MENDED: SetUp = {
  ...SET_UP,
  links: new Map(
    [...LINKS].map(([number, link]) => [
      number,
      { ...link, events: [...link.events, ...link.events.slice(1, 2).map((event) => ({ ...event, name: "gift" }))] },
    ]),
  ),
};

function books() {
  const sql = new ObjectStorage();
  createTables(sql);
  return (message: PostbackMessage, setUp: SetUp) => {
    const command = makeCommand(message, message.content.clickId === undefined ? null : (CLICKS[0] ?? null), setUp);
    const [decided] = sql.transaction(() => decideShare(sql, [command], START_MS)).decided;
    const rows = decided && "rows" in decided ? decided.rows.postbacks : [];
    return rows.find(({ receipt }) => receipt === message.receipt);
  };
}

function message(number: number, content: PostbackMessage["content"]): PostbackMessage {
  return {
    kind: "postback",
    receipt: `${number}`.padStart(3, "0").padEnd(26, "0"),
    advertiser: 1,
    receivedAtMs: START_MS + 1_000 + number,
    channel: "get",
    content,
  };
}

const gift = message(1, { clickId: "c".repeat(36), event: "gift", txid: "g", amountMicros: 1_000_000 });

test("an unknown event is booked once the offer has it, and stays booked", () => {
  const settle = books();
  expect(settle(gift, SET_UP)).toMatchObject({ status: "rejected", reason: "unknown_event", stage: 1 });
  expect(settle(gift, MENDED)).toMatchObject({ status: "rejected", stage: 1 });
  expect(settle({ ...gift, replay: true }, MENDED)).toMatchObject({ status: "attributed", stage: 2 });
  expect(settle({ ...gift, replay: true }, MENDED)).toMatchObject({ status: "attributed", stage: 2 });
  expect(settle(gift, SET_UP)).toMatchObject({ status: "attributed", stage: 2 });
});

test("what a replay booked is held: the order sent again is a duplicate, and its refund finds it", () => {
  const settle = books();
  settle(gift, SET_UP);
  settle({ ...gift, replay: true }, MENDED);
  expect(settle(message(10, { ...gift.content }), MENDED)?.status).toBe("duplicate");
  expect(settle(message(11, { txid: "g", event: "gift", status: "reversed" }), MENDED)?.status).toBe("updated");
});

test("a replay does not vouch for what revoked credentials vouched for, and does for those that ended in their time", () => {
  const ended = START_MS + 60_000;
  const withCredentials = (credential: Credential): SetUp => ({
    ...MENDED,
    credentials: new Map([[1, [{ version: 2, key: 1 }, credential]]]),
  });
  const sent = { ...gift, credentialVersion: 1 };
  for (const [credential, expected] of [
    [{ version: 1, key: 1, untilMs: ended, revoked: true }, "credentials_revoked"],
    [{ version: 1, key: 1, untilMs: ended }, null],
  ] as const) {
    const settle = books();
    expect(settle(sent, SET_UP)?.reason).toBe("unknown_event");
    expect(settle({ ...sent, replay: true }, withCredentials(credential))?.reason).toBe(expected);
  }
});

test("what revoked credentials vouched for in time is booked when it is first settled late", () => {
  const revoked = { version: 1, key: 1, untilMs: START_MS + 60_000, revoked: true } as const;
  const setUp = { ...MENDED, credentials: new Map([[1, [{ version: 2, key: 1 }, revoked]]]) };
  expect(books()({ ...gift, credentialVersion: 1 }, setUp)?.status).toBe("attributed");
});

test("a replay that still fits nothing says so again", () => {
  const settle = books();
  settle(gift, SET_UP);
  expect(settle({ ...gift, replay: true }, SET_UP)).toMatchObject({ status: "rejected", reason: "unknown_event" });
});

test("a refund of an order that came later is booked by a replay", () => {
  const settle = books();
  const approval = message(2, { event: "sale", txid: "late", status: "approved" });
  expect(settle(approval, SET_UP)).toMatchObject({ status: "unattributed", reason: "unknown_order" });
  expect(
    settle(
      message(3, { clickId: "c".repeat(36), event: "sale", txid: "late", status: "pending", amountMicros: 5 }),
      SET_UP,
    )?.status,
  ).toBe("attributed");
  expect(settle({ ...approval, replay: true }, SET_UP)?.status).toBe("unattributed");
  expect(settle({ ...message(4, approval.content), replay: true }, SET_UP)?.status).toBe("updated");
});

test("a replay keeps the name that the sender gave", () => {
  const settle = books();
  settle(message(5, { clickId: "c".repeat(36), event: "sale", txid: "n", amountMicros: 10 }), SET_UP);
  const refund = (number: number): PostbackMessage => ({
    ...message(number, { event: "gift", clickId: "c".repeat(36), txid: "n", status: "reversed", amountMicros: 2 }),
    named: true,
  });
  settle(refund(6), SET_UP);
  settle(refund(7), SET_UP);
  settle(message(8, { clickId: "c".repeat(36), event: "gift", txid: "n", amountMicros: 10 }), MENDED);
  const { named: _, ...lossy } = refund(6);
  const { named: __, ...lossyToo } = refund(7);
  expect(settle({ ...lossy, replay: true }, MENDED)?.status).toBe("updated");
  expect(settle({ ...lossyToo, replay: true }, MENDED)?.status).toBe("updated");
});

test("a replay keeps its place among the rows of a batch", () => {
  const settle = books();
  const row = (row: number, receipt: number): PostbackMessage => ({
    ...message(receipt, { ...gift.content, amountMicros: row }),
    receivedAtMs: START_MS + 5_000,
    row,
  });
  const [first, second] = [row(1, 9), row(2, 8)];
  for (const sent of [first, second]) expect(settle(sent, SET_UP)?.status).toBe("rejected");
  const { row: _, ...lossy } = first;
  const { row: __, ...lossyToo } = second;
  expect(settle({ ...lossyToo, replay: true }, MENDED)?.status).toBe("attributed");
  expect(settle({ ...lossy, replay: true }, MENDED)?.status).toBe("attributed");
});
