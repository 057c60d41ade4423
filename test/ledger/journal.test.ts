/** The journal has everything that the books have, as they have it, whatever the history; and what is changed, removed, added or moved in either is found by name. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import type { LinkTerms } from "../../workers/core/books/set-up.ts";
import { importErasureKey, replacementFor } from "../../workers/core/erasure/erased-names.ts";
import { checkHeld, checkRows, type JournalFinding, rowsNamed } from "../../workers/core/journal/check.ts";
import { must } from "../../workers/core/must.ts";
import { decideMeetingErased, eraseBooks } from "../../workers/ledger/object-erasure.ts";
import { pageOfJournal } from "../../workers/ledger/object-journal.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { enterPiece, openTables, takeOver } from "../../workers/ledger/take-over.ts";
import { ERASURE_KEY } from "./erasure-key.ts";
import { histories } from "./histories.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { issueClicks, LINKS, SET_UP, START_MS, testKeyRing } from "./world.ts";

const MOST = 1_000;
const clicks = await issueClicks(await testKeyRing());
const KEY = importErasureKey(ERASURE_KEY);

function commandOf(message: PostbackMessage, setUp = SET_UP) {
  const click = clicks.find(({ id }) => id === message.content.clickId)?.click ?? null;
  return makeCommand(message, click, setUp);
}

function open(): ObjectStorage {
  const sql = new ObjectStorage();
  createTables(sql);
  return sql;
}

function settle(
  sql: ObjectStorage,
  messages: readonly PostbackMessage[],
  { keepsJournal = true, setUp = SET_UP } = {},
): void {
  const commands = messages.map((message) => commandOf(message, setUp));
  sql.transaction(() => decideMeetingErased(sql, KEY, commands, START_MS + 1_000, { keepsJournal }));
}

/** Everything that is wrong, from both sides. */
function findings(sql: ObjectStorage): JournalFinding[] {
  const messages = pageOfMessages(sql, "", MOST);
  const conversions = pageOfConversions(sql, "", MOST);
  const rows = pageOfJournal(sql, 0, MOST);
  const named = new Set(rowsNamed(messages, conversions));
  const held = {
    messages: new Map(messages.map((message) => [message.command.receipt, message])),
    conversions: new Map(conversions.map((stored) => [stored.conversion.id, stored])),
  };
  const ofRows = checkRows(null, rows, held);
  return [
    ...ofRows,
    ...checkHeld(
      messages,
      conversions,
      rows.filter(({ seq }) => named.has(seq)),
    ),
  ];
}

const names = (found: JournalFinding[]) => found.map(({ what, name }) => `${what} ${name}`);

/** One advertiser's history, in calls of so many messages. */
const history = fc.record({
  messages: histories(clicks, 14).map((all) => all.filter(({ advertiser }) => advertiser === 1)),
  size: fc.integer({ min: 1, max: 5 }),
});

function play(sql: ObjectStorage, { messages, size }: { messages: PostbackMessage[]; size: number }): number {
  let calls = 0;
  for (let from = 0; from < messages.length; from += size, calls++) settle(sql, messages.slice(from, from + size));
  return calls;
}

test("whatever the history, and whoever is erased, nothing is found, and a call is one row at most", () => {
  fc.assert(
    fc.property(history, fc.constantFrom("1", "2", "a", null), (one, txid) => {
      const sql = open();
      const calls = play(sql, one);
      expect(findings(sql)).toEqual([]);
      expect(pageOfJournal(sql, 0, MOST).length).toBeLessThanOrEqual(calls);
      if (txid !== null) {
        const replacement = replacementFor(KEY, 1);
        const named = { clickIds: [], txids: [txid] };
        const first = sql.transaction(() => eraseBooks(sql, replacement, named, START_MS));
        if ("more" in first) sql.transaction(() => eraseBooks(sql, replacement, first.more, START_MS));
        expect(findings(sql)).toEqual([]);
        settle(
          sql,
          one.messages.slice(0, 3).map((message, index) => ({ ...message, receipt: `${index}`.repeat(26) })),
        );
        expect(findings(sql)).toEqual([]);
      }
      // What comes again changes nothing, and is not entered.
      const rows = pageOfJournal(sql, 0, MOST);
      settle(sql, one.messages.slice(0, 1));
      if (one.messages.length > 0 && txid === null) expect(pageOfJournal(sql, 0, MOST)).toEqual(rows);
    }),
    { numRuns: 150 },
  );
});

