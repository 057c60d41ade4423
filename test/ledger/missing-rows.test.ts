/** What must be there and is not: the message that meets the gap fails alone, by the name of what is missing; nothing of it is written, and its neighbours are settled. */
import { beforeEach, expect, test, vi } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables } from "../../workers/ledger/object-storage.ts";
import { settleOrRetry } from "../../workers/ledger/settle.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "./click-days.ts";
import { seedSetUp } from "./seed.ts";
import { ObjectStorage, SqliteD1 } from "./sqlite-platform.ts";
import { DAY_MS, issueClicks, LINKS, NO_TRACKERS, NOBODY_IS_TOLD, SET_UP, START_MS, testKeyRing } from "./world.ts";

const ring = await testKeyRing();
const clicks = await issueClicks(ring);
const SET_UP_WITH_CAPS = {
  ...SET_UP,
  links: new Map(
    [...LINKS].map(([number, link]) => [number, { ...link, caps: [{ event: "sale", per: "day", limit: 9 } as const] }]),
  ),
};

let object: ObjectStorage;

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  object = new ObjectStorage();
  createTables(object);
});

/** The `number`th message, about an order of its own unless it says otherwise. */
function message(number: number, content: PostbackMessage["content"] = {}): PostbackMessage {
  return {
    kind: "postback",
    receipt: `${number}`.padStart(3, "0").padEnd(26, "0"),
    advertiser: 1,
    receivedAtMs: START_MS + 600_000 + number,
    channel: "get",
    credentialVersion: 1,
    content: { clickId: onLink(1), event: "sale", txid: `t${number}`, amountMicros: 1_000_000, ...content },
  };
}

function onLink(link: number): string {
  return clicks.find(({ click }) => click.link === link)?.id ?? "";
}

/** Decides a share; of each message its outcome, or the first line of its error. */
function decide(...messages: PostbackMessage[]): (string | undefined)[] {
  const commands = messages.map((one) => {
    const issued = clicks.find(({ id }) => id === one.content.clickId);
    return makeCommand(one, issued?.click ?? null, SET_UP_WITH_CAPS);
  });
  const { decided } = object.transaction(() => decideShare(object, commands, START_MS));
  return decided.map((one) =>
    "rows" in one
      ? one.rows.postbacks.find(({ receipt }) => receipt === one.receipt)?.status
      : one.error.split("\n")[0],
  );
}

/** Everything that the object stores of these messages, their conversions and their caps. */
function stored(table: "messages" | "conversions" | "caps", like = "%"): unknown[] {
  const key = { messages: "receipt", conversions: "id", caps: "key" }[table];
  return object.exec(`SELECT * FROM ${table} WHERE ${key} LIKE ? ORDER BY ${key}`, like).toArray();
}

function conversionOf(number: number): string {
  const query = "SELECT outcome ->> '$.conversion' AS id FROM messages WHERE receipt = ?";
  return String(object.exec(query, message(number).receipt).toArray()[0]?.id);
}

test("a conversion that its messages name", () => {
  decide(message(1), message(2));
  const lost = conversionOf(1);
  object.exec("DELETE FROM conversions WHERE id = ?", lost);
  const before = stored("messages", `${message(1).receipt}%`);
  const refund = message(3, { txid: "t1", status: "reversed" });
  expect(decide(refund, message(4), message(5, { txid: "t2", status: "reversed" }))).toEqual([
    `Error: conversion ${lost} is missing`,
    "attributed",
    "updated",
  ]);
  expect(stored("messages", refund.receipt)).toEqual([]);
  expect(stored("messages", `${message(1).receipt}%`)).toEqual(before);
  expect(stored("conversions")).toHaveLength(2);
  // Three were made and took a place; one that can be reversed was.
  expect(stored("caps").map((row) => Object.values(Object(row))[1])).toEqual([2]);
});

