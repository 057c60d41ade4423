/** Importing in the console: every file of people's tools as it would be sent and as it ended, in pieces, again, broken off, and by nobody who may not. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueClickId } from "../../workers/core/click-id.ts";
import { deriveReceiptKeys } from "../../workers/core/credentials.ts";
import { openKeyRing } from "../../workers/core/key-ring.ts";
import { makeDialect } from "../../workers/core/postback/dialect.ts";
import { parseJsonObject } from "../../workers/core/postback/parameter.ts";
import { decideRow } from "../../workers/core/postback/postback.ts";
import { nameOfMessage, writeReceipt } from "../../workers/core/receipt.ts";
import { openImport } from "../../workers/core/table-file/import-rows.ts";
import { waitFor } from "../flow/system.ts";
import { ROOT } from "../house/files.ts";
import { ADMIN, ADVERTISER_KEYS, CLICK_KEYS, type Console, startConsole } from "./console.ts";

const INPUTS = join(ROOT, "test/core/table-file/inputs");
const HERE = { "sec-fetch-site": "same-origin" };
const SLOW_MS = 60_000;
const MAPPING = {
  names: { Bestellnr: "txid", Zustand: "status", Wert: "amount" },
  statuses: { offen: "pending" },
  events: { Kauf: "sale" },
};

let api: Console;
let cookie = "";
let clicks = 0;
const ring = await openKeyRing("CLICK_KEYS", CLICK_KEYS);

beforeAll(async () => {
  api = await startConsole();
  for (const [slug, auth] of [
    ["acme", "token"],
    ["signs", "signed"],
  ]) {
    await api.call("POST", "/api/advertisers", { slug, name: slug, auth, mapping: MAPPING });
  }
  await api.call("POST", "/api/affiliates", { slug: "blog", name: "Blog" });
  await api.call("POST", "/api/offers", {
    slug: "shoes",
    name: "Shoes",
    advertiser: "acme",
    destination: "https://shop.example/",
    currency: "EUR",
    events: [
      { name: "sale", payout: { percent: "10" } },
      { name: "lead", payout: { flat: "1" } },
    ],
  });
  await api.call("POST", "/api/links", { slug: "demo", offer: "shoes", affiliate: "blog" });
  cookie = await api.signIn();
});
afterAll(() => api.stop());

/** A click on the link, a minute ago. */
function freshClick(): string {
  const click = { issuedAtMs: Date.now() - 60_000, link: 1, counter: ++clicks, test: false, provisional: false };
  return issueClickId(ring, click);
}

/** Sends the form as a browser does. */
async function send(
  file: Uint8Array | string,
  fields: Record<string, string> = {},
  headers: Record<string, string> = HERE,
) {
  const boundary = "----clickback";
  const part = (head: string, body: Uint8Array | string) => [`--${boundary}\r\n${head}\r\n\r\n`, body, "\r\n"];
  const parts = [
    ...Object.entries({ advertiser: "acme", ...fields }).flatMap(([name, value]) =>
      part(`content-disposition: form-data; name="${name}"`, value),
    ),
    ...part('content-disposition: form-data; name="file"; filename="a.csv"\r\ncontent-type: text/csv', file),
    `--${boundary}--\r\n`,
  ];
  const body = new Uint8Array(Buffer.concat(parts.map((one) => Buffer.from(one))));
  const type = `multipart/form-data; boundary=${boundary}`;
  const sent = { authorization: "", cookie, "content-type": type, "content-length": String(body.length), ...headers };
  const answer = await api.fetch("/import", sent, { method: "POST", body });
  const html = await answer.text();
  return { status: answer.status, location: answer.headers.get("location") ?? "", text: htmlWords(html), html };
}

function htmlWords(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&quot;/g, '"')
    .replaceAll(/\s+/g, " ");
}

