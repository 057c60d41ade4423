/** What another tracker booked, in the books of one advertiser: it stands as its file says, closed, and no late word makes a second conversion of it. */
import { expect, test } from "vitest";
import type { HistoryContent, PostbackMessage } from "../../schema/messages.ts";
import { receivedParameters } from "../../workers/console/postbacks/received.ts";
import { rebuildMessages } from "../../workers/console/postbacks/stored-message.ts";
import { makeCommand, type ReadClick } from "../../workers/core/books/command.ts";
import { conversionRow, entryRow, postbackRow } from "../../workers/core/books/rows.ts";
import { CLICK_ID_LENGTH } from "../../workers/core/click-id.ts";
import { provisionalSql } from "../../workers/core/click-id-sql.ts";
import { importErasureKey, replacementFor } from "../../workers/core/erasure/erased-names.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { eraseBooks } from "../../workers/ledger/object-erasure.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { ERASURE_KEY } from "./erasure-key.ts";
import { ObjectStorage, SqliteD1 } from "./sqlite-platform.ts";
import { CLICKS, DAY_MS, SET_UP, START_MS } from "./world.ts";

type Content = PostbackMessage["content"];

const LONG_AGO_MS = START_MS - 400 * DAY_MS;

function old(more: Partial<HistoryContent> = {}): HistoryContent {
  return { link: 1, payoutMicros: 3_210_000, clickedAtMs: LONG_AGO_MS - 60_000, receivedAtMs: LONG_AGO_MS, ...more };
}

/** A click ID of link 1, as the tests of the ledger have them. */
const [SHOES = null] = CLICKS;

function books() {
  const sql = new ObjectStorage();
  createTables(sql);
  let received = 0;
  /** What becomes of a message: of a row of history where it has one, of the sender's word else. Words say whether their click is ours. */
  const settle = (content: Content, click: ReadClick = null, more: Partial<PostbackMessage> = {}): string => {
    const sent: PostbackMessage = {
      kind: "postback",
      receipt: `0${String(++received).padStart(3, "0")}`.padEnd(26, "0"),
      advertiser: 1,
      receivedAtMs: START_MS + 600_000 + received * 1_000,
      channel: content.history ? "import" : "get",
      content: { event: "sale", ...content },
      ...more,
    };
    sql.transaction(() => decideShare(sql, [makeCommand(sent, click, SET_UP)], START_MS));
    return outcomeOf(sent.receipt);
  };
  const outcomeOf = (receipt: string): string => {
    const held = pageOfMessages(sql, "", 100).find(({ command }) => command.receipt === receipt);
    return [held?.outcome.status, held?.outcome.reason].filter(Boolean).join(": ");
  };
  const rows = () => pageOfConversions(sql, "", 100).map(({ conversion }) => conversionRow(conversion, 0));
  const payable = () => rows().filter(({ imported, payout }) => imported === 0 && payout > 0);
  return { sql, settle, rows, payable, outcomeOf };
}

const order = { txid: "A", amountMicros: 40_000_000, revenueMicros: 7_000_000 } as const;

test("a row stands as its file says, at its own time, under its own rule and no cap", () => {
  const { settle, rows, sql } = books();
  const said = {
    ...order,
    clickId: "51abcdefghij",
    status: "pending",
    currency: "EUR",
    occurredAtMs: LONG_AGO_MS - 5,
    coupon: "Spring",
  } as const;
  const history = old({ externalId: "gclid-1", country: "DE", subs: ["one", "", "three"] });
  expect(settle({ ...said, history })).toBe("attributed");
  const [row] = rows();
  expect(row).toMatchObject({
    ...{ imported: 1, status: "pending", currency: "EUR", amount: 40_000_000, revenue: 7_000_000, payout: 3_210_000 },
    ...{ clicked_at: LONG_AGO_MS - 60_000, occurred_at: LONG_AGO_MS - 5, received_at: LONG_AGO_MS },
    ...{ link: 1, offer: 1, affiliate: 1, event: "sale", txid: "A", old_click_id: "51abcdefghij", coupon: "Spring" },
    ...{ external_id: "gclid-1", country: "DE", sub1: "one", sub2: null, sub3: "three", attributed_by: "click" },
  });
  // Its ID begins with its own time, as the primary key is the time index, and its click ID is none that counts as provisional.
  expect(row?.click_id).toHaveLength(CLICK_ID_LENGTH);
  const { db } = new SqliteD1("books", "schema/migrations/books", async () => {});
  expect(db.prepare(`SELECT ${provisionalSql("?1")} AS flag`).get(row?.click_id ?? "")).toEqual({ flag: 0 });
  const [stored] = pageOfConversions(sql, "", 1);
  if (!stored) throw new Error("there is no conversion");
  expect(stored.conversion.caps).toEqual([]);
  expect(stored.conversion.entries.map((entry) => entryRow(stored.conversion, entry))).toEqual([
    expect.objectContaining({ rule: "imported", kind: "accrual", received_at: LONG_AGO_MS, payout: 3_210_000 }),
  ]);
});

