/** What comes again from outside: it takes effect once, at its earliest attempt that takes a key, and until one does it is decided anew each time. */
import { expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { MAX_ATTEMPTS } from "../../workers/core/books/attempts.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import type { SetUp } from "../../workers/core/books/set-up.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, LINKS, SET_UP, START_MS } from "./world.ts";

const CLICK_ID = "c".repeat(36);
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
  /** Settles an attempt received `atS` seconds after the start; gives its row of the log. */
  const settle = (message: PostbackMessage, setUp = SET_UP) => {
    const command = makeCommand(message, message.content.clickId === undefined ? null : (CLICKS[0] ?? null), setUp);
    const [decided] = sql.transaction(() => decideShare(sql, [command], START_MS)).decided;
    if (!decided || !("rows" in decided)) throw new Error(decided?.error);
    return decided.rows.postbacks.find(({ receipt }) => receipt === message.receipt);
  };
  const rowOf = (receipt: string) => pageOfMessages(sql, "", 1_000).find(({ command }) => command.receipt === receipt);
  return { sql, settle, rowOf };
}

interface Told {
  version?: number;
  row?: number;
  replay?: true;
}

function attempt(receipt: number, atS: number, content: PostbackMessage["content"], told: Told = {}): PostbackMessage {
  const { version = 1, ...rest } = told;
  return {
    kind: "postback",
    receipt: `${receipt}`.padStart(3, "0").padEnd(26, "0"),
    named: true,
    advertiser: 1,
    receivedAtMs: START_MS + 1_000_000 + atS * 1_000,
    channel: "get",
    credentialVersion: version,
    content,
    ...rest,
  };
}

const atMs = (atS: number): number => START_MS + 1_000_000 + atS * 1_000;
const sale = { clickId: CLICK_ID, event: "sale", txid: "T", amountMicros: 40_000_000 } as const;
const approval = { event: "sale", txid: "T", status: "approved" } as const;

test("what came by revoked credentials counts when it comes by good ones, once, and from then", () => {
  const { sql, settle } = books();
  expect(settle(attempt(1, 0, sale, { version: 9 }))).toMatchObject({ reason: "credentials_revoked", stage: 1 });
  const taken = settle(attempt(1, 60, sale));
  expect(taken).toMatchObject({ status: "attributed", stage: 2, received_at: atMs(0), credential_version: 1 });
  expect(JSON.parse(taken?.attempts ?? "")).toEqual([
    {
      receivedAtMs: atMs(0),
      row: 0,
      credentialVersion: 9,
      addressHash: null,
      status: "rejected",
      reason: "credentials_revoked",
    },
    { receivedAtMs: atMs(60), row: 0, credentialVersion: 1, addressHash: null, status: "attributed", reason: null },
  ]);
  expect(settle(attempt(1, 120, sale))).toMatchObject({ status: "attributed", stage: 2 });
  const [held, ...others] = pageOfConversions(sql, "", 10);
  expect(others).toEqual([]);
  expect(held?.conversion).toMatchObject({ seq: 1, messages: 1, base: { receivedAtMs: atMs(60) } });
});

test("an unknown event counts when it comes again after the offer has it; a redelivery is no attempt", () => {
  const { settle } = books();
  const gift = { ...sale, event: "gift" };
  expect(settle(attempt(1, 0, gift))).toMatchObject({ reason: "unknown_event", stage: 1 });
  expect(settle(attempt(1, 0, gift), MENDED)).toMatchObject({ reason: "unknown_event", stage: 1 });
  expect(settle(attempt(1, 60, gift), MENDED)).toMatchObject({ status: "attributed", stage: 2 });
  expect(settle(attempt(1, 60, gift), SET_UP)).toMatchObject({ status: "attributed", stage: 2 });
});

test("other credentials, or another row, at the same moment are another attempt", () => {
  const { settle } = books();
  expect(settle(attempt(1, 0, sale, { version: 9 }))?.reason).toBe("credentials_revoked");
  expect(settle(attempt(1, 0, sale))?.status).toBe("attributed");
  expect(settle(attempt(2, 0, approval, { version: 9, row: 3 }))?.reason).toBe("credentials_revoked");
  expect(settle(attempt(2, 0, approval, { row: 4 }))?.status).toBe("duplicate");
});

test("an approval that came before its sale counts when it comes again after it", () => {
  const { settle } = books();
  expect(settle(attempt(2, 0, approval))?.reason).toBe("unknown_order");
  settle(attempt(1, 10, { ...sale, status: "pending" }));
  expect(settle(attempt(2, 0, approval))?.reason).toBe("unknown_order");
  expect(settle(attempt(2, 20, approval))?.status).toBe("updated");
});