test("what the messages of a link have in common, without which none of them can be read", () => {
  decide(message(1), message(2, { clickId: onLink(2) }), message(3));
  const [common] = object.exec("SELECT number FROM common WHERE text LIKE '%\"affiliate\":2%'").toArray();
  object.exec("DELETE FROM common WHERE number = CAST(? AS INTEGER)", String(common?.number));
  const refunds = [1, 2, 3].map((number) => message(number + 10, { txid: `t${number}`, status: "reversed" }));
  const said = decide(...refunds, message(4), message(2, { clickId: onLink(2) }));
  const missing = `Error: what is common under number ${common?.number} is missing`;
  expect(said).toEqual(["updated", missing, "updated", "attributed", missing]);
  expect(stored("messages", message(12).receipt)).toEqual([]);
});

test("a conversion that a message wrote first, when it is delivered again", () => {
  decide(message(1), message(2));
  const lost = conversionOf(1);
  object.exec("DELETE FROM conversions WHERE id = ?", lost);
  expect(decide(message(1), message(2), message(3))).toEqual([
    `Error: conversion ${lost} is missing`,
    "attributed",
    "attributed",
  ]);
});

test("an entry that a message booked first, when it is delivered again", () => {
  decide(message(1), message(2));
  const shortened = conversionOf(1);
  object.exec("UPDATE conversions SET state = json_set(state, '$.entries', json('[]')) WHERE id = ?", shortened);
  expect(decide(message(1), message(2))).toEqual([
    `Error: the first entry of conversion ${shortened} is missing`,
    "attributed",
  ]);
});

test("a row that a message wrote first, when it turns out to have been received earlier: nothing changes", () => {
  decide(message(5, { status: "reversed", txid: "t6" }), message(6));
  // The sale released the refund that waited for it, and answers for the refund's row too.
  const [refund, sale] = [message(5), message(6)];
  object.exec("DELETE FROM messages WHERE receipt = ?", refund.receipt);
  const before = [stored("messages"), stored("conversions"), stored("caps")];
  expect(decide({ ...sale, receivedAtMs: sale.receivedAtMs - 100 })).toEqual([
    `Error: message ${refund.receipt} is missing`,
  ]);
  expect([stored("messages"), stored("conversions"), stored("caps")]).toEqual(before);
});

test("the set-up of a message's advertiser, and an object's conversion, on the way through a batch", async () => {
  const db = new SqliteD1("books", "schema/migrations/books", async () => {});
  const log = new SqliteD1("log", "schema/migrations/log", async () => {});
  seedSetUp(db.db);
  decide(message(1));
  object.exec("DELETE FROM conversions");
  const told: unknown[] = [];
  const batch = [
    message(2),
    message(3, { txid: "t1", status: "reversed" }),
    { ...message(4), advertiser: 9 },
    message(5),
  ].map((body) => ({
    body,
    attempts: 1,
    ack: () => told.push([body.receipt, "ack"]),
    retry: () => told.push([body.receipt, "retry"]),
  }));
  await settleOrRetry(
    {
      DB: db,
      ...NOTHING_ARCHIVED,
      ...NO_TRACKERS,
      days: new MemoryDays(db).days,
      LOG: log,
      markDue: () => Promise.reject(new Error("nothing is due here")),
      NOTICES: NOBODY_IS_TOLD,
      POSTBACKS: { sendBatch: () => Promise.reject(new Error("nothing waits here")) },
      decideShare: async (_, commands, nowMs) => object.transaction(() => decideShare(object, commands, nowMs)),
      reviewCaps: async () => {},
      ring,
      nowMs: () => START_MS + DAY_MS,
      chance: () => 0,
    },
    batch,
  );
  expect(told.sort()).toEqual([
    [message(2).receipt, "ack"],
    [message(3).receipt, "retry"],
    [message(4).receipt, "retry"],
    [message(5).receipt, "ack"],
  ]);
  const logged = vi.mocked(console.error).mock.calls.map(([said]) => String(said.error).split("\n")[0]);
  expect(logged.sort()).toEqual([
    expect.stringMatching(/^Error: conversion \w{26} is missing$/),
    "Error: the set-up of advertiser 9 is missing",
  ]);
  expect(log.db.prepare("SELECT receipt FROM postbacks ORDER BY receipt").all()).toEqual(
    [message(2), message(5)].map(({ receipt }) => ({ receipt })),
  );
});