test("what was there before the journal is entered piece by piece, once", () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 4 }), ({ messages }, most) => {
      const sql = open();
      settle(sql, messages, { keepsJournal: false });
      const entered = () => sql.transaction(() => enterPiece(sql, START_MS, most));
      while (entered());
      expect(findings(sql)).toEqual([]);
      expect(entered()).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test("a seed is drawn for each row", () => {
  const sql = open();
  settle(sql, [sale(1), sale(2)]);
  const seeds = [
    ...pageOfMessages(sql, "", MOST).map(({ salting }) => salting?.seed),
    ...pageOfConversions(sql, "", MOST).map(({ salting }) => salting?.seed),
  ];
  expect(new Set(seeds).size).toBe(4);
});

function sale(number: number): PostbackMessage {
  const { id } = must(clicks[0], "a click", "0");
  return {
    kind: "postback",
    receipt: String(number).padStart(26, "0"),
    advertiser: 1,
    receivedAtMs: START_MS + 600_000 + number,
    channel: "get",
    content: { clickId: id, event: "sale", txid: `order-${number}`, amountMicros: 40_000_000 },
  };
}

const rowNumber = (sql: ObjectStorage, receipt: string) =>
  Number(sql.exec("SELECT seat FROM messages WHERE receipt = ?", receipt).toArray()[0]?.seat);

test.each<[string, (sql: ObjectStorage, id: string) => void, (id: string) => string[]]>([
  [
    "a message is changed",
    (sql) =>
      sql.exec(
        `UPDATE messages SET outcome = json_set(outcome, '$.status', 'updated') WHERE receipt = ?`,
        sale(2).receipt,
      ),
    () => [`changed ${sale(2).receipt}`],
  ],
  [
    "a message is removed",
    (sql) => sql.exec("DELETE FROM messages WHERE receipt = ?", sale(2).receipt),
    () => [`removed ${sale(2).receipt}`],
  ],
  [
    "a message is added",
    (sql) =>
      sql.exec(
        `INSERT INTO messages SELECT seat + 1000000, '${"9".repeat(26)}', order_key, click_key, stage, settled_at, command, outcome, touched, salting
         FROM messages WHERE receipt = ?`,
        sale(2).receipt,
      ),
    () => [`added ${"9".repeat(26)}`],
  ],
  [
    "a payout is changed",
    (sql, id) => sql.exec("UPDATE conversions SET state = json_set(state, '$.entries[0][4]', 1) WHERE id = ?", id),
    // Its entry, and its row, which is the sum.
    (id) => [`changed ${id}/1`],
  ],
  [
    "the affiliate is changed in what conversions have in common",
    (sql) => sql.exec("UPDATE common SET text = json_set(text, '$.place.affiliate', 99)"),
    (id) => [`changed ${id}`],
  ],
  [
    "a conversion is removed",
    (sql, id) => sql.exec("DELETE FROM conversions WHERE id = ?", id),
    (id) => [`removed ${id}/1`],
  ],
  [
    "an entry is added",
    (sql, id) =>
      sql.exec(
        "UPDATE conversions SET state = json_insert(state, '$.entries[#]', json_extract(state, '$.entries[0]')) WHERE id = ?",
        id,
      ),
    (id) => [`added ${id}/2`],
  ],
  [
    "a row of the journal is changed",
    (sql) => sql.exec("UPDATE journal SET at = at + 1 WHERE seq = 2"),
    () => ["broken 2"],
  ],
  [
    "a row of the journal is removed",
    (sql) => sql.exec("DELETE FROM journal WHERE seq = 2"),
    (id) => ["broken 3", `added ${sale(2).receipt}`, `added ${id}/1`],
  ],
  [
    "the last row of the journal is removed",
    (sql) => sql.exec("DELETE FROM journal WHERE seq = 3"),
    () => [`added ${sale(3).receipt}`],
  ],
  [
    "two rows of the journal are exchanged",
    (sql) => {
      sql.exec("UPDATE journal SET seq = -1 WHERE seq = 1");
      sql.exec("UPDATE journal SET seq = 1 WHERE seq = 2");
      sql.exec("UPDATE journal SET seq = 2 WHERE seq = -1");
    },
    () => ["broken 1", "broken 2", "broken 3"],
  ],
  [
    "a salt is changed",
    (sql) =>
      sql.exec(
        "UPDATE messages SET salting = json_set(salting, '$.seed', 'AAAAAAAAAAAAAAAAAAAAAA==') WHERE receipt = ?",
        sale(2).receipt,
      ),
    () => [`changed ${sale(2).receipt}`],
  ],
  [
    "a salt is taken away",
    (sql) => sql.exec("UPDATE messages SET salting = '' WHERE receipt = ?", sale(2).receipt),
    () => [`changed ${sale(2).receipt}`],
  ],
])("%s: it is found by name", (_, tamper, expected) => {
  const sql = open();
  for (const number of [1, 2, 3]) settle(sql, [sale(number)]);
  expect(findings(sql)).toEqual([]);
  expect(rowNumber(sql, sale(2).receipt)).toBeGreaterThan(0);
  const second = pageOfConversions(sql, "", MOST).find(({ conversion }) => conversion.base.receipt === sale(2).receipt);
  const { id } = must(second, "the conversion of", sale(2).receipt).conversion;
  tamper(sql, id);
  expect(names(findings(sql))).toEqual(expect.arrayContaining(expected(id)));
});

test("of a message that comes again and again the journal says what is kept of its attempts", () => {
  const sql = open();
  const again = (atMs: number): PostbackMessage => {
    const { content, receivedAtMs, ...one } = sale(1);
    return { ...one, named: true, receivedAtMs: receivedAtMs + atMs, content: { ...content, event: "gift" } };
  };
  const mended = { ...SET_UP, links: new Map([...LINKS].map(([number, link]) => [number, withGift(link)])) };
  for (let time = 0; time < 40; time++) {
    settle(sql, [again(1_000 * time)], { setUp: time < 19 ? SET_UP : mended });
    expect([time, findings(sql)]).toEqual([time, []]);
  }
  expect(pageOfMessages(sql, "", MOST)).toMatchObject([{ outcome: { status: "attributed" } }]);
});

function withGift(link: LinkTerms): LinkTerms {
  const [event] = link.events;
  return { ...link, events: [...link.events, { ...must(event, "an event of", "a link"), name: "gift" }] };
}

test("what is changed, erased or new while none is kept is entered when one is kept again, and not before", async () => {
  const sql = open();
  settle(sql, [sale(1), sale(3)]);
  const { receivedAtMs, content, ...one } = sale(2);
  const { txid: _, ...rest } = content;
  const earlier = { ...one, receivedAtMs: receivedAtMs - 100, content: { ...rest, txid: "order-1", amountMicros: 7 } };
  settle(sql, [earlier, sale(4)], { keepsJournal: false });
  const named = { clickIds: [], txids: ["order-3"] };
  const erase = (names: typeof named) =>
    sql.transaction(() => eraseBooks(sql, replacementFor(KEY, 1), names, START_MS, { keepsJournal: false }));
  const first = erase(named);
  if ("more" in first) erase({ clickIds: [], txids: [...first.more.txids] });
  const rows = pageOfJournal(sql, 0, MOST).length;
  const storage = {
    sql,
    transactionSync: <Value>(work: () => Value) => sql.transaction(work),
    sync: async () => {},
  };
  expect(openTables(sql, false)).toBe(false);
  await takeOver(storage, () => START_MS, false);
  expect(pageOfJournal(sql, 0, MOST)).toHaveLength(rows);
  settle(sql, [sale(5)]);
  expect(openTables(sql)).toBe(true);
  await takeOver(storage, () => START_MS);
  expect(findings(sql)).toEqual([]);
});

test("without a journal nothing is entered", () => {
  const sql = open();
  settle(sql, [sale(1)], { keepsJournal: false });
  expect(openTables(sql, false)).toBe(false);
  expect(pageOfJournal(sql, 0, MOST)).toEqual([]);
});