test("an earlier attempt that is delivered late takes the effect, unless it takes no key", () => {
  const { sql, settle } = books();
  settle(attempt(1, 60, sale));
  expect(settle(attempt(1, 0, sale, { version: 9 }))).toMatchObject({ status: "attributed", received_at: atMs(0) });
  expect(pageOfConversions(sql, "", 10)[0]?.conversion.base.receivedAtMs).toBe(atMs(60));
  expect(settle(attempt(1, 30, sale))).toMatchObject({ status: "attributed", received_at: atMs(0) });
  expect(pageOfConversions(sql, "", 10)[0]?.conversion.base.receivedAtMs).toBe(atMs(30));
});

test("an attempt that was barred does not hide an earlier one from a message that comes late", () => {
  const { settle, rowOf } = books();
  expect(settle(attempt(2, 10, approval))?.reason).toBe("unknown_order");
  expect(settle(attempt(2, 60, approval, { version: 9 }))?.reason).toBe("credentials_revoked");
  settle(attempt(1, 0, { ...sale, status: "pending" }));
  const settled = rowOf(attempt(2, 0, approval).receipt);
  expect(settled?.outcome.status).toBe("updated");
  expect(settled?.command.receivedAtMs).toBe(atMs(10));
});

test("what was barred first, and named nothing, is found by the attempt that named its order", () => {
  const { settle, rowOf } = books();
  settle(attempt(2, 0, approval, { version: 9 }));
  settle(attempt(2, 10, approval));
  settle(attempt(1, 5, { ...sale, status: "pending" }));
  expect(rowOf(attempt(2, 0, approval).receipt)?.outcome.status).toBe("updated");
});

/** Parked at 0 it has its key; a sale of 10 that is in another currency takes it away. So the attempt of 30 was no repeat. */
test.each([
  ["received", [0, 1, 2, 3]],
  ["received, the repeat first", [1, 0, 2, 3]],
  ["of the sale coming last", [0, 1, 3, 2]],
  ["of the approval coming last", [0, 1, 2, 3].reverse()],
])("a repeat that turns out to be none is decided: in the order %s", (_, order) => {
  const { settle, rowOf } = books();
  const back = { clickId: CLICK_ID, event: "sale", txid: "T", status: "reversed" } as const;
  const told = [
    attempt(2, 0, { ...back, currency: "EUR" }),
    attempt(2, 30, back),
    attempt(1, 10, sale),
    attempt(3, 40, approval),
  ];
  for (const place of order) {
    const message = told[place];
    if (message) settle(message);
  }
  expect(rowOf(attempt(2, 0, back).receipt)?.outcome).toMatchObject({ status: "updated" });
});

test("of a sender's loop no more is kept than the bound, and its message still counts once the order is there", () => {
  const { settle, rowOf } = books();
  const { receipt } = attempt(2, 0, approval);
  for (let atS = 0; atS < 40; atS++) settle(attempt(2, atS, approval, { version: atS % 2 ? 9 : 1 }));
  expect(rowOf(receipt)?.attempts).toHaveLength(MAX_ATTEMPTS - 1);
  settle(attempt(1, 200, { ...sale, status: "pending" }));
  expect(settle(attempt(2, 300, approval))).toMatchObject({ status: "updated", received_at: atMs(0) });
  const { stage } = rowOf(receipt) ?? {};
  for (let atS = 301; atS < 330; atS++) expect(settle(attempt(2, atS, approval))?.stage).toBe(stage);
  expect(rowOf(receipt)?.attempts).toHaveLength(MAX_ATTEMPTS - 1);
  expect(rowOf(receipt)?.command.receivedAtMs).toBe(atMs(300));
});

test.each([
  ["the earliest first", [0, 60]],
  ["the latest first", [60, 0]],
])("a replay of all attempts gives the effect to the earliest that takes a key now: %s", (_, order) => {
  const { sql, settle } = books();
  const gift = { ...sale, event: "gift" };
  for (const atS of [0, 60]) expect(settle(attempt(1, atS, gift))?.reason).toBe("unknown_event");
  for (const atS of order) settle(attempt(1, atS, gift, { replay: true }), MENDED);
  expect(pageOfConversions(sql, "", 10).map(({ conversion }) => conversion.base.receivedAtMs)).toEqual([atMs(0)]);
});
