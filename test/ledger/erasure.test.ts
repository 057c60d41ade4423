/** Erasure in an advertiser's object: who is meant, what is left, and what comes later under an erased name. */

import { beforeEach, describe, expect, test } from "vitest";
import type { ErasureMessage, PostbackContent, PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { hexClickId } from "../../workers/core/click-id-hex.ts";
import { importErasureKey, isErasedText, replacementFor } from "../../workers/core/erasure/erased-names.ts";
import { eraseLetter } from "../../workers/ledger/erasure/erase-letters.ts";
import { personOf } from "../../workers/ledger/erasure/erased-person.ts";
import { type ErasureParts, takeErasure } from "../../workers/ledger/erasure/take-erasure.ts";
import { findBooks } from "../../workers/ledger/object-beside.ts";
import {
  CLAIMS_AT_ONCE,
  decideMeetingErased,
  eraseBooks,
  eraseClaims,
  findPersonal,
  tellPersonal,
} from "../../workers/ledger/object-erasure.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { MemoryDays } from "./click-days.ts";
import { ERASURE_KEY } from "./erasure-key.ts";
import { NO_ARCHIVE } from "./simulation.ts";
import { ObjectStorage, SqliteD1 } from "./sqlite-platform.ts";
import { CLICKS, issueClicks, SET_UP, START_MS, testKeyRing } from "./world.ts";

const KEY = importErasureKey(ERASURE_KEY);
const OURS = replacementFor(KEY, 1);
const ids = (await issueClicks(await testKeyRing())).map(({ id }) => id);
const [first = "", second = ""] = ids;

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

/** Sends what comes next; says what became of it, and who is to be erased since. */
function send(content: PostbackContent, more: Partial<PostbackMessage> = {}) {
  sent += 1;
  const receipt = receiptOf(sent);
  const receivedAtMs = START_MS + 600_000 + sent;
  const message: PostbackMessage = {
    kind: "postback",
    receipt,
    advertiser: 1,
    receivedAtMs,
    channel: "get",
    content,
    ...more,
  };
  const command = makeCommand(message, CLICKS[ids.indexOf(content.clickId ?? "")] ?? null, SET_UP);
  const { toErase } = sql.transaction(() => decideMeetingErased(sql, KEY, [command], START_MS));
  const stored = pageOfMessages(sql, "", 100).find((one) => one.command.receipt === receipt);
  return { status: stored?.outcome.status, toErase, content: stored?.command.content };
}

/** Erases as the ledger does: again with all names until there are no more. */
function erase(names: { clickIds?: string[]; txids?: string[] }): void {
  let all = { clickIds: names.clickIds ?? [], txids: names.txids ?? [] };
  for (let round = 0; round < 5; round++) {
    const erased = sql.transaction(() => eraseBooks(sql, OURS, all, START_MS));
    if (!("more" in erased)) {
      eraseAllClaims(all);
      return;
    }
    all = erased.more;
  }
  throw new Error("it finds more names for ever");
}

function eraseAllClaims(names: { clickIds: string[]; txids: string[] }): void {
  for (let after: string | null = ""; after !== null; )
    after = sql.transaction(() => eraseClaims(sql, OURS, names, after ?? "", START_MS)).next;
}

function everything(): string {
  const tables = sql.db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return JSON.stringify(tables.map(({ name }) => sql.db.prepare(`SELECT * FROM "${name}"`).all()));
}

const sale = (txid: string, clickId: string | null, more: PostbackContent = {}): PostbackContent => ({
  event: "sale",
  txid,
  amountMicros: 40_000_000,
  coupon: `coupon of ${txid}`,
  ...(clickId === null ? {} : { clickId }),
  ...more,
});

describe("who is meant", () => {
  beforeEach(() => {
    send(sale("order-1", first, { alsoTxid: "also-1" }));
    send(sale("order-2", first));
    send(sale("order-9", second));
    // A message about the order that names another's click.
    send(sale("order-1", second));
  });
  const all = ["order-1", "order-2", "also-1"];

  test.each([
    ["a click", { clickIds: [first], txids: [] }],
    ["an order", { clickIds: [], txids: ["order-2"] }],
    ["another name", { clickIds: [], txids: ["also-1"] }],
    ["what replaced a name", { clickIds: [], txids: [OURS.txid("order-1")] }],
  ])("by %s: the click with all of its orders, and nobody else", (_, names) => {
    if (names.txids.some(isErasedText)) erase({ txids: ["order-1"] });
    const { names: found, conversions } = findPersonal(sql, OURS, names);
    for (const txid of all) expect(found.txids).toContain(OURS.txid(txid));
    expect(found.clickIds).toContain(OURS.clickId(first));
    expect(conversions).toHaveLength(2);
    expect([...found.clickIds, ...found.txids]).not.toContain("order-9");
    expect(found.clickIds).not.toContain(second);
  });

  test("nothing of the person is left, the other one's is whole, and no sum or outcome is another", () => {
    const before = [
      pageOfMessages(sql, "", 100).map((one) => one.outcome),
      pageOfConversions(sql, "", 100).map((one) => one.conversion.entries),
    ];
    erase({ txids: ["order-1"] });
    const left = everything();
    for (const text of [...all, first, "coupon of order-1", "coupon of order-2"]) expect(left).not.toContain(text);
    for (const text of ["order-9", second, "coupon of order-9"]) expect(left).toContain(text);
    expect([
      pageOfMessages(sql, "", 100).map((one) => one.outcome),
      pageOfConversions(sql, "", 100).map((one) => one.conversion.entries),
    ]).toEqual(before);
  });

  test("done again it changes nothing", () => {
    erase({ clickIds: [first] });
    const once = everything();
    erase({ clickIds: [first] });
    expect(everything()).toBe(once);
  });
});

describe("what comes later", () => {
  beforeEach(() => {
    send(sale("order-1", first));
    erase({ clickIds: [first] });
  });

  test("the same order is a duplicate, and what it says is not kept", () => {
    expect(send(sale("order-1", first)).status).toBe("duplicate");
    expect(send(sale("order-1", null)).status).toBe("duplicate");
    expect(everything()).not.toMatch(/order-1|coupon of/);
  });

  test("a refund applies, once, by its name", () => {
    const refund = (refundId: string) =>
      send({ txid: "order-1", event: "sale", status: "reversed", amountMicros: 1, refundId }).status;
    expect([refund("refund-1"), refund("refund-1"), refund("refund-2")]).toEqual(["updated", "duplicate", "updated"]);
    expect(everything()).not.toMatch(/refund-\d/);
  });

  test("another order on the click is the person's too: it is told, and found by its number from then on", () => {
    const { status, toErase } = send(sale("order-3", first));
    expect(status).toBe("attributed");
    expect(toErase?.txids).toContain("order-3");
    erase(toErase ?? {});
    expect(everything()).not.toMatch(/order-3|coupon of/);
    expect(send({ txid: "order-3", event: "sale", status: "reversed" })).toMatchObject({
      status: "updated",
      toErase: null,
    });
  });

  test("a correction is applied, without its note", () => {
    const [stored] = pageOfConversions(sql, "", 1);
    const correction = { by: "ann", note: "the buyer called", conversion: stored?.conversion.id ?? "" };
    expect(send({ status: "reversed" }, { channel: "console", named: true, correction }).status).toBe("updated");
    expect(everything()).not.toContain("called");
  });

  test("others are stored as they come", () => {
    expect(send(sale("order-9", second))).toMatchObject({
      status: "attributed",
      toErase: null,
      content: { coupon: "coupon of order-9" },
    });
  });
});

/** Where a correction that came to nothing may say whose it was: no key leads to it. */
test.each([
  ["$.txid", '"order-7"', { txids: ["order-7"] }],
  ["$.content.txid", '"order-7"', { txids: ["order-7"] }],
  ["$.content.alsoTxid", '"order-7"', { txids: ["order-7"] }],
  ["$.content.clickId", JSON.stringify(first), { clickIds: [first] }],
  ["$.click", JSON.stringify({ clickId: first, clickedAtMs: START_MS, common: 1 }), { clickIds: [first] }],
])("a correction of what is not there any more is found by %s", (place, name, names) => {
  send(sale("order-9", second));
  const correction = { by: "ann", note: "called", conversion: "of none" };
  expect(send({ status: "reversed" }, { channel: "console", named: true, correction }).status).toBe("rejected");
  const named = `UPDATE messages SET command = json_set(command, '${place}', json(?)) WHERE command ->> '$.channel' = 'console' AND order_key IS NULL`;
  sql.db.prepare(named).run(name);
  const said = "txids" in names ? "order-7" : first;
  expect(everything()).toContain(said);
  erase(names);
  expect(everything()).not.toContain(said);
  expect(everything()).toContain("order-9");
});

test("an erased order that comes for the first time takes its click along", () => {
  erase({ txids: ["order-1"] });
  const { status, toErase } = send(sale("order-1", first));
  expect(status).toBe("attributed");
  erase(toErase ?? {});
  expect(everything()).not.toMatch(new RegExp(`order-1|coupon of|${first}`));
});

describe("what anybody can say by the pixel makes nobody one person with another", () => {
  const PIXEL = { channel: "pixel" } as const;
  const whole = [second, "order-9", "coupon of order-9"];
  beforeEach(() => {
    send(sale("order-1", first));
    send(sale("order-9", second));
  });

  test.each([
    ["an order to a click", sale("order-9", first)],
    ["an order to another one", sale("order-1", first, { alsoTxid: "order-9" })],
    ["an order to another one, the other way", sale("order-9", first, { alsoTxid: "order-1" })],
  ])("%s: before the erasure and after it", (_, claim) => {
    send(claim, PIXEL);
    erase({ clickIds: [first] });
    erase({ txids: ["order-1"] });
    expect(send(claim, PIXEL).toErase).toBeNull();
    const left = everything();
    for (const text of whole) expect(left).toContain(text);
    for (const text of [first, "coupon of order-1"]) expect(left).not.toContain(text);
    // What it says of who is erased went all the same.
    expect(
      pageOfMessages(sql, "", 100).flatMap(({ command }) => (command.claim ? (command.content.coupon ?? []) : [])),
    ).toEqual([]);
  });

  test.each(["confirm", "dismiss"])("nor does an operator who has to %s it", (word) => {
    const claim = sale("order-9", first);
    send(claim, PIXEL);
    const ruling = {
      by: "ann",
      note: "looked at",
      claim: receiptOf(sent),
      ...(word === "dismiss" ? ({ dismiss: true } as const) : {}),
    };
    send({ clickId: first, event: "sale", txid: "order-9" }, { channel: "console", ruling });
    erase({ clickIds: [first] });
    const left = everything();
    for (const text of whole) expect(left).toContain(text);
  });

  test("a claim that was confirmed is its click's order", () => {
    send(sale("order-3", first), PIXEL);
    const ruling = { by: "ann", note: "looked at", claim: receiptOf(sent) };
    expect(send({ clickId: first, event: "sale", txid: "order-3" }, { channel: "console", ruling }).status).toBe(
      "attributed",
    );
    erase({ clickIds: [first] });
    expect(everything()).not.toMatch(/order-3|looked at/);
  });
});

test("a number that a sender gives to all orders is nobody's", () => {
  for (let number = 0; number < 1_100; number++) send({ event: "gift", txid: "none", clickId: first });
  expect(findPersonal(sql, OURS, { clickIds: [], txids: ["none"] }).tooMany).toBe(true);
  expect(() => eraseBooks(sql, OURS, { clickIds: [], txids: ["none"] }, START_MS)).toThrow("cannot be one person's");
});

const MANY_CLAIMS = 3 * CLAIMS_AT_ONCE + 200;

/** An order, and in its name claims of it, and ones that only call another order so, on another's click; these all at once, as a batch. */
function sendManyClaims(): void {
  send(sale("order-1", first));
  send(sale("order-9", second));
  const claims = Array.from({ length: MANY_CLAIMS }, (_, number) => {
    const other = sale(`order-of-${number}`, second, { alsoTxid: "order-1" });
    const content = number % 2 === 0 ? sale("order-1", second) : other;
    const receivedAtMs = START_MS + 700_000 + number;
    const receipt = receiptOf(1_000 + number);
    const message = { kind: "postback", receipt, advertiser: 1, receivedAtMs, content, channel: "pixel" } as const;
    return makeCommand(message, CLICKS[ids.indexOf(second)] ?? null, SET_UP);
  });
  sql.transaction(() => decideMeetingErased(sql, KEY, claims, START_MS));
}

test("a person whom strangers name in thousands of claims is told of and erased, page by page, from wherever it stopped", () => {
  sendManyClaims();
  const told = tellPersonal(sql, OURS, { clickIds: [], txids: ["order-1"] });
  expect(told).toMatchObject({ tooMany: false, moreClaims: true });
  expect(told.conversions).toHaveLength(1);
  expect(told.messages.length).toBeLessThan(CLAIMS_AT_ONCE + 50);
  expect(told.names.clickIds).not.toContain(second);

  const all = { clickIds: [first], txids: ["order-1"] };
  erase(all);
  const left = everything();
  expect(left).not.toMatch(/order-1"|coupon of order-1|coupon of order-of/);
  for (const text of ["order-9", second, "coupon of order-9"]) expect(left).toContain(text);

  const pages: number[] = [];
  for (let after: string | null = ""; after !== null; ) {
    // Twice, as a redelivery does: the same is told again.
    const [one, again] = [1, 2].map(() => sql.transaction(() => eraseClaims(sql, OURS, all, after ?? "", START_MS)));
    expect(again).toEqual(one);
    pages.push(one?.messages.length ?? 0);
    after = one?.next ?? null;
  }
  expect(Math.max(...pages)).toBe(CLAIMS_AT_ONCE);
  expect(pages.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(MANY_CLAIMS - 50);
  expect(everything()).toBe(left);

  // What they say from then on is met.
  send(sale("order-1", second), { channel: "pixel" });
  expect(everything()).not.toMatch(/order-1"|coupon of order-1/);
});

/** What erasing these names needs, with databases that know nothing yet. */
function erasing(names: { clickIds: string[]; txids: string[] }, fault = async () => {}) {
  const [DB, LOG] = (["books", "log"] as const).map((name) => new SqliteD1(name, `schema/migrations/${name}`, fault));
  if (!DB || !LOG) throw new Error("there are two databases");
  const queue: ErasureMessage[] = [{ kind: "erasure", advertiser: 1, ...names }];
  const parts: ErasureParts = {
    ...{ DB, LOG, ARCHIVE: NO_ARCHIVE, ERASURE_KEY, days: new MemoryDays(DB).days },
    NOTICES: { send: async () => {} },
    POSTBACKS: { send: async (message) => queue.push(message) },
    eraseBooks: async (_, names) => structuredClone(sql.transaction(() => eraseBooks(sql, OURS, names, START_MS))),
    eraseCommands: async () => null,
    findBooks: async (_, receipts, conversions) => structuredClone(findBooks(sql, receipts, conversions)),
    eraseClaims: async (_, names, after) =>
      structuredClone(sql.transaction(() => eraseClaims(sql, OURS, names, after, START_MS))),
  };
  return { queue, parts, LOG };
}

test("what is erased of somebody stands under the link of its conversion, also where the books have no row of that yet", async () => {
  const elsewhere = ids[2] ?? "";
  send(sale("order-5", first), { channel: "pixel" });
  send(sale("order-5", elsewhere));
  const { queue, parts, LOG } = erasing({ clickIds: [first], txids: [] });
  for (let message = queue.shift(); message; message = queue.shift()) await takeErasure(parts, message);
  const claim = LOG.db.prepare("SELECT status, link FROM postbacks WHERE channel = 'pixel'").all();
  expect(claim).toEqual([{ status: "duplicate", link: CLICKS[2]?.link }]);
});

test("each page is a message, which may fail and come again, and the log has every claim without what is personal", async () => {
  sendManyClaims();
  let isDown = false;
  const fault = async (): Promise<void> => {
    if (isDown) throw new Error("the database is down");
  };
  const { queue, parts, LOG } = erasing({ clickIds: [first], txids: ["order-1"] }, fault);
  let taken = 0;
  for (let message = queue.shift(); message; message = queue.shift()) {
    taken++;
    isDown = true;
    await expect(takeErasure(parts, message)).rejects.toThrow("down");
    isDown = false;
    await takeErasure(parts, message);
  }
  expect(taken).toBeGreaterThanOrEqual(MANY_CLAIMS / CLAIMS_AT_ONCE);
  const rows = LOG.db.prepare("SELECT click_id, txid, params FROM postbacks").all();
  expect(rows.length).toBeGreaterThan(MANY_CLAIMS - 50);
  expect(JSON.stringify(rows)).not.toMatch(/order-1\b|coupon of order/);
  expect(everything()).not.toMatch(/order-1"|coupon of order-1|coupon of order-of/);
});

describe("dead letters", () => {
  const person = personOf(ERASURE_KEY, { kind: "erasure", advertiser: 1, clickIds: [first], txids: ["order-1"] });
  const letters = [
    {
      kind: "postback",
      advertiser: 1,
      content: sale("order-1", null),
      correction: { by: "ann", note: "called", conversion: "c" },
    },
    { kind: "postback", advertiser: 2, content: sale("order-7", first) },
    { kind: "postback", advertiser: 1, content: { event: "sale", unread: { order: "order-1", nickname: "coupon" } } },
    {
      kind: "postback",
      advertiser: 2,
      content: { event: "sale", unread: { at: hexClickId(first), nickname: "coupon" } },
    },
    { kind: "refusal", advertiser: 1, clickId: first, params: { nickname: "coupon" } },
    { kind: "refusal", advertiser: 2, params: { at: hexClickId(first), nickname: "coupon" } },
    { kind: "refusal", advertiser: 1, params: { order: "order-1", nickname: "coupon" } },
    {
      kind: "clicks",
      clicks: [
        {
          clickId: first,
          subs: ["coupon"],
          externalId: "coupon",
          externalKind: "coupon",
          referrer: "coupon",
          visitor: "coupon",
        },
      ],
    },
  ];
  test.each(letters)("are erased: $kind of $advertiser", (letter) => {
    const erased = JSON.stringify(eraseLetter(JSON.parse(JSON.stringify(letter)), person));
    expect(erased).not.toMatch(new RegExp(`order-1|coupon|called|${first}|${hexClickId(first)}`));
    expect(JSON.parse(erased)).toMatchObject({ kind: letter.kind });
  });

  test.each([
    { kind: "postback", advertiser: 2, content: sale("order-1", null) },
    { kind: "postback", advertiser: 1, content: sale("order-9", second) },
    { kind: "postback", advertiser: 2, content: { event: "sale", unread: { order: "order-1" } } },
    { kind: "refusal", advertiser: 2, txid: "order-1", params: { order: "order-1" } },
    { kind: "clicks", clicks: [{ clickId: second, subs: ["a"] }] },
    { kind: "repair", advertiser: 1, receipts: [], conversions: [] },
    null,
    { kind: "postback" },
  ])("of others stay as they are: %j", (letter) => {
    expect(eraseLetter(JSON.parse(JSON.stringify(letter)), person)).toEqual(letter);
  });
});