/** The file with fresh clicks in the places of its fillers. */
function input(name: string): Uint8Array {
  const bytes = readFileSync(join(INPUTS, name));
  if (name.endsWith(".txt")) return new Uint8Array(bytes);
  const ids = new Map<string, string>();
  const idOf = (filler: string): string => {
    const id = ids.get(filler) ?? freshClick();
    ids.set(filler, id);
    return id;
  };
  return new TextEncoder().encode(bytes.toString().replaceAll(/CLICK_ID(?:_OF)?_[\w#-]+/g, idOf));
}

async function post(path: string, body: Uint8Array | string, token = ADMIN) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "text/csv" };
  const answer = await api.fetch(path, headers, { method: "POST", body });
  return { status: answer.status, json: JSON.parse(await answer.text()) };
}

interface Ended {
  rows: number;
  done: number;
  complete: boolean;
  endings: { status: string; reason: string | null; rows: number }[];
}

async function ended(id: string): Promise<Ended> {
  return waitFor(async () => {
    const { json } = await api.call("GET", `/api/imports/${id}`);
    const view = json as unknown as Ended;
    return view.endings.every(({ status }) => status !== "queued") && view;
  }, SLOW_MS);
}

/** Each way of ending, as `3 attributed`. */
async function endings(id: string): Promise<string[]> {
  const { endings: found } = await ended(id);
  return found.map(({ status, reason, rows }) => [rows, status, reason].filter((one) => one !== null).join(" ")).sort();
}

async function imported(file: Uint8Array | string, query = ""): Promise<string> {
  for (;;) {
    const { status, json } = await post(`/api/imports?advertiser=acme${query}`, file);
    expect(status, JSON.stringify(json)).toBe(202);
    if (json.complete) return json.import;
  }
}

async function conversion(txid: string): Promise<Record<string, unknown>[]> {
  const { json } = await api.call("GET", `/api/conversions?advertiser=acme&txid=${encodeURIComponent(txid)}`);
  return (json as unknown as { items: Record<string, unknown>[] }).items;
}

describe("files as people's tools write them", { timeout: SLOW_MS }, () => {
  test.each([
    ["import-human-header.csv", "1 postback would be sent for acme.", /“Click ID” as click_id, “Order ID” as txid/],
    ["import-own-export.csv", "1 postback would be sent", /txid=-Nx7kQ1 .*status=approved.* amount=40\.00/],
    ["postback-fillers.ndjson", "0 postbacks would be sent for acme, and 14 rows not", /2 txid None unexpanded_macro/],
    ["reconcile-type-column.csv", "2 postbacks would be sent", /event=sale txid=K1 amount=10\.00/],
    [
      "reconcile-click-and-order-id.csv",
      "1 postback would be sent",
      /layout everflow.*Columns not used: Conversion ID, Payout/,
    ],
    ["reconcile-mapped-columns.csv", "1 postback would be sent", /txid=K1 status=offen amount=10\.00/],
    ["reconcile-other-currency.csv", "2 postbacks would be sent", /currency=USD .*currency=GBP/],
    [
      "reconcile-amount-forms.csv",
      "6 postbacks would be sent for acme, and 3 rows not",
      /5 [^0-9]*negative_amount.* 8 [^0-9]*ambiguous_currency/,
    ],
    [
      "reconcile-shopify-orders.csv",
      "3 postbacks would be sent",
      /txid=#1001 status=approved amount=45\.00.*txid=#1002 refunded_total=100\.00/,
    ],
    ["reconcile-title-and-total.csv", "1 postback would be sent", /header on line 3.*Totals at the end: 1/],
    ["reconcile-sep-line.csv", "1 postback would be sent", /header on line 2/],
    ["reconcile-utf-16le.txt", "1 postback would be sent", /utf-16le/],
  ])("of %s the page says: %s", async (name, told, more) => {
    const { status, text } = await send(input(name));
    expect([status, text]).toEqual([200, expect.stringContaining(told)]);
    expect(text).toMatch(more);
  });

  test("they end in the books as they should", async () => {
    const first = await imported(input("import-human-header.csv"));
    expect(await endings(first)).toEqual(["1 attributed"]);
    expect(await conversion("i11")).toMatchObject([{ amount: "40.00", payout: "4.00", status: "approved" }]);
    const held = `click_id,txid,amount\n${freshClick()},-Nx7kQ1,40.00\n${freshClick()},K1,10.00\n${freshClick()},K2,20.00\n`;
    await ended(await imported(held));
    expect(await endings(await imported(input("import-own-export.csv")))).toEqual(["1 duplicate same_message"]);
    expect(await conversion("-Nx7kQ1")).toHaveLength(1);
    const repeats: [string, string[]][] = [
      ["reconcile-type-column.csv", ["2 duplicate same_message"]],
      ["reconcile-click-and-order-id.csv", ["1 duplicate same_message"]],
      ["reconcile-title-and-total.csv", ["1 duplicate same_message"]],
      ["reconcile-sep-line.csv", ["1 duplicate same_message"]],
      ["reconcile-utf-16le.txt", ["1 duplicate same_message"]],
      ["reconcile-other-currency.csv", ["2 rejected wrong_currency"]],
      ["reconcile-mapped-columns.csv", ["1 rejected status_not_allowed"]],
    ];
    for (const [name, how] of repeats) expect([name, await endings(await imported(input(name)))]).toEqual([name, how]);
    expect(await conversion("K1")).toMatchObject([{ amount: "10.00", status: "approved" }]);
    const fillers = await post("/api/imports?advertiser=acme", input("postback-fillers.ndjson"));
    expect(fillers).toMatchObject({ status: 400, json: { detail: expect.stringContaining("Nothing of this file") } });
    const check = await post("/api/imports/check?advertiser=acme", input("postback-fillers.ndjson"));
    expect(check.json).toMatchObject({ would_send: 0, reasons: [{ reason: "unexpanded_macro", rows: 14 }] });
    const amounts = await ended(await imported(input("reconcile-amount-forms.csv")));
    expect(amounts.endings).toContainEqual(
      expect.objectContaining({ status: "unreadable", reason: "negative_amount", rows: 2 }),
    );
    expect(amounts.endings).toContainEqual(expect.objectContaining({ reason: "ambiguous_currency", rows: 1 }));
  });

  test("columns are chosen by hand, what is pasted is read, and what says nothing is shown all the same", async () => {
    const file = `kein,name\n${freshClick()},hand-1\n`;
    expect((await send(file)).text).toMatch(/names a column for the order or the click.*#1 .* kein name/);
    const chosen = await send("", { pasted: file.split("\n")[1] ?? "", "#1": "click_id", "#2": "txid" });
    expect(chosen.text).toMatch(/1 postback would be sent.*txid=hand-1/);
    expect((await send(file, { advertiser: "nobody" })).text).toContain("There is no advertiser");
  });

  test("words for events are the mapping's and the offers', in any case, and others are told", async () => {
    const file = `txid,Type,click_id\ne1,KAUF,${freshClick()}\ne2,Lead,${freshClick()}\ne3,Kiosk,${freshClick()}\n`;
    expect((await send(file)).text).toContain("No offer has an event “Kiosk”: 1 postback would be rejected.");
    expect(await endings(await imported(file))).toEqual(["1 rejected unknown_event", "2 attributed"]);
    expect(await conversion("e1")).toMatchObject([{ event: "sale" }]);
    expect(await conversion("e2")).toMatchObject([{ event: "lead" }]);
  });
});

describe("sending", { timeout: SLOW_MS }, () => {
  test("goes on where it broke off, and sent again changes nothing twice; every row is told, also as CSV", async () => {
    const id = freshClick();
    const orders = Array.from({ length: 4_100 }, (_, index) => `${id},big-${index},${index === 2_050 ? "?" : "1.00"}`);
    const file = `click_id,txid,amount\n${orders.join("\n")}\n`;
    const query = "/api/imports?advertiser=acme";
    const first = await post(query, file);
    expect(first.json).toMatchObject({ done: 2_000, sent: 2_000, not_sent: 0, complete: false });
    const { import: name } = first.json;
    const page = await api.fetch(`/import/${name}`, { authorization: "", cookie });
    expect(htmlWords(await page.text())).toMatch(/2,000 of 4,100 rows so far.* send the same file again/);
    // Somebody else goes on, in the page.
    const next = await send(file, { send: "1" });
    expect(next).toMatchObject({ status: 303, location: `/import/${name}` });
    expect((await post(query, file)).json).toMatchObject({ import: name, done: 4_100, sent: 100, complete: true });
    expect(await endings(name)).toEqual(["1 unreadable unreadable_amount", "4099 attributed"]);
    const before = await api.env.DB.prepare("SELECT count(*) AS n, sum(amount) AS sum FROM conversions").first();
    const again = await post(query, file);
    expect(again.json).toMatchObject({ import: name, done: 2_000, complete: false });
    expect(await imported(file)).toBe(name);
    expect(await endings(name)).toEqual(["1 unreadable unreadable_amount", "4099 attributed"]);
    expect(await api.env.DB.prepare("SELECT count(*) AS n, sum(amount) AS sum FROM conversions").first()).toEqual(
      before,
    );
    const csv = await api.fetch(`/api/imports/${name}/rows.csv`);
    const lines = (await csv.text()).trimEnd().split("\r\n");
    expect(lines).toHaveLength(4_101);
    expect(lines[0]).toBe("line,row,receipt,status,reason,message,parameter,duplicate_of,conversion_id");
    expect(lines[1]).toMatch(/^2,1,[0-9a-z]{26},attributed,,,,,[0-9a-z]{26}$/);
    expect(lines[2_051]).toMatch(
      /^2052,2051,,unreadable,unreadable_amount,The amount cannot be read as one\.,amount,,$/,
    );
    const { json } = await api.call("GET", "/api/audit?action=import&limit=3");
    const { items } = json as unknown as { items: { subject: string; after: Record<string, unknown> }[] };
    expect(items[0]).toMatchObject({
      subject: "acme",
      after: {
        import: name,
        rows: 4_100,
        to_send: 4_099,
        file_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        from_row: 1,
      },
    });
  });

  test("a row has the receipt that it has at the batch door", async () => {
    const id = freshClick();
    const name = await imported(`click_id,txid,amount\n${id},same-1,5.00\n`);
    const { json } = await post("/api/imports/check?advertiser=acme", `click_id,txid,amount\n${id},same-1,5.00\n`);
    expect(json.first).toEqual([{ line: 2, says: { click_id: id, txid: "same-1", amount: "5.00" } }]);
    const lines = await (await api.fetch(`/api/imports/${name}/rows.csv`)).text();
    const receipt = lines.split("\r\n")[1]?.split(",")[2];
    const open = async function* () {
      yield new TextEncoder().encode(`click_id,txid,amount\n${id},same-1,5.00\n`);
    };
    const dialect = makeDialect(MAPPING);
    const opened = await openImport(open, { dialect, columns: [], layout: null, encoding: null, decimal: null });
    if (!opened.ok) throw new Error(opened.refusal);
    const { value: row } = await opened.value.rows.next();
    const sender = {
      advertiser: 1,
      auth: "token",
      pixel: false,
      promisedAs: null,
      addresses: null,
      dialect,
      secrets: [],
    } as const;
    const parameters = parseJsonObject(new TextDecoder().decode(row?.bytes ?? new Uint8Array()));
    const taken = decideRow(sender, {}, { number: 1, row: parameters }, { nowMs: 0, clickKeys: ring });
    const [key] = await deriveReceiptKeys(await openKeyRing("ADVERTISER_KEYS", ADVERTISER_KEYS));
    if (!taken.ok || !key) throw new Error("it is not taken");
    expect(receipt).toBe(writeReceipt(key, 1, nameOfMessage(key, 1, taken.value.name ?? [])));
  });

  test("a click ID that we did not issue attributes nothing, and the log says by which way it came", async () => {
    const issued = freshClick();
    const forged = `${issued.slice(0, -1)}${issued.endsWith("0") ? "1" : "0"}`;
    const name = await imported(`click_id,txid\n${forged},forged-1\nnonsense,forged-2\n`);
    expect(await endings(name)).toEqual(["1 refused malformed_click_id", "1 unattributed no_click"]);
    const { json } = await api.call("GET", "/api/postbacks?advertiser=acme&txid=forged-1");
    expect(json).toMatchObject({ items: [{ channel: "import", status: "unattributed" }] });
    await waitFor(async () => {
      const refused = await api.call("GET", "/api/postbacks?advertiser=acme&txid=forged-2");
      return (refused.json as unknown as { items: object[] }).items.length === 1;
    });
  });
});

test("another tracker's history is chosen, looked at and taken in by the same form", { timeout: SLOW_MS }, async () => {
  const file = "conversion_id,link,received_at,payout\n1,demo,2025-10-01,4.00\n2,nowhere,2025-10-01,4.00\n";
  const looked = await send(file, { kind: "history" });
  expect(looked.text).toContain("1 closed conversion would be sent for acme, and 1 row not.");
  expect(looked.text).toContain("unknown_place");
  expect(looked.html).toContain('<option value="history" selected');
  const sent = await send(file, { kind: "history", send: "1" });
  expect([sent.status, sent.location]).toEqual([303, expect.stringMatching(/^\/import\/[0-9a-f]{24}$/)]);
  await waitFor(async () => {
    const { items } = Object((await api.call("GET", "/api/conversions?imported=true")).json);
    return items.length === 1 && items[0].payout === "4.00";
  });
  const list = await api.fetch("/conversions?imported=true", { authorization: "", cookie });
  expect(htmlWords(await list.text())).toContain("imported");
});

describe("who may", () => {
  const file = "txid\nA\n";

  async function tokenOf(role: string, subject?: string): Promise<string> {
    const made = await api.call("POST", "/api/tokens", {
      name: `${role} ${subject}`,
      role,
      ...(subject ? { subject } : {}),
    });
    return String(JSON.parse(made.text).token);
  }

  test("admins alone send, tokens of advertisers read only, and operators see how it ended", async () => {
    const path = "/api/imports?advertiser=acme";
    const tokens = await Promise.all([tokenOf("affiliate", "blog"), tokenOf("analyst"), tokenOf("advertiser", "acme")]);
    for (const token of tokens) {
      expect((await post(path, file, token)).status).toBe(403);
      expect((await post("/api/imports/check?advertiser=acme", file, token)).status).toBe(403);
    }
    const sent = await post(path, file);
    expect(sent.status).toBe(202);
    const seen = tokens.map((token) => api.call("GET", `/api/imports/${sent.json.import}`, undefined, token));
    expect((await Promise.all(seen)).map(({ status }) => status)).toEqual([403, 200, 403]);
    expect((await api.call("GET", "/api/imports/nonsense")).status).toBe(404);
  });

  test("an operator imports for whoever signs, too, and from wherever it is", async () => {
    expect((await post("/api/imports?advertiser=signs", file)).status).toBe(202);
    await api.call("PATCH", "/api/advertisers/acme", { allowed_ips: ["192.0.2.0/24"] });
    expect((await post("/api/imports?advertiser=acme", "txid\nB\n")).status).toBe(202);
    await api.call("PATCH", "/api/advertisers/acme", { allowed_ips: [] });
  });

  test("the form is taken from our own pages only, and from who is signed in", async () => {
    expect((await send(file, {}, { "sec-fetch-site": "cross-site", origin: "https://evil.example" })).status).toBe(403);
    expect((await send(file, {}, { ...HERE, cookie: "" })).text).toContain("what you sent is not kept here");
    const affiliate = await api.signIn(await tokenOf("affiliate", "blog"));
    expect((await send(file, {}, { ...HERE, cookie: affiliate })).status).toBe(403);
  });

  test("what a file says is shown as text", async () => {
    const answer = await send('Order ID,<b>x</b>\n"<script>alert(1)</script>",<i>\n');
    expect(answer.html).not.toMatch(/<script>alert|<b>x|<i>/);
  });
});

describe("how a file is read", { timeout: SLOW_MS }, () => {
  const file = (id: string) =>
    `Click ID;Order;Zustand;Betrag;Datum\n${id};w1;Bezahlt;1.234;1.11.2026\n${id};w2;Entwurf;2,00;1.11.2026\n${id};w3;?;3,00;1.11.2026\n`;

  test("each part can be said otherwise on the page, is kept for the next file if wanted, and counts there", async () => {
    const id = freshClick();
    const first = await send(file(id), { columns: "Betrag=amount" });
    expect(first.text).toContain("Bezahlt 1 not known");
    expect(first.text).toContain("How it is read");
    const said = { reading: "1", "#4": "amount", "#5": "occurred_at", decimal: ",", time_zone: "Europe/Berlin" };
    const word = "status:Bezahlt=approved";
    const read = await send(file(id), { ...said, word, keep: "1" });
    expect(read.text).toContain("Kept for the next file of acme.");
    expect(read.text).toMatch(/status=approved amount=1234\.00 .*occurred_at=2026-10-31T23:00:00\.000Z/);
    const { json: kept } = await api.call("GET", "/api/advertisers/acme");
    expect(kept).toMatchObject({
      file_reading: {
        columns: "Betrag=amount,Datum=occurred_at",
        words: word,
        decimal: ",",
        time_zone: "Europe/Berlin",
      },
    });
    const { json: audit } = await api.call("GET", "/api/audit?kind=advertiser&action=change&limit=1");
    expect(JSON.stringify(audit)).toContain("Betrag=amount");
    const next = await send(file(id));
    expect(next.text).toMatch(/status=approved amount=1234\.00/);
    expect(next.html).toMatch(/value="status:Bezahlt=approved" selected/);
    // The API counts it only where it is told to.
    const plain = await post("/api/imports/check?advertiser=acme", file(id));
    const asked = await post("/api/imports/check?advertiser=acme&kept=1", file(id));
    expect([plain.json.would_send, asked.json.would_send]).toEqual([0, 1]);
    await api.call("PATCH", "/api/advertisers/acme", { file_reading: null });
  });

  test("what came to nothing is a file of the rows as they were, before and behind sending; mended it is booked, and nothing twice", async () => {
    const id = freshClick();
    const words = "&words=status:Bezahlt=approved,status:Entwurf=-&columns=Betrag=amount&decimal=,";
    const text = `${file(id)}not-a-click;w4;Bezahlt;4,00;1.11.2026\n`;
    const looked = await send(text, {
      reading: "1",
      word: "status:Bezahlt=approved",
      format: "failed",
      "#4": "amount",
      decimal: ",",
    });
    expect(looked.html).toContain("clickback_line;clickback_reason;clickback_what_to_do;Click ID;Order;Zustand;Betrag");
    const name = await imported(text, words);
    await ended(name);
    const failed = await api.fetch(
      `/api/imports/${name}/failed`,
      { authorization: `Bearer ${ADMIN}`, "content-type": "text/csv" },
      { method: "POST", body: text },
    );
    const rows = await failed.text();
    expect([failed.status, failed.headers.get("content-disposition")]).toEqual([
      200,
      `attachment; filename="failed-${name}.csv"`,
    ]);
    expect(rows.split("\r\n").map((row) => row.split(";").slice(0, 2).join(" "))).toEqual([
      "clickback_line clickback_reason",
      "4 bad_status",
      expect.stringMatching(/^5 /),
      "",
    ]);
    const other = await post(`/api/imports/${name}/failed`, "another file");
    expect([other.status, other.json.detail]).toEqual([400, expect.stringContaining("not the file that was imported")]);
    const mended = rows.replace(";?;", ";Bezahlt;").replace("not-a-click", freshClick());
    const again = await imported(mended, words);
    expect(await endings(again)).toEqual(["2 attributed"]);
    expect(await endings(await imported(text, words))).toEqual(
      expect.arrayContaining([expect.stringContaining("attributed")]),
    );
    for (const txid of ["w1", "w3", "w4"]) expect(await conversion(txid)).toHaveLength(1);
    expect(await conversion("w2")).toHaveLength(0);
    const page = await api.fetch(`/import/${name}`, { authorization: "", cookie });
    expect(htmlWords(await page.text())).toMatch(/2 rows that failed as a file/);
  });
});
