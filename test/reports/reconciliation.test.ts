/** An advertiser's list against the books: its spreadsheet is read as it comes, and every kind of difference is told with what is known of it. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeDialect } from "../../workers/core/postback/dialect.ts";
import { sentLineReader } from "../../workers/core/reconciliation/sent-line.ts";
import { layoutNamed } from "../../workers/core/table-file/table-layouts.ts";
import type { TableOrder } from "../../workers/core/table-file/table-order.ts";
import { conversionRow, plant, plantLog, plantSetUp, postbackRow } from "../console/books.ts";
import { type Console, startConsole } from "../console/console.ts";
import { ROOT } from "../house/files.ts";

describe("words", () => {
  const order: TableOrder = {
    line: 2,
    clickId: null,
    txid: "a",
    event: null,
    status: null,
    means: null,
    amountMicros: null,
    refundedMicros: null,
    revenueMicros: null,
    currencies: null,
    occurredAtMs: null,
    test: false,
    rest: [],
    byHand: { status: false, event: false },
  };
  const dialect = makeDialect({ preset: "affise", statuses: { Gesperrt: "rejected" }, events: { kauf: "sale" } });

  /** What is read of an event and a status, and the words that are not compared. */
  function read(words: Partial<TableOrder>, layout: string | null = null) {
    const told: string[] = [];
    const asked = { dialect, events: ["sale", "Lead 1"], layout: layout === null ? null : layoutNamed(layout) };
    const { event, statuses } = sentLineReader(asked, (column, word) => told.push(`${column} ${word}`))({
      ...order,
      ...words,
    });
    return { event, statuses, told };
  }

  test.each([
    ["Confirmed", ["approved"]],
    ["on hold", ["pending"]],
    ["refunded", ["reversed"]],
    ["storno", ["rejected", "reversed"]],
    ["gesperrt", ["rejected"]],
    ["GESPERRT", ["rejected"]],
    ["2", ["pending"]],
    ["whatever", null],
  ])("the status %s is %j, in the advertiser's and its preset's words as at the door", (status, statuses) => {
    expect(read({ status })).toMatchObject({ statuses, told: statuses === null ? [`status ${status}`] : [] });
  });

  test.each([
    ["sale", "sale"],
    ["Sale", "sale"],
    ["kauf", "sale"],
    ["lead-1", "Lead 1"],
    ["Online order", null],
  ])("the event %s is %j", (word, event) => {
    expect(read({ event: word })).toMatchObject({ event, told: event === null ? [`event ${word}`] : [] });
  });

  test("a layout's words count behind the advertiser's, and in our own export the words are ours", () => {
    expect(read({ status: "partially_refunded", means: "approved" }).statuses).toEqual(["approved"]);
    expect(read({ status: "2", means: "rejected" }).statuses).toEqual(["pending"]);
    expect(read({ status: "approved", event: "kauf" }, "conversions")).toMatchObject({
      event: "kauf",
      statuses: ["approved"],
    });
  });
});

