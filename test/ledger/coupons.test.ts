/** Coupons in the books of one advertiser: whose an order is, what tells that it is held, and what no coupon does. */
import { expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { makeCommand, type ReadClick } from "../../workers/core/books/command.ts";
import { couponKey, foldCoupon } from "../../workers/core/books/coupons.ts";
import { conversionRow } from "../../workers/core/books/rows.ts";
import type { SetUp } from "../../workers/core/books/set-up.ts";
import { CLICK_ID_LENGTH } from "../../workers/core/click-id.ts";
import { provisionalSql } from "../../workers/core/click-id-sql.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { readSetUp } from "../../workers/ledger/set-up-reader.ts";
import { seedSetUp } from "./seed.ts";
import { ObjectStorage, SqliteD1 } from "./sqlite-platform.ts";
import { CLICKS, DAY_MS, LINKS, SET_UP, START_MS } from "./world.ts";

type Content = PostbackMessage["content"];

/** Clicks 1 and 2 are on link 1 (shoes, where the click is first), click 4 on link 3 (hats, where the coupon is). */
function clickId(counter: number): string {
  return String(counter).padStart(CLICK_ID_LENGTH, "c");
}

function books(setUp: SetUp = SET_UP) {
  const sql = new ObjectStorage();
  createTables(sql);
  let received = 0;
  const settle = (content: Content, more: Partial<PostbackMessage> = {}, known = setUp): string => {
    const sent: PostbackMessage = {
      kind: "postback",
      receipt: `0${String(++received).padStart(3, "0")}`.padEnd(26, "0"),
      advertiser: 1,
      receivedAtMs: START_MS + 600_000 + received * 1_000,
      channel: "get",
      content: { event: "sale", ...content },
      ...more,
    };
    const found = CLICKS.find(({ counter }) => content.clickId === clickId(counter)) ?? "unknown";
    const click: ReadClick = content.clickId === undefined ? null : found;
    sql.transaction(() => decideShare(sql, [makeCommand(sent, click, known)], START_MS));
    const held = pageOfMessages(sql, "", 100).find(({ command }) => command.receipt === sent.receipt);
    return [held?.outcome.status, held?.outcome.reason].filter(Boolean).join(": ");
  };
  const rows = () => pageOfConversions(sql, "", 100).map(({ conversion }) => conversionRow(conversion, 0));
  return { settle, rows };
}

const order = { txid: "A", amountMicros: 40_000_000 } as const;

test("an order without a click is its coupon's affiliate's, at that affiliate's own terms, and has no click", () => {
  const { settle, rows } = books();
  const occurredAtMs = START_MS + 6 * DAY_MS;
  expect(settle({ ...order, coupon: " spRing ", occurredAtMs }, { receivedAtMs: occurredAtMs + 5_000 })).toBe(
    "attributed",
  );
  const [row] = rows();
  expect(row).toMatchObject({
    attributed_by: "coupon",
    link: 7,
    affiliate: 2,
    offer: 1,
    payout: 5_000_000,
    clicked_at: occurredAtMs,
    txid: "A",
    coupon: " spRing ",
  });
  expect(row?.click_id).toMatch(/^by-a-coupon:/);
  expect(row?.click_id).toHaveLength(CLICK_ID_LENGTH);
  // It is none of those that count only where a conversion follows.
  const { db } = new SqliteD1("books", "schema/migrations/books", async () => {});
  expect(db.prepare(`SELECT ${provisionalSql("?1")} AS flag`).get(row?.click_id ?? "")).toEqual({ flag: 0 });
});

test("a code is its affiliate's in its time only", () => {
  const { settle, rows } = books();
  const at = (days: number) => ({ receivedAtMs: START_MS + days * DAY_MS });
  expect(settle({ ...order, coupon: "SPRING", txid: "before" }, at(-1))).toBe("unattributed: unknown_order");
  expect(settle({ ...order, coupon: "SPRING", txid: "first" }, at(4.99))).toBe("attributed");
  expect(settle({ ...order, coupon: "SPRING", txid: "second" }, at(5))).toBe("attributed");
  expect(rows().map(({ txid, affiliate }) => [txid, affiliate])).toEqual([
    ["first", 1],
    ["second", 2],
  ]);
});

test("what it is called by is an order: repeats, refunds and corrections meet it, with and without the coupon", () => {
  const { settle, rows } = books();
  expect(settle({ ...order, coupon: "SPRING" })).toBe("attributed");
  expect(settle({ ...order, coupon: "SPRING" })).toMatch(/^duplicate/);
  expect(settle({ ...order })).toMatch(/^duplicate/);
  expect(settle({ ...order, coupon: "HAT" })).toBe("attributed");
  expect(settle({ txid: "A", status: "reversed", amountMicros: 10_000_000, coupon: "SPRING" })).toBe("updated");
  const [first] = rows();
  const correction = { conversion: first?.conversion_id ?? "", by: "ann", note: "n", restate: true } as const;
  expect(settle({ amountMicros: 50_000_000 }, { channel: "console", named: true, correction })).toBe("updated");
  expect(rows().map(({ link, amount }) => [link, amount])).toEqual([
    [8, 40_000_000],
    // Hats number their orders on their own.
    [6, 40_000_000],
  ]);
});

test("an order that a click holds stays the click's, and one that a coupon holds the coupon's", () => {
  const { settle, rows } = books();
  expect(settle({ ...order, clickId: clickId(1) })).toBe("attributed");
  expect(settle({ ...order, coupon: "SPRING" })).toMatch(/^duplicate/);
  expect(settle({ ...order, txid: "B", coupon: "SPRING" })).toBe("attributed");
  expect(settle({ ...order, txid: "B", clickId: clickId(2) })).toMatch(/^duplicate/);
  expect(rows().map(({ attributed_by, link }) => [attributed_by, link])).toEqual([
    ["click", 1],
    ["coupon", 8],
  ]);
});

test("with both the offer says which, an expired click gives way, and another offer's coupon says nothing", () => {
  const { settle, rows } = books();
  expect(settle({ ...order, txid: "shoes", clickId: clickId(1), coupon: "SPRING" })).toBe("attributed");
  expect(settle({ ...order, txid: "hats", clickId: clickId(4), coupon: "HAT" })).toBe("attributed");
  expect(settle({ ...order, txid: "other", clickId: clickId(4), coupon: "SPRING" })).toBe("attributed");
  const late = { receivedAtMs: START_MS + 40 * DAY_MS };
  expect(settle({ ...order, txid: "late", clickId: clickId(1) }, late)).toBe("rejected: click_expired");
  expect(settle({ ...order, txid: "late", clickId: clickId(1), coupon: "SPRING" }, late)).toBe("attributed");
  expect(settle({ ...order, txid: "forged", clickId: "x" })).toBe("unattributed: no_click");
  expect(settle({ ...order, txid: "forged", clickId: "x", coupon: "SPRING" })).toBe("attributed");
  const told = new Map(
    rows().map(({ txid, link, affiliate, attributed_by }) => [txid, [link, affiliate, attributed_by]]),
  );
  expect(Object.fromEntries(told)).toEqual({
    shoes: [1, 1, "click"],
    hats: [6, 2, "coupon"],
    other: [3, 1, "click"],
    late: [7, 2, "coupon"],
    forged: [8, 1, "coupon"],
  });
  // It is still the click's order: a message that names the click alone meets it, and tells of no click of another's.
  expect(settle({ clickId: clickId(4), status: "reversed" })).toBe("updated");
  expect(rows().find(({ txid }) => txid === "hats")).toMatchObject({
    status: "reversed",
    click_id: expect.stringMatching(/^by-a-coupon:/),
  });
});

test("what came before the coupon was known counts when it is replayed", () => {
  const { settle, rows } = books();
  const none = { ...SET_UP, coupons: new Map() };
  const receipt = "0".padEnd(26, "9");
  const receivedAtMs = START_MS + 700_000;
  expect(settle({ ...order, coupon: "SPRING" }, { receipt, receivedAtMs }, none)).toBe("unattributed: unknown_order");
  expect(settle({ ...order, coupon: "SPRING" }, { receipt, receivedAtMs })).toBe("unattributed: unknown_order");
  expect(settle({ ...order, coupon: "SPRING" }, { receipt, receivedAtMs, replay: true })).toBe("attributed");
  expect(rows()).toHaveLength(1);
});

test.each<[string, Content, Partial<PostbackMessage>, string]>([
  ["the pixel's", { ...order, coupon: "SPRING" }, { channel: "pixel" }, "unattributed"],
  ["one without an order number", { amountMicros: 1, coupon: "SPRING" }, {}, "unattributed: no_click"],
  ["a refund of nothing", { status: "reversed", coupon: "SPRING" }, { named: true }, "unattributed: no_click"],
  ["one of another event", { ...order, coupon: "SPRING", event: "gift" }, {}, "rejected: unknown_event"],
  ["one in another currency", { ...order, coupon: "SPRING", currency: "EUR" }, {}, "rejected: wrong_currency"],
  ["another advertiser's", { ...order, coupon: "SPRING" }, { advertiser: 2 }, "unattributed: unknown_order"],
  [
    "one from the future",
    { ...order, coupon: "SPRING", occurredAtMs: START_MS + DAY_MS },
    {},
    "rejected: occurred_in_future",
  ],
])("%s books nothing", (_, content, more, outcome) => {
  const { settle, rows } = books();
  expect(settle(content, more)).toContain(outcome);
  expect(rows()).toEqual([]);
});

test("a named message without an order number counts once, and its correction meets it", () => {
  const { settle, rows } = books();
  const named = { receipt: "0".padEnd(26, "8"), receivedAtMs: START_MS + 600_500, named: true } as const;
  expect(settle({ amountMicros: 1_000_000, coupon: "SPRING" }, named)).toBe("attributed");
  expect(settle({ amountMicros: 1_000_000, coupon: "SPRING" }, named)).toBe("attributed");
  const [row] = rows();
  const correction = { conversion: row?.conversion_id ?? "", by: "ann", note: "n" };
  expect(settle({ status: "reversed" }, { channel: "console", named: true, correction })).toBe("updated");
  expect(rows().map(({ status, amount }) => [status, amount])).toEqual([["reversed", 0]]);
});

test("a coupon's orders take the places of its offer's caps", () => {
  const capped = new Map(
    [...LINKS].map(([number, link]) => [number, { ...link, caps: [{ event: "sale", per: "day", limit: 1 } as const] }]),
  );
  const { settle } = books({ ...SET_UP, links: capped });
  expect(settle({ ...order, coupon: "SPRING" })).toBe("attributed");
  expect(settle({ ...order, txid: "B", coupon: "SPRING" })).toBe("rejected: over_cap");
});

test("the reader finds what a batch names, in one round trip, and asks for nothing where no coupon is named", async () => {
  const trips: string[] = [];
  const db = new SqliteD1("books", "schema/migrations/books", async (point) => {
    trips.push(point);
  });
  seedSetUp(db.db);
  db.db.exec("UPDATE coupons SET status = 'paused' WHERE number = 2");
  const read = await readSetUp(db, [1], [1], [couponKey(1, "spring"), couponKey(1, "HAT"), couponKey(2, "spring")]);
  expect([...read.coupons]).toEqual([
    [
      couponKey(1, "spring"),
      SET_UP.coupons
        .get(couponKey(1, "spring"))
        ?.map(({ number, link, fromMs, untilMs }) => ({ number, link, fromMs, untilMs })),
    ],
  ]);
  expect([...read.links.keys()].sort()).toEqual([1, 7, 8]);
  expect(trips.filter((point) => point.includes("before"))).toHaveLength(1);
  expect((await readSetUp(db, [1], [1], [])).coupons.size).toBe(0);
});

test("codes are compared without blanks around them and without the case of ASCII letters", () => {
  expect([" Spring\t", "SPRING", "ÄB", "äB"].map(foldCoupon)).toEqual(["spring", "spring", "Äb", "äb"]);
});