test.each([
  ["rejected", "rejected"],
  ["reversed", "reversed"],
] as const)("what was %s there is worth nothing, as everywhere", (status, stands) => {
  const { settle, rows } = books();
  expect(settle({ ...order, status, history: old() })).toBe("attributed");
  expect(rows()).toMatchObject([{ status: stands, amount: 0, revenue: 0, payout: 0, imported: 1 }]);
});

test.each<[string, Content, ReadClick?]>([
  ["an approval of its order", { txid: "A", status: "approved" }],
  ["another amount", { txid: "A", amountMicros: 50_000_000 }],
  ["a refund", { txid: "A", status: "reversed", amountMicros: 1_000_000 }],
  ["the order with a click of ours", { ...order, clickId: "ours" }, SHOES],
  ["its old click alone", { clickId: "old-click", amountMicros: 1 }, "unknown"],
  ["its old click and order", { clickId: "old-click", txid: "A", status: "approved" }, "unknown"],
  ["its old click and a coupon of ours", { clickId: "old-click", coupon: "SPRING", amountMicros: 1 }, "unknown"],
])("%s finds it closed, and nothing is payable", (_, word, click = null) => {
  const { settle, rows, payable } = books();
  expect(settle({ ...order, status: "pending", clickId: "old-click", history: old() })).toBe("attributed");
  const before = rows();
  expect(settle(word, click)).toBe("rejected: imported");
  expect(rows()).toEqual(before);
  expect(payable()).toEqual([]);
});

test("a word that came before waits in vain, and what was made payable first stays", () => {
  const { settle, rows } = books();
  expect(settle({ txid: "A", status: "reversed" }, null)).toBe("parked: awaits_sale");
  expect(settle({ ...order, history: old() })).toBe("attributed");
  expect(rows()).toMatchObject([{ txid: "A", status: "approved", imported: 1 }]);
  const other = books();
  expect(other.settle({ ...order, clickId: "ours" }, SHOES)).toBe("attributed");
  expect(other.settle({ ...order, history: old() })).toBe("duplicate: same_message");
  expect(other.rows()).toMatchObject([{ imported: 0, payout: 4_000_000 }]);
});

test("another order on the old click is another sale, and several rows of one old click are several", () => {
  const { settle, rows } = books();
  const clickId = "old-click";
  for (const number of [1, 2])
    expect(settle({ amountMicros: number, clickId, history: old({ payoutMicros: number }) })).toBe("attributed");
  expect(settle({ ...order, clickId, history: old() })).toBe("attributed");
  expect(rows().map(({ payout }) => payout)).toEqual([1, 2, 3_210_000]);
});

/** A word of a tracker's about a click of its own that was adopted since, where that tracker counts orders within their clicks. */
const adopted = { tracker: { number: 1, clickId: "old-click" }, channel: "tracker:old" } as const;

test.each<[string, Content, string]>([
  ["the same order", { txid: "old-click/A" }, "rejected: imported"],
  ["its refund", { txid: "old-click/A", status: "reversed" }, "rejected: imported"],
  ["another order", { txid: "old-click/B" }, "attributed"],
  ["the order of another click", { txid: "other-click/A" }, "attributed"],
])("an order that is counted within its old click is known by the number alone: %s", (_, said, became) => {
  const { settle, payable } = books();
  settle({ ...order, clickId: "old-click", history: old() });
  expect(settle({ ...order, ...said, clickId: "ours" }, SHOES, adopted)).toBe(became);
  expect(payable()).toHaveLength(became === "attributed" ? 1 : 0);
});

test.each<[string, Content, string]>([
  ["its order", order, "duplicate: same_message"],
  ["no order", { amountMicros: 1 }, "duplicate: same_message"],
  ["another order", { ...order, txid: "B" }, "attributed"],
])(
  "a row of history about what an adopted click was booked for here meets it by the old click and %s",
  (_, row, became) => {
    const { settle, rows } = books();
    expect(settle({ ...order, txid: "old-click/A", clickId: "ours" }, SHOES, adopted)).toBe("attributed");
    expect(settle({ ...row, clickId: "old-click", history: old() })).toBe(became);
    expect(rows()).toHaveLength(became === "attributed" ? 2 : 1);
  },
);

test("what an operator says of it, by whichever act, is rejected too", () => {
  const { settle, rows } = books();
  settle({ ...order, history: old() });
  const conversion = rows()[0]?.conversion_id ?? "";
  for (const act of ["hold", "release"] as const)
    expect(settle({}, null, { channel: "console", correction: { by: "ann", note: "n", conversion, act } })).toBe(
      "rejected: imported",
    );
  const approve = { channel: "console", correction: { by: "ann", note: "n", conversion } } as const;
  expect(settle({ status: "approved" }, null, approve)).toBe("rejected: imported");
  expect(rows()).toMatchObject([{ hold: "", seq: 1 }]);
});

test("where a word overtook the row on its way, its payable conversion is taken back and told so, and the row has one of its own", () => {
  const { settle, rows, outcomeOf } = books();
  const early = START_MS + 599_000;
  expect(settle({ ...order, clickId: "ours" }, SHOES)).toBe("attributed");
  expect(settle({ ...order, history: old() }, null, { receivedAtMs: early })).toBe("attributed");
  expect(outcomeOf("0001".padEnd(26, "0"))).toBe("rejected: imported");
  expect(rows()).toMatchObject([
    { imported: 1, payout: 3_210_000, received_at: LONG_AGO_MS },
    { imported: 0, payout: 0, status: "rejected" },
  ]);
});