describe("over HTTP", () => {
  let api: Console;
  const tokens: Record<string, string> = {};

  /** Orders 0, 1, 3, 4 … are acme's; every fifth is pending, every seventh from 6 on a test. */
  beforeAll(async () => {
    api = await startConsole();
    await plantSetUp(api.env.DB);
    const planted = Array.from({ length: 9 }, (_, number) => conversionRow(number, { amount: 40_000_000 }));
    planted.push(
      conversionRow(10, { amount: 5_000_000, txid: "twice" }),
      conversionRow(12, { amount: 6_000_000, txid: "twice" }),
    );
    planted.push(conversionRow(15, { amount: 0, status: "reversed", txid: "back" }), conversionRow(16, { txid: null }));
    await plant(api.env.DB, "conversions", planted);
    const log = { conversion_id: null, advertiser: 1 };
    await plantLog(api.env, [
      postbackRow(conversionRow(30), { ...log, txid: "late", status: "rejected", reason: "click_expired" }),
      postbackRow(conversionRow(31), { ...log, txid: "forged", status: "refused", reason: "bad_token" }),
      postbackRow(conversionRow(32), {
        ...log,
        txid: "stranger",
        advertiser: 2,
        status: "rejected",
        reason: "no_click",
      }),
    ]);
    const claimed = { ...{ stage: 1, offer: 1, affiliate: 1, link: 1, click_id: "c", event: "sale" }, state: "open" };
    const moment = { received_at: 1, settled_at: 1 };
    const claim = { ...claimed, ...moment, txid: "order-6", amount: 1, currency: "USD", conversion_id: null, test: 0 };
    await plant(api.env.DB, "claims", [
      { ...claim, receipt: "1".repeat(26), advertiser: 1 },
      { ...claim, receipt: "2".repeat(26), advertiser: 2, txid: "late" },
      { ...claim, receipt: "3".repeat(26), advertiser: 1, txid: "forged", test: 1 },
    ]);
    for (const slug of ["acme", "rival"]) {
      const made = await api.call("POST", "/api/tokens", { name: slug, role: "advertiser", subject: slug });
      tokens[slug] = String(JSON.parse(made.text).token);
    }
    const affiliate = await api.call("POST", "/api/tokens", { name: "blog", role: "affiliate", subject: "blog" });
    tokens.blog = String(JSON.parse(affiliate.text).token);
  });
  afterAll(() => api.stop());

  const FILE = [
    "Order ID;Status;Order Value",
    "order-0;on hold;40,00",
    "order-1;approved;40,00",
    "order-3;cancelled;40,00",
    "order-4;approved;39,99",
    "twice;confirmed;4,00",
    "twice;confirmed;7,00",
    "back;refunded;20,00",
    "late;approved;10,00",
    "forged;approved;10,00",
    "stranger;approved;10,00",
    "order-6;approved;40,00",
    ";approved;1,00",
    "odd;approved;lots",
  ].join("\r\n");

  async function send(query: string, body: string, token?: string) {
    const answer = await api.fetch(`/api/reconcile?${query}`, token ? { authorization: `Bearer ${token}` } : {}, {
      method: "POST",
      body,
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  test("what agrees is counted, and what does not is told with what is known of it", async () => {
    const answer = await send("advertiser=acme", FILE);
    const { differences, groups: _, ...summary } = JSON.parse(answer.text);
    expect(summary).toEqual({
      advertiser: "acme",
      orders: 10,
      agreeing: 4,
      waiting_claims: 1,
      counts: { missing_here: 4, missing_there: 2, status_differs: 1, amount_differs: 1, currency_differs: 0 },
      unreadable: [
        expect.objectContaining({ line: 13, reason: "no_order_or_click", column: null }),
        expect.objectContaining({ line: 14, reason: "unreadable_amount", column: "Order Value", text: "lots" }),
      ],
      read: {
        encoding: "utf-8",
        separator: ";",
        layout: null,
        header_line: 1,
        columns: [
          { column: "Order ID", read_as: "txid" },
          { column: "Status", read_as: "status" },
          { column: "Order Value", read_as: "amount" },
        ],
        columns_not_used: [],
        rows: 13,
        unreadable: 2,
        continued: 0,
        totals: 0,
        tests: 0,
        passed_over: [],
        left_out: [],
        words_not_compared: [],
      },
    });
    const told = differences.map((one: Record<string, string>) =>
      [one.difference, one.txid, one.our_status, one.their_status, one.our_amount, one.their_amount, one.reason].join(
        " ",
      ),
    );
    expect(told.sort()).toEqual(
      [
        "status_differs order-3 approved cancelled 40.00 40.00 ",
        "amount_differs order-4 approved approved 40.00 39.99 ",
        "missing_here late  approved  10.00 click_expired",
        "missing_here forged  approved  10.00 bad_token",
        "missing_here stranger  approved  10.00 not_received",
        "missing_here order-6  approved  40.00 claim",
        "missing_there order-7 approved  40.00  ",
        "missing_there  approved  40.000016  no_txid",
      ].sort(),
    );
  });

  test("differences of one reason are counted and summed together, by currency", async () => {
    const { groups, differences } = JSON.parse((await send("advertiser=acme", FILE)).text);
    const of = (difference: string, reason: string | null) =>
      groups.find((group: Record<string, unknown>) => group.difference === difference && group.reason === reason);
    expect(of("missing_here", "click_expired")).toMatchObject({
      rows: 1,
      our_amounts: [],
      their_amounts: [{ currency: null, amount: "10.00" }],
    });
    expect(of("missing_there", null)).toMatchObject({ rows: 1, our_amounts: [{ amount: "40.00" }], their_amounts: [] });
    const rows = groups.reduce((sum: number, group: { rows: number }) => sum + group.rows, 0);
    expect([rows, differences.length]).toEqual([8, 8]);
  });

  test("of a part of the books, what stands in another part is neither compared nor missing", async () => {
    const { results } = await api.env.DB.prepare(
      "SELECT txid, event, o.slug AS offer, a.slug AS affiliate FROM conversions AS c JOIN offers AS o ON o.number = c.offer JOIN affiliates AS a ON a.number = c.affiliate WHERE c.advertiser = 1 AND c.test = 0 AND txid IS NOT NULL",
    ).all<Record<"txid" | "event" | "offer" | "affiliate", string>>();
    const listed = ["order-0", "order-1", "order-3", "order-4", "twice", "back"];
    for (const filter of ["event", "offer", "affiliate"] as const)
      for (const name of new Set(results.map((row) => row[filter]))) {
        const own = new Set(results.flatMap((row) => (row[filter] === name ? [row.txid] : [])));
        const { orders, counts } = JSON.parse((await send(`advertiser=acme&${filter}=${name}`, FILE)).text);
        expect([filter, name, orders]).toEqual([filter, name, listed.filter((txid) => own.has(txid)).length + 4]);
        expect(counts.missing_here).toBe(4);
        expect(counts.status_differs).toBe(own.has("order-3") ? 1 : 0);
      }
    expect((await send("advertiser=acme&offer=nope", FILE)).status).toBe(400);
  });

  test("the range bounds what is missing there, and nothing else", async () => {
    const { counts } = JSON.parse((await send("advertiser=acme&to=2026-11-01T01:00:00Z", FILE)).text);
    expect(counts).toMatchObject({ missing_here: 4, missing_there: 0, status_differs: 1 });
  });

  test("CSV holds the same", async () => {
    const answer = await send("advertiser=acme&format=csv", FILE);
    const rows: Record<string, string>[] = parse(answer.text, { columns: true });
    expect(rows.length).toBe(8);
    expect(rows.find(({ txid }) => txid === "forged")?.message).toContain("token");
    expect(JSON.parse(answer.headers.get("x-summary") ?? "")).toMatchObject({ orders: 10, unreadable: 2 });
  });

  describe("files as people's tools write them", () => {
    const INPUTS = join(ROOT, "test/core/table-file/inputs");

    /** The order K1 of 10.00 and its like, in an offer in EUR, for an advertiser of the file's own. */
    async function holding(slug: string, held: Record<string, string | number | null>[], mapping: object = {}) {
      const made = await api.call("POST", "/api/advertisers", { slug, name: slug, mapping });
      expect(made.status).toBe(201);
      const number = await api.env.DB.prepare("SELECT number FROM advertisers WHERE slug = ?")
        .bind(slug)
        .first("number");
      await api.call("POST", "/api/offers", {
        slug: `${slug}-offer`,
        name: slug,
        advertiser: slug,
        destination: "https://shop.example/",
        currency: "EUR",
        events: [{ name: "sale", payout: { percent: "10" } }],
      });
      planted += 10;
      const first = planted;
      const rows = held.map((row, index) =>
        conversionRow(first + index, { advertiser: Number(number), event: "sale", currency: "EUR", test: 0, ...row }),
      );
      await plant(api.env.DB, "conversions", rows);
      return rows;
    }
    let planted = 1_000;
    const K1 = { txid: "K1", status: "approved", amount: 10_000_000 };
    const K2 = { txid: "K2", status: "approved", amount: 20_000_000 };

    async function reconciled(slug: string, body: Uint8Array, query = "") {
      const answer = await api.fetch(`/api/reconcile?advertiser=${slug}${query}`, {}, { method: "POST", body });
      return JSON.parse(await answer.text());
    }

    test.each([
      ["reconcile-type-column.csv", [K1, K2], 2],
      ["reconcile-title-and-total.csv", [K1], 1],
      ["reconcile-sep-line.csv", [K1], 1],
      ["reconcile-utf-16le.txt", [K1], 1],
    ])("%s agrees", async (file, held, agreeing) => {
      const slug = file.replace(/\W/g, "-");
      await holding(slug, held);
      expect(await reconciled(slug, readFileSync(join(INPUTS, file)))).toMatchObject({
        orders: agreeing,
        agreeing,
        unreadable: [],
        differences: [],
      });
    });

    test("a click and an order, in Everflow's columns or under its preset", async () => {
      const text = readFileSync(join(INPUTS, "reconcile-click-and-order-id.csv"), "utf8");
      for (const preset of [false, true]) {
        const slug = `everflow-${preset}`;
        const [row] = await holding(slug, [K1], preset ? { preset: "everflow" } : {});
        const body = Buffer.from(text.replace("CLICK_ID_OF_K1", String(row?.click_id)));
        const query = preset ? "&layout=none" : "";
        expect(await reconciled(slug, body, query)).toMatchObject({ orders: 1, agreeing: 1, differences: [] });
        // By its click alone.
        const clicks = Buffer.from(body.toString().replace(",K1,", ",,"));
        expect(await reconciled(slug, clicks, query)).toMatchObject({ orders: 1, agreeing: 1, differences: [] });
      }
    });

    test("the mapping's columns and words are read as at the door", async () => {
      const mapping = {
        names: { Bestellnr: "txid", Zustand: "status", Wert: "amount" },
        statuses: { offen: "pending" },
      };
      await holding("mapped", [{ ...K1, status: "approved" }], mapping);
      const body = readFileSync(join(INPUTS, "reconcile-mapped-columns.csv"));
      const read = await reconciled("mapped", body);
      expect(read).toMatchObject({ orders: 1, agreeing: 0, counts: { status_differs: 1 } });
      expect(read.differences).toMatchObject([{ txid: "K1", their_status: "offen", our_status: "approved" }]);
      const chosen = await reconciled("everflow-false", body, "&columns=Bestellnr=txid,Wert=amount");
      expect(chosen).toMatchObject({ orders: 1, agreeing: 1, read: { columns_not_used: ["Zustand"] } });
    });

    test("another currency is a difference, and its amount none", async () => {
      await holding("currencies", [K1, K2]);
      const read = await reconciled("currencies", readFileSync(join(INPUTS, "reconcile-other-currency.csv")));
      expect(read.differences).toMatchObject([
        { difference: "currency_differs", txid: "K1", currency: "EUR", their_currency: "USD" },
        { difference: "currency_differs", txid: "K2", currency: "EUR", their_currency: "GBP" },
      ]);
      expect(read.differences).toHaveLength(2);
    });

    test("every form of an amount is read rightly or named, and what is named is not missing", async () => {
      const amounts = {
        A1: 12.5,
        A2: 0.5,
        A3: 1234.5,
        A4: 12.5,
        A5: 12.5,
        A6: 12.5,
        A7: 12.5,
        A8: 12.5,
        A9: 12.5,
        A10: 1,
      };
      const held = Object.entries(amounts).map(([txid, amount]) => ({
        ...K1,
        txid,
        amount: amount * 1_000_000,
      }));
      await holding("amounts", held);
      const body = `${readFileSync(join(INPUTS, "reconcile-amount-forms.csv"), "utf8")}A10;1,23,4\n`;
      const read = await reconciled("amounts", Buffer.from(body));
      expect(read.unreadable).toMatchObject([{ line: 11, reason: "unreadable_amount", text: "1,23,4" }]);
      expect(read.differences.map(({ difference, txid }: Record<string, string>) => `${txid} ${difference}`)).toEqual([
        "A4 amount_differs",
        "A5 amount_differs",
        "A6 currency_differs",
        "A7 currency_differs",
        "A9 currency_differs",
      ]);
      expect(read).toMatchObject({ orders: 9, agreeing: 4 });
    });

    test("Shopify's orders: a line an order, what was paid back taken off", async () => {
      await holding("shop", [
        { ...K1, txid: "#1001", amount: 45_000_000 },
        { ...K1, txid: "#1002", amount: 1_134_500_000 },
      ]);
      const read = await reconciled("shop", readFileSync(join(INPUTS, "reconcile-shopify-orders.csv")));
      expect(read).toMatchObject({
        orders: 2,
        agreeing: 2,
        differences: [],
        read: { layout: "shopify", continued: 1 },
      });
    });

    test("our own export agrees with the books, whatever the texts", async () => {
      const odd = fc.string({
        unit: fc.constantFrom(..."=+-@';,\t\" aé", "\u3000", "＝"),
        minLength: 1,
        maxLength: 12,
      });
      const texts = fc.sample(odd, { numRuns: 400, seed: 7 }).map((text, index) => `${text}${index}`);
      const txids = texts.filter((text) => text === text.trim());
      expect(txids.length).toBeGreaterThan(200);
      await holding("own", [...txids.map((txid) => ({ ...K1, txid })), { ...K1, txid: null }]);
      for (const query of ["", "&bom=1"]) {
        const exported = await api.download(`/api/exports/conversions.csv?advertiser=own${query}`);
        const read = await reconciled("own", exported.bytes);
        expect(read).toMatchObject({ orders: txids.length + 1, agreeing: txids.length + 1, differences: [] });
        expect(read.read).toMatchObject({ layout: "conversions" });
      }
    });

    test.each([
      ["K1,approved,10.00\n", /no line .* names a column for the order or the click; the first is “K1 \| approved/],
      ["Transaction ID,Amount\nx1,1.00\n", /“Transaction ID” is a click at some vendors and an order at others/],
      ["click_id,link,clicked_at,kind,unique\n", /These are clicks/],
      ["Order ID,Order-ID\n1,2\n", /two columns may be txid/],
    ])("%j is refused with what to do", async (text, detail) => {
      expect((await reconciled("acme", Buffer.from(text))).detail).toMatch(detail);
    });
  });

  test("an advertiser reconciles its own books only, an affiliate none", async () => {
    expect((await send("advertiser=acme", FILE, tokens.acme)).status).toBe(200);
    expect((await send("advertiser=acme", FILE, tokens.rival)).status).toBe(404);
    expect((await send("advertiser=acme", FILE, tokens.blog)).status).toBe(403);
  });

  test.each([
    ["", 400],
    ["status,amount\napproved,1", 400],
    ['txid,amount\n"broken', 400],
    ["txid\n", 200],
  ])("%j answers %i", async (body, status) => {
    expect((await send("advertiser=acme", body)).status).toBe(status);
  });
});
