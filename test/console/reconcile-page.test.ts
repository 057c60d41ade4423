/** The page of reconciliation: every file of people's tools with the right figures, columns chosen by hand, and nobody let in who may not. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../house/files.ts";
import { conversionRow, plant } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

const INPUTS = join(ROOT, "test/core/table-file/inputs");
const HERE = { "sec-fetch-site": "same-origin" };
let api: Console;
let cookie = "";

beforeAll(async () => {
  api = await startConsole();
  await api.call("POST", "/api/advertisers", {
    slug: "acme",
    name: "Acme",
    mapping: { names: { Bestellnr: "txid", Zustand: "status", Wert: "amount" }, statuses: { offen: "pending" } },
  });
  await api.call("POST", "/api/affiliates", { slug: "blog", name: "Blog" });
  await api.call("POST", "/api/offers", {
    slug: "shoes",
    name: "Shoes",
    advertiser: "acme",
    destination: "https://shop.example/",
    currency: "EUR",
    events: [{ name: "sale", payout: { percent: "10" } }],
  });
  await api.call("POST", "/api/links", { slug: "demo", offer: "shoes", affiliate: "blog" });
  const held = { K1: 10, K2: 20, "#1001": 45, "#1002": 1134.5, A1: 12.5, A2: 0.5, A3: 1234.5, A8: 12.5 };
  const rows = Object.entries(held).map(([txid, amount], index) => {
    const own = { txid, amount: amount * 1_000_000, event: "sale", status: "approved", currency: "EUR", test: 0 };
    return conversionRow(index, { advertiser: 1, offer: 1, link: 1, affiliate: 1, ...own });
  });
  await plant(api.env.DB, "conversions", rows);
  cookie = await api.signIn();
});
afterAll(() => api.stop());

/** Sends the form as a browser does. */
async function send(file: Uint8Array, fields: Record<string, string> = {}, headers: Record<string, string> = HERE) {
  const boundary = "----clickback";
  const part = (head: string, body: Uint8Array | string) => [`--${boundary}\r\n${head}\r\n\r\n`, body, "\r\n"];
  // No order of these files is later.
  const all = { advertiser: "acme", to: "2020-01-01", ...fields };
  const parts = [
    ...Object.entries(all).flatMap(([name, value]) => part(`content-disposition: form-data; name="${name}"`, value)),
    ...part('content-disposition: form-data; name="file"; filename="a.csv"\r\ncontent-type: text/csv', file),
    `--${boundary}--\r\n`,
  ];
  const body = new Uint8Array(Buffer.concat(parts.map((one) => Buffer.from(one))));
  const type = `multipart/form-data; boundary=${boundary}`;
  const sent = { authorization: "", cookie, "content-type": type, "content-length": String(body.length), ...headers };
  const answer = await api.fetch("/reconcile", sent, { method: "POST", body });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const input = (name: string) => new Uint8Array(readFileSync(join(INPUTS, name)));
const words = (html: string) => html.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");

describe("files as people's tools write them", () => {
  test.each([
    ["reconcile-type-column.csv", 2, 2],
    ["reconcile-title-and-total.csv", 1, 1],
    ["reconcile-sep-line.csv", 1, 1],
    ["reconcile-utf-16le.txt", 1, 1],
    ["reconcile-shopify-orders.csv", 2, 2],
    ["reconcile-click-and-order-id.csv", 1, 1],
    ["reconcile-other-currency.csv", 2, 0],
    ["reconcile-mapped-columns.csv", 1, 0],
    ["reconcile-amount-forms.csv", 9, 4],
  ])("of %s there are %i orders, and %i agree", async (name, orders, agreeing) => {
    const { status, text } = await send(input(name));
    expect([status, words(text)]).toEqual([
      200,
      expect.stringContaining(`${orders} orders in the file, ${agreeing} agree with the books.`),
    ]);
  });

  test("the first rows are shown with what each column is read as, and another choice counts", async () => {
    const shown = await send(input("reconcile-mapped-columns.csv"));
    expect(words(shown.text)).toMatch(/First rows Bestellnr txid .* Zustand status .* Wert amount .* K1 offen 10,00/);
    expect(words(shown.text)).toContain("status differs");
    const chosen = await send(input("reconcile-mapped-columns.csv"), { "#2": "-" });
    expect(words(chosen.text)).toMatch(/1 orders in the file, 1 agree.*Columns not used: Zustand/);
  });

  test("a file that names nothing is shown all the same, so that its columns can be chosen", async () => {
    const file = new TextEncoder().encode("kein,name\nK1,10.00\n");
    const refused = await send(file);
    expect(words(refused.text)).toMatch(/names a column for the order or the click.*#1 .* kein name K1 10\.00/);
    const chosen = await send(new TextEncoder().encode("K1,10.00\n"), { "#1": "txid", "#2": "amount" });
    expect(words(chosen.text)).toMatch(/1 orders in the file, 1 agree.*no header/);
  });

  test("lines that cannot be read and words that are not compared are told", async () => {
    const file = "Order ID;Type;Amount\nK1;Kiosk;10,00\nK2;sale;lots\nTotal;;10,00\n";
    const told = words((await send(new TextEncoder().encode(file))).text);
    expect(told).toMatch(/1 orders in the file, 1 agree.*could not be read.* 3 Amount lots The amount cannot be read/);
    expect(told).toMatch(/Not compared in “Type”: “Kiosk”, 1.*Totals at the end: 1/);
  });

  test("the differences come as CSV that Excel opens", async () => {
    const { headers, text } = await send(input("reconcile-other-currency.csv"), { format: "csv" });
    expect(headers.get("content-disposition")).toContain("differences.csv");
    expect(text.split("\r\n")).toEqual([
      expect.stringMatching(/^\ufeff?difference,txid,/),
      expect.stringMatching(/^currency_differs,K1,.*,USD,/),
      expect.stringMatching(/^currency_differs,K2,.*,GBP,/),
      "",
    ]);
  });

  test("a row that differs leads to the correction that settles it, filled in, and a missing one to its import", async () => {
    const click = "0r8jk3vq5x7c9d1f2g4h6j8k0m2n4p6q8s0t";
    const file = `Order ID,Click ID,Status,Amount\nK1,,refunded,10.00\nK2,,approved,19.00\nnew,${click},approved,"3.00"\n`;
    const { text } = await send(new TextEncoder().encode(file));
    const links = [...text.matchAll(/href="([^"]*)"[^>]*>(Correct|Import)</g)]
      .filter(([, href]) => href?.includes("?"))
      .map(([, href, label]) => ({
        label,
        url: new URL((href ?? "").replaceAll("&amp;", "&"), "http://console"),
      }));
    const said = links.map(({ label, url }) => [label, url.searchParams.get("status"), url.searchParams.get("amount")]);
    expect(said).toEqual(
      expect.arrayContaining([
        ["Correct", "reversed", null],
        ["Correct", null, "19.00"],
        ["Import", null, null],
      ]),
    );
    const get = async (label: string, status: string | null) => {
      const link = links.find((one) => one.label === label && one.url.searchParams.get("status") === status);
      const page = await api.fetch(`${link?.url.pathname}${link?.url.search}`, { authorization: "", cookie });
      return page.text();
    };
    expect(await get("Correct", "reversed")).toMatch(/<option value="reversed" selected/);
    expect(await get("Import", null)).toContain(`click_id,txid,status,amount\n${click},new,approved,3.00`);
  });

  test("an analyst sees the differences, and no way to correct or import them", async () => {
    const made = await api.call("POST", "/api/tokens", { name: "ana", role: "analyst" });
    const analyst = await api.signIn(String(JSON.parse(made.text).token));
    const { text } = await send(
      new TextEncoder().encode("Order ID,Amount\nK1,11.00\n"),
      {},
      { ...HERE, cookie: analyst },
    );
    expect(words(text)).toContain("amount differs");
    expect(text).not.toMatch(/href="[^"]*\?[^"]*"[^>]*>(Correct|Import)</);
  });

  test("what a file says is shown as text", async () => {
    const file = new TextEncoder().encode('Order ID,<b>x</b>\n"<script>alert(1)</script>",<i>\n');
    expect((await send(file)).text).not.toMatch(/<script>alert|<b>x|<i>/);
  });
});

test("who may not look may not send, and no other site may", async () => {
  const file = input("reconcile-sep-line.csv");
  expect((await send(file, {}, { "sec-fetch-site": "cross-site", origin: "https://evil.example" })).status).toBe(403);
  const out = await send(file, {}, { ...HERE, cookie: "" });
  expect([out.status, out.text]).toEqual([200, expect.stringContaining("what you sent is not kept here")]);
  const made = await api.call("POST", "/api/tokens", { name: "blog", role: "affiliate", subject: "blog" });
  const affiliate = await api.signIn(String(JSON.parse(made.text).token));
  expect((await send(file, {}, { ...HERE, cookie: affiliate })).status).toBe(403);
  const json = { "content-type": "application/json" };
  expect((await send(file, {}, { ...HERE, ...json })).status).toBe(415);
});