test("the same row again changes nothing, however often it comes and whatever the file says then", () => {
  const { settle, rows } = books();
  const receipt = "5".repeat(26);
  const named = { receipt, named: true } as const;
  expect(settle({ ...order, history: old() }, null, named)).toBe("attributed");
  for (const payoutMicros of [3_210_000, 9])
    expect(settle({ ...order, status: "rejected", history: old({ payoutMicros }) }, null, named)).toBe("attributed");
  expect(rows()).toMatchObject([{ payout: 3_210_000, seq: 1, status: "approved" }]);
});

test.each(["get", "pixel", "batch", "console"] as const)("by %s nobody says what another tracker booked", (channel) => {
  const { settle, rows } = books();
  settle({ ...order, history: old() }, null, { channel });
  expect(rows()).toEqual([]);
});

test.each([
  ["a link that is not in the books", { link: 999 }, "unattributed: unknown_link"],
  ["another advertiser's link", { link: 4 }, "rejected: foreign_click"],
])("%s takes no row", (_, more, outcome) => {
  const { settle, rows } = books();
  expect(settle({ ...order, history: old(more) })).toBe(outcome);
  expect(rows()).toEqual([]);
});

test("a replay out of the log keeps it a row of history, which only operators read", () => {
  const { settle, sql } = books();
  settle({ ...order, clickId: "old-click", history: old({ link: 999, subs: ["one"] }) });
  const [message] = pageOfMessages(sql, "", 1);
  if (!message) throw new Error("there is no message");
  const row = postbackRow(message, 1, START_MS);
  const [again] = rebuildMessages(row);
  expect(again?.content).toEqual(message.command.content);
  expect(again?.content.history).toEqual(old({ link: 999, subs: ["one"] }));
  expect(receivedParameters(row.status, row.params, "admin")).toMatchObject({
    "history.payout": "3.21",
    "history.sub1": "one",
  });
  for (const role of ["advertiser", "affiliate"] as const)
    expect(JSON.stringify(receivedParameters(row.status, row.params, role))).not.toContain("history");
});

test("who is erased leaves nothing of the other tracker's words", () => {
  const { settle, sql, rows } = books();
  settle({ ...order, clickId: "old-click", history: old({ externalId: "gclid-1", subs: ["one"] }) });
  const replacement = replacementFor(importErasureKey(ERASURE_KEY), 1);
  const names = { clickIds: ["old-click"], txids: ["A"] };
  sql.transaction(() => eraseBooks(sql, replacement, names, START_MS));
  expect(rows()).toMatchObject([{ external_id: null, sub1: null, payout: 3_210_000, imported: 1 }]);
  const left = JSON.stringify([pageOfMessages(sql, "", 10), pageOfConversions(sql, "", 10)]);
  for (const word of ["old-click", "gclid-1", '"one"']) expect(left).not.toContain(word);
  // What comes later by the same names still finds it.
  expect(settle({ txid: replacement.txid("A"), status: "approved" })).toBe("rejected: imported");
});

test("who is erased by our name of a click is erased by the tracker's, when the adopted click is long forgotten", () => {
  const { settle, sql, rows } = books();
  settle({ ...order, txid: "B", clickId: "old-click", history: old({ externalId: "gclid-1" }) });
  settle({ ...order, clickId: "ours" }, SHOES, adopted);
  settle({ ...order, txid: "C", clickId: "another-click", history: old() });
  const replacement = replacementFor(importErasureKey(ERASURE_KEY), 1);
  let names = { clickIds: ["ours"], txids: [] as string[] };
  for (let round = 0; round < 5; round++) {
    const erased = sql.transaction(() => eraseBooks(sql, replacement, names, START_MS));
    if ("more" in erased) names = erased.more;
  }
  const left = JSON.stringify([pageOfMessages(sql, "", 10), pageOfConversions(sql, "", 10)]);
  for (const word of ["old-click", "gclid-1", '"ours"', '"A"', '"B"']) expect(left).not.toContain(word);
  for (const word of ["another-click", '"C"']) expect(left).toContain(word);
  expect(rows()).toHaveLength(3);
  // What comes later by the same names still finds it.
  expect(settle({ txid: replacement.txid("B"), status: "approved" })).toBe("rejected: imported");
});

test("a late word that leaves its event out finds what was booked on its adopted click, whatever event that was", () => {
  const { settle, payable } = books();
  const history = { ...order, event: "lead", clickId: "old-click", history: old() };
  expect(settle(history)).toBe("attributed");
  const word = { clickId: "ours", amountMicros: 40_000_000 };
  expect(settle(word, SHOES, { ...adopted, content: word })).toBe("rejected: imported");
  expect(payable()).toEqual([]);
  expect(settle({ ...word, event: "sale", txid: "B" }, SHOES, adopted)).toBe("attributed");
});
