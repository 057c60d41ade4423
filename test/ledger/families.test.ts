/** Full batches over orders with long histories: what is held is found, however much there is of it, and a late message counts in its own period's cap. */
import { expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import type { SetUp } from "../../workers/core/books/set-up.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, DAY_MS, LINKS, SET_UP, START_MS } from "./world.ts";

function books(setUp: SetUp = SET_UP) {
  const sql = new ObjectStorage();
  createTables(sql);
  const settle = (messages: PostbackMessage[]) => {
    const commands = messages.map((message) => makeCommand(message, CLICKS[0] ?? null, setUp));
    const { decided } = sql.transaction(() => decideShare(sql, commands, START_MS));
    return decided.map((one) =>
      "rows" in one ? one.rows.postbacks.find(({ receipt }) => receipt === one.receipt)?.status : one.error,
    );
  };
  return { sql, settle };
}

let receipts = 0;

function message(atMs: number, content: PostbackMessage["content"]): PostbackMessage {
  const receipt = `0${String(++receipts).padStart(9, "0")}`.padEnd(26, "0");
  return {
    kind: "postback",
    receipt,
    advertiser: 1,
    receivedAtMs: START_MS + 1_000 + atMs,
    channel: "get",
    content: { clickId: "c".repeat(36), event: "sale", ...content },
  };
}

const count = (sql: ObjectStorage, table: string): number => sql.exec(`SELECT 1 FROM ${table}`).toArray().length;

test("a hundred orders, restated forty times in full batches, stay a hundred conversions", { timeout: 60_000 }, () => {
  const { sql, settle } = books();
  for (let night = 0; night < 40; night++) {
    const said = settle(
      Array.from({ length: 100 }, (_, order) =>
        message(night * 1_000 + order, { txid: `o${order}`, amountMicros: 1_000_000 + night }),
      ),
    );
    expect(new Set(said)).toEqual(new Set([night === 0 ? "attributed" : "updated"]));
  }
  expect(count(sql, "conversions")).toBe(100);
});

test("a sender's loop about one order does not hide it, nor another one of its batch", { timeout: 60_000 }, () => {
  const { sql, settle } = books();
  settle([message(0, { txid: "loop" }), message(1, { txid: "other" })]);
  for (let batch = 0; batch < 8; batch++) {
    const said = settle(
      Array.from({ length: 100 }, (_, index) =>
        message(10 + batch * 100 + index, {
          txid: index === 99 ? "other" : "loop",
          status: index % 2 ? "pending" : "approved",
        }),
      ),
    );
    expect(said).not.toContain("attributed");
  }
  expect(count(sql, "conversions")).toBe(2);
});

test("an ID that was given is not given again, when a late message empties its conversion and a later one needs another", () => {
  const { sql, settle } = books();
  const seqs = new Map<string, number>();
  const steps = [
    message(4_000, { amountMicros: 10_000_000 }),
    message(3_000, { txid: "A", amountMicros: 10_000_000 }),
    message(2_000, { txid: "A" }),
    message(1_000, { txid: "C" }),
  ];
  for (const step of steps) {
    settle([step]);
    for (const { conversion } of pageOfConversions(sql, "", 100)) {
      expect(conversion.seq).toBeGreaterThanOrEqual(seqs.get(conversion.id) ?? 0);
      seqs.set(conversion.id, conversion.seq);
    }
  }
});

test("a late message that moves a conversion to another day moves its place under the cap, and no other", () => {
  const links = new Map(
    [...LINKS].map(([number, link]) => [number, { ...link, caps: [{ event: "sale", per: "day", limit: 5 } as const] }]),
  );
  const { sql, settle } = books({ ...SET_UP, links });
  settle(Array.from({ length: 4 }, (_, index) => message(index, { txid: `d${index}` })));
  const early = message(100, { txid: "moved", status: "pending" });
  settle([message(DAY_MS + 5, { txid: "moved", status: "pending" })]);
  settle([early]);
  const taken = sql
    .exec("SELECT key, taken FROM caps ORDER BY key")
    .toArray()
    .map((row) => Number(row.taken));
  expect(taken).toEqual([5, 0]);
  expect(settle([message(200, { txid: "sixth" })])).toEqual(["rejected"]);
});

test("rows of one batch are booked in the sender's order, whatever their receipts", () => {
  const { sql, settle } = books();
  for (let order = 0; order < 30; order++) {
    const contents = [
      { amountMicros: 10_000_000, status: "pending" },
      { status: "approved" },
      { status: "reversed", amountMicros: 4_000_000 },
    ] as const;
    const rows = contents.map(
      (content, index): PostbackMessage => ({
        ...message(0, { txid: `b${order}`, ...content }),
        row: index + 1,
        receipt: `${(index * 7 + order * 5) % 10}${order}${index}`.padStart(4, "0").padEnd(26, "0"),
      }),
    );
    expect(settle(rows)).toEqual(["attributed", "updated", "updated"]);
  }
  expect(count(sql, "conversions")).toBe(30);
});
