/** An advertiser's list against the books: its spreadsheet is read as it comes, and every kind of difference is told with what is known of it. */
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatMicros } from "../../workers/core/money.ts";
import { readAmount, readColumns, readLine } from "../../workers/core/reconciliation/statement.ts";
import { conversionRow, plant, plantLog, plantSetUp, postbackRow } from "../console/books.ts";
import { type Console, startConsole } from "../console/console.ts";

describe("amounts of every spreadsheet", () => {
  test.each([
    ["12", "12.00"],
    ["12.5", "12.50"],
    ["12,50", "12.50"],
    ["1,234.50", "1234.50"],
    ["1.234,50", "1234.50"],
    ["1,234", "1234.00"],
    ["1.234", "1.234"],
    ["1.234.567", "1234567.00"],
    ["1,234,567.89", "1234567.89"],
    ["1 234,5", "1234.50"],
    ["1'234.50", "1234.50"],
    ["€ 12,50", "12.50"],
    ["12.50 USD", "12.50"],
    ["$-3.00", "-3.00"],
    ["(3.00)", "-3.00"],
    ["-3", "-3.00"],
    ["0.000001", "0.000001"],
  ])("%s", (text, decimal) => {
    expect(formatMicros(readAmount(text) ?? 0n)).toBe(decimal);
  });

  test.each(["", "-", "twelve", "1e9", "12.50.x", "9999999999999", "."])("“%s” is none", (text) => {
    expect(readAmount(text)).toBeNull();
  });

  test("what we write ourselves is read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 }), (micros) => {
        expect(readAmount(formatMicros(micros))).toBe(BigInt(micros));
      }),
    );
  });
});

describe("columns by many names", () => {
  test.each([
    [["txid", "status", "amount"], { txid: 0, event: -1, status: 1, amount: 2 }],
    [["Date", "Order ID", "Order Value", "State"], { txid: 1, event: -1, status: 3, amount: 2 }],
    [["id", "transaction-id", "Goal", "Sale Amount (net)"], { txid: 1, event: 2, status: -1, amount: -1 }],
    [["status", "amount"], null],
  ])("%j", (header, columns) => {
    expect(readColumns(header)).toEqual(columns);
  });

  const columns = { txid: 0, event: -1, status: 1, amount: 2 };
  test.each([
    ["Confirmed", ["approved"]],
    ["on hold", ["pending"]],
    ["CANCELLED", ["rejected", "reversed"]],
    ["gesperrt", ["rejected"]],
    ["whatever", null],
  ])("%s is %j", (word, statuses) => {
    const read = readLine(columns, ["a", word, "1"], { events: {}, statuses: { gesperrt: "rejected" } });
    expect(read).toMatchObject({ ok: true, value: { txid: "a", statuses } });
  });

  test.each([
    [["", "ok", "1"], "no_txid"],
    [["a", "ok", "one"], "unreadable_amount"],
  ])("%j is refused", (cells, refusal) => {
    expect(readLine(columns, cells, { events: {}, statuses: {} })).toEqual({ ok: false, refusal });
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
    const { differences, ...summary } = JSON.parse(answer.text);
    expect(summary).toEqual({
      advertiser: "acme",
      orders: 10,
      agreeing: 4,
      counts: { missing_here: 4, missing_there: 2, status_differs: 1, amount_differs: 1 },
      unreadable: [
        { line: 13, reason: "no_txid" },
        { line: 14, reason: "unreadable_amount" },
      ],
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
        "missing_here order-6  approved  40.00 not_received",
        "missing_there order-7 approved  40.00  ",
        "missing_there  approved  40.000016  no_txid",
      ].sort(),
    );
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
