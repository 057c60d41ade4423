/** What strangers may leave in an advertiser's object: so much of a day, for so many days; what was taken once, or moved the books, is met as ever. */
import { describe, expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { PIXEL_LIMITS, type PixelLimits, pixelBytes } from "../../workers/core/books/pixel-limits.ts";
import { importErasureKey, replacementFor } from "../../workers/core/erasure/erased-names.ts";
import { OUTCOME_REASONS } from "../../workers/core/reasons.ts";
import { CLAIMS_HEARD_MS } from "../../workers/core/retention.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { markDue } from "../../workers/ledger/due-rows.ts";
import { decideMeetingErased, eraseBooks } from "../../workers/ledger/object-erasure.ts";
import { createTables, findMessages } from "../../workers/ledger/object-storage.ts";
import { ERASURE_KEY } from "./erasure-key.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, DAY_MS, SET_UP, START_MS } from "./world.ts";

/** Of a day three claims or so; gone after ten days. */
const SMALL: PixelLimits = { bytesOfDay: 3_000, days: 10 };
const [SHOES, SECOND] = CLICKS;
const SECONDS_CLICK = "d".repeat(36);

let receipts = 0;

function message(atMs: number, content: PostbackMessage["content"] = {}): PostbackMessage {
  const receipt = `0${String(++receipts).padStart(9, "0")}`.padEnd(26, "0");
  const said = { event: "sale", ...content };
  return {
    kind: "postback",
    receipt,
    advertiser: 1,
    receivedAtMs: START_MS + 90_000 + atMs,
    channel: "get",
    content: said,
  };
}

function pixel(atMs: number, content: PostbackMessage["content"] = {}): PostbackMessage {
  return { ...message(atMs, { clickId: "c".repeat(36), ...content }), channel: "pixel" };
}

/** An operator's word on a claim. */
function confirmed(atMs: number, claim: PostbackMessage): PostbackMessage {
  const { event = "sale", clickId = "", txid } = claim.content;
  const content = { event, clickId, ...(txid === undefined ? {} : { txid }) };
  return { ...message(atMs, content), channel: "console", ruling: { claim: claim.receipt, by: "ann", note: "n" } };
}

/** An object whose clock stands `days` after the first click. */
function books(limits: PixelLimits = SMALL) {
  const sql = new ObjectStorage();
  createTables(sql);
  const decide = (messages: PostbackMessage[], days = 0) => {
    const commands = messages.map((one) => {
      const { clickId } = one.content;
      const click = clickId === SECONDS_CLICK ? SECOND : clickId === undefined ? null : SHOES;
      return makeCommand(one, click ?? null, SET_UP);
    });
    return sql.transaction(() => decideShare(sql, commands, START_MS + 100_000 + days * DAY_MS, { limits })).decided;
  };
  const settle = (messages: PostbackMessage[], days = 0): string[] =>
    decide(messages, days).map((one) => {
      if ("error" in one) return `error: ${one.error}`;
      const row = one.rows.postbacks.find(({ receipt }) => receipt === one.receipt);
      return row?.reason ?? `${row?.status}`;
    });
  const stored = (...messages: PostbackMessage[]) =>
    messages.map(({ receipt }) => findMessages(sql, [receipt]).has(receipt));
  // But for what is drawn for each.
  const rows = (table: string) =>
    sql
      .exec(`SELECT * FROM ${table} ORDER BY 1`)
      .toArray()
      .map(({ salting, ...row }) => row);
  const bytes = () => {
    const [page] = sql.exec("SELECT page_count * page_size AS n FROM pragma_page_count, pragma_page_size").toArray();
    const [free] = sql
      .exec("SELECT freelist_count * page_size AS n FROM pragma_freelist_count, pragma_page_size")
      .toArray();
    return Number(page?.n) - Number(free?.n);
  };
  return { sql, decide, settle, stored, rows, bytes };
}

describe("a day", () => {
  test("that is full takes nothing of the pixel, whatever it names, and says so without a word of it", () => {
    const { decide, settle, stored } = books();
    const taken = [pixel(0, { txid: "A" }), pixel(1, { txid: "B" }), pixel(2, { txid: "C" })];
    expect(settle(taken)).toEqual(["claim", "claim", "claim"]);
    const late = pixel(3, { txid: "D", coupon: "mine" });
    const [said] = decide([late]);
    expect(said).toMatchObject({
      rows: {
        postbacks: [
          {
            receipt: late.receipt,
            stage: 0,
            status: "rejected",
            reason: "pixel_day_full",
            stranger: 1,
            params: "{}",
            txid: null,
            click_id: null,
          },
        ],
        conversions: [],
        entries: [],
        claims: [],
      },
    });
    expect(settle([pixel(4, { clickId: "nobody's" }), { ...pixel(5), content: {} }])).toEqual([
      "pixel_day_full",
      "pixel_day_full",
    ]);
    expect(stored(...taken, late)).toEqual([true, true, true, false]);
    // The next day begins anew, and so does a day before that came late.
    expect(settle([pixel(DAY_MS), pixel(-DAY_MS)])).toEqual(["claim", "claim"]);
  });

  test("is full for what comes again, however little that says, and knows what it took", () => {
    const { settle, rows } = books();
    const sent = Array.from({ length: 6 }, (_, index) => pixel(index, { txid: `o${index}`, coupon: "x".repeat(200) }));
    const told = settle(sent);
    expect(told).toEqual(["claim", "claim", "claim", "pixel_day_full", "pixel_day_full", "pixel_day_full"]);
    const before = [rows("messages"), rows("pixel_days")];
    expect(settle(sent)).toEqual(told);
    expect(settle(sent.map((one) => ({ ...one, replay: true as const, content: {} })).slice(3))).toEqual(told.slice(3));
    expect([rows("messages"), rows("pixel_days")]).toEqual(before);
  });

  test("counts what it refuses to hear as well", () => {
    const { settle } = books();
    const names = { none: {}, foreign: { clickId: "c".repeat(36), event: "gift" } };
    expect(settle([pixel(0, names.foreign), pixel(1, names.foreign), pixel(2, names.foreign), pixel(3)])).toEqual([
      "unknown_event",
      "unknown_event",
      "unknown_event",
      "pixel_day_full",
    ]);
  });

  test("hinders nothing that the sender or an operator says", () => {
    const plain = books({ bytesOfDay: 1, days: 10 });
    const flooded = books({ bytesOfDay: 1, days: 10 });
    const claim = pixel(0, { txid: "A", amountMicros: 5_000_000 });
    const flood = Array.from({ length: 90 }, (_, index) => pixel(1 + index, { txid: `o${index % 9}` }));
    const words = [
      message(10, { txid: "o1", clickId: "c".repeat(36), amountMicros: 1_000_000 }),
      message(11, { txid: "o2" }),
      message(12, { txid: "o1", status: "reversed" }),
      confirmed(100, claim),
    ];
    plain.settle([claim]);
    flooded.settle([claim]);
    expect(flooded.settle([...flood, ...words]).slice(90)).toEqual(plain.settle(words));
    expect(flooded.rows("conversions")).toEqual(plain.rows("conversions"));
    expect(flooded.rows("messages")).toEqual(plain.rows("messages"));
  });
});

describe("after its days", () => {
  const FULL: PixelLimits = { bytesOfDay: 1_000_000, days: 10 };

  test("a message is not taken, at its edge and for ever, and what has been taken is told as ever", () => {
    const { settle, stored } = books(FULL);
    const [first, last] = [pixel(0), pixel(DAY_MS - 200_000)];
    expect(settle([first], 10)).toEqual(["claim"]);
    expect(settle([last], 11)).toEqual(["pixel_too_late"]);
    expect(settle([first], 11)).toEqual(["claim"]);
    // What comes makes room for itself.
    expect(settle([pixel(11 * DAY_MS)], 11)).toEqual(["claim"]);
    expect(stored(first)).toEqual([false]);
    expect(settle([first], 11)).toEqual(["pixel_too_late"]);
    // Even by a clock that goes back.
    expect(settle([first], 0)).toEqual(["pixel_too_late"]);
  });

  test("nothing is left of a claim", () => {
    const { sql, settle, rows } = books(FULL);
    const old = Array.from({ length: 8 }, (_, index) => pixel(index, { txid: `o${index % 2}`, alsoTxid: "x" }));
    settle(old);
    sql.transaction(() =>
      markDue(
        sql,
        old.map(({ receipt }) => ({ receipt, stage: 1 })),
      ),
    );
    const young = Array.from({ length: 8 }, (_, index) =>
      pixel(11 * DAY_MS + index, { txid: `y${index % 2}`, clickId: SECONDS_CLICK }),
    );
    settle(young, 11);
    const fresh = books(FULL);
    fresh.settle(young, 11);
    for (const table of ["messages", "names", "due_rows", "claim_places", "conversions", "pixel_days"])
      expect([table, rows(table).map((row) => ({ ...row, settled_at: 0 }))]).toEqual([
        table,
        fresh.rows(table).map((row) => ({ ...row, settled_at: 0 })),
      ]);
  });

  test("a claim stays that an order asked for or an operator ruled on, and one goes that a sender's click replaced", () => {
    const { settle, stored, rows } = books(FULL);
    const single = pixel(0, { txid: "A" });
    const two = [pixel(1, { txid: "B" }), pixel(2, { txid: "B", clickId: SECONDS_CLICK })];
    const [ruled, dismissed, replaced, open] = [
      pixel(3, { txid: "C" }),
      pixel(4, { txid: "D" }),
      pixel(5, { txid: "E" }),
      pixel(6, { txid: "F" }),
    ];
    settle([single, ...two, ruled, dismissed, replaced, open]);
    const no = confirmed(8, dismissed);
    const words = [
      message(10, { txid: "A", amountMicros: 1_000_000 }),
      message(11, { txid: "B" }),
      confirmed(12, ruled),
      { ...no, ruling: { claim: dismissed.receipt, by: "ann", note: "n", dismiss: true as const } },
      message(13, { txid: "E", clickId: "c".repeat(36) }),
    ];
    const told = settle(words);
    expect(told.slice(0, 3)).toEqual(["attributed", "ambiguous_order", "attributed"]);
    const before = rows("conversions");
    settle(
      Array.from({ length: 5 }, (_, index) => pixel(11 * DAY_MS + index, { clickId: SECONDS_CLICK })),
      11,
    );
    expect(stored(single, ...two, ruled, dismissed)).toEqual([true, true, true, true, true]);
    expect(stored(replaced, open)).toEqual([false, false]);
    // The sender's words are told as ever, also those whose decision had changed a claim that is gone.
    expect(settle(words, 11)).toEqual(told);
    expect(rows("conversions")).toEqual(before);
    // What comes late is booked among what is left.
    expect(settle([message(9, { txid: "A", clickId: "c".repeat(36), amountMicros: 2_000_000 })], 11)).toEqual([
      "attributed",
    ]);
    expect(settle([confirmed(11 * DAY_MS, open)], 11)).toEqual(["no_open_claim"]);
  });
});

test("a claim is heard by what was received within a year of it", () => {
  const { settle } = books({ bytesOfDay: 1_000_000, days: 400 });
  const at = { txid: "A" };
  settle([pixel(0, at), pixel(0, { txid: "B" })]);
  expect(settle([message(CLAIMS_HEARD_MS - 1, at), message(CLAIMS_HEARD_MS, { txid: "B" })])).toEqual([
    // It found the click, whose window is over.
    "click_expired",
    "unknown_order",
  ]);
  // As long it has its place.
  const again = books({ bytesOfDay: 1_000_000, days: 800 });
  again.settle([pixel(0, at), pixel(1, at), pixel(2, at)]);
  expect(again.settle([pixel(CLAIMS_HEARD_MS - 1, at), pixel(CLAIMS_HEARD_MS, at)])).toEqual([
    "too_many_claims",
    "claim",
  ]);
});

test("who is erased is erased in what is taken, and said nowhere by what is not", () => {
  const { sql, settle, rows } = books();
  const key = importErasureKey(ERASURE_KEY);
  settle([pixel(0, { txid: "Ann" }), pixel(1, { txid: "Ann" })]);
  sql.transaction(() => eraseBooks(sql, replacementFor(key, 1), { clickIds: [], txids: ["Ann"] }, START_MS));
  const flood = Array.from({ length: 9 }, (_, index) => pixel(2 + index, { txid: "Ann", coupon: "Ann" }));
  const commands = flood.map((one) => makeCommand(one, SHOES ?? null, SET_UP));
  const { decided } = sql.transaction(() => decideMeetingErased(sql, key, commands, START_MS, { limits: SMALL }));
  expect(decided.filter((one) => "rows" in one && one.rows.postbacks[0]?.reason === "pixel_day_full")).toHaveLength(8);
  expect(JSON.stringify([decided, rows("messages"), rows("claim_places")])).not.toContain("Ann");
});

test("days of a flood end at what the days may bring, and cost no more than is counted", { timeout: 60_000 }, () => {
  const limits: PixelLimits = { bytesOfDay: 100_000, days: 5 };
  const { sql, bytes, settle, rows } = books(limits);
  const empty = bytes();
  const sizes: number[] = [];
  for (let day = 0; day < 24; day++) {
    // Small ones for some days, then large ones, each of another order.
    const said = (index: number) => ({
      txid: `${day} ${index}`.padEnd(day < 8 ? 10 : 128, "\u20ac"),
      ...(day < 8 ? {} : { coupon: "\u20ac".repeat(500) }),
    });
    for (let batch = 0; batch < 3; batch++)
      settle(
        Array.from({ length: 100 }, (_, index) => pixel(day * DAY_MS + batch * 100 + index, said(batch * 100 + index))),
        day,
      );
    // It is archived within the hour.
    sql.exec("DELETE FROM changes");
    sizes.push(bytes() - empty);
  }
  const most = (limits.days + 2) * limits.bytesOfDay;
  expect(Math.max(...sizes)).toBeLessThan(most);
  expect(Math.max(...sizes)).toBeGreaterThan(most / 4);
  expect(Math.max(...sizes.slice(-5))).toBeLessThanOrEqual(Math.max(...sizes.slice(5, -5)) * 1.1);
  expect(rows("pixel_days").length).toBeLessThanOrEqual(limits.days + 1);
});

test("all days together are far from what an object holds, and a day is enough for a shop", () => {
  expect(PIXEL_LIMITS.bytesOfDay * (PIXEL_LIMITS.days + 2)).toBeLessThan(4_000_000_000);
  const order = pixel(0, { txid: "1000123", amountMicros: 40_000_000, currency: "USD", coupon: "SPRING" });
  expect(PIXEL_LIMITS.bytesOfDay / pixelBytes(makeCommand(order, SHOES ?? null, SET_UP))).toBeGreaterThan(6_000);
  expect(OUTCOME_REASONS.pixel_too_late.message).toContain(`${PIXEL_LIMITS.days} days`);
});
