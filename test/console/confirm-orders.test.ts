/** The shop's list as a file, by the API and on its page: what it would confirm, the same as CSV, and confirming it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { plant, plantSetUp, receiptNumber, START_MS } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

const HERE = { "sec-fetch-site": "same-origin" };
let api: Console;
let cookie = "";

function claim(number: number, changes: Record<string, string | number | null> = {}) {
  return {
    receipt: receiptNumber(number),
    ...{ stage: 1, advertiser: 1, offer: 1, affiliate: 1, link: 1, event: "sale", currency: "USD", test: 0 },
    click_id: `${number}`.padStart(36, "0"),
    txid: `order-${number}`,
    amount: 40_000_000,
    ...{ received_at: START_MS + number, settled_at: START_MS + number, state: "open", conversion_id: null },
    ...changes,
  };
}

beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  await plant(api.env.DB, "claims", [
    ...[1, 2, 3, 4, 5].map((number) => claim(number)),
    claim(6, { txid: "order-5" }),
    claim(7, { state: "replaced", conversion_id: receiptNumber(99) }),
    claim(8, { advertiser: 2, offer: 2, link: 3 }),
    claim(9, { test: 1 }),
  ]);
  cookie = await api.signIn();
});
afterAll(() => api.stop());

/** The second column is chosen by hand. */
const ASKED = "advertiser=acme&columns=Summe%3Damount";
const LIST = `Order No.;Summe;Status
order-1;40,00;paid
order-2;41,00;paid
order-3;40,00;storno
order-5;40,00;paid
order-7;40,00;paid
order-8;40,00;paid
order-9;40,00;paid
;40,00;paid
order-4;zwölf;paid
`;

async function call(query: string, body = LIST, headers: Record<string, string> = {}) {
  const answer = await api.fetch(
    `/api/claims/list?${query}`,
    { "content-type": "text/csv", ...headers },
    { method: "POST", body },
  );
  const text = await answer.text();
  return { status: answer.status, text };
}

/** Sends the page's form as a browser does. */
async function send(fields: Record<string, string>, file = "") {
  const boundary = "----clickback";
  const parts = Object.entries({ advertiser: "acme", "#2": "amount", ...fields }).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const upload = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\ncontent-type: text/csv\r\n\r\n${file}\r\n`;
  const body = new TextEncoder().encode(`${parts.join("")}${upload}--${boundary}--\r\n`);
  const type = { "content-type": `multipart/form-data; boundary=${boundary}`, "content-length": String(body.length) };
  const answer = await api.fetch(
    "/confirm-orders",
    { authorization: "", cookie, ...type, ...HERE },
    { method: "POST", body },
  );
  return { status: answer.status, text: (await answer.text()).replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ") };
}

const audited = async () =>
  (await api.env.DB.prepare("SELECT action, subject, after FROM audit WHERE kind = 'claims' ORDER BY number").all())
    .results;

test("a file is told apart order by order, in the shop's own columns and words, and changes nothing", async () => {
  const { status, text } = await call(ASKED);
  expect(status).toBe(200);
  const { counts, results, unreadable, ...rest } = JSON.parse(text);
  expect(rest).toMatchObject({ advertiser: "acme", orders: 7, would_confirm: 2, queued: 0 });
  expect(counts).toMatchObject({
    confirms: 1,
    other_amount: 1,
    not_approved: 1,
    ambiguous: 1,
    decided: 1,
    unclaimed: 2,
  });
  expect(results.map((one: Record<string, unknown>) => [one.line, one.txid, one.result, one.claim])).toEqual([
    ["2", "order-1", "confirms", receiptNumber(1)],
    ["3", "order-2", "other_amount", receiptNumber(2)],
    ["4", "order-3", "not_approved", receiptNumber(3)],
    ["5", "order-5", "ambiguous", null],
    ["6", "order-7", "decided", receiptNumber(7)],
    ["7", "order-8", "unclaimed", null],
    ["8", "order-9", "unclaimed", null],
  ]);
  expect(unreadable.map((one: Record<string, unknown>) => [one.line, one.reason])).toEqual([
    [9, "no_order_or_click"],
    [10, "unreadable_amount"],
  ]);
  expect(await audited()).toEqual([]);
});

test("the same as CSV", async () => {
  const { text } = await call(`${ASKED}&format=csv`);
  expect(text.split("\r\n").slice(0, 3)).toEqual([
    "line,txid,event,result,message,their_status,claimed_amount,their_amount,currency,claim,state,conversion_id,ruling",
    expect.stringMatching(/^2,order-1,sale,confirms,.*,paid,40\.00,40\.00,USD,\w{26},open,,$/),
    expect.stringMatching(/^3,order-2,sale,other_amount,.*,paid,40\.00,41\.00,USD,\w{26},open,,$/),
  ]);
});

test("it confirms only what it was said to, with a note, and by an admin", async () => {
  expect((await call(`${ASKED}&count=2`)).status).toBe(400);
  expect(JSON.parse((await call(`${ASKED}&count=3&note=march`)).text)).toMatchObject({
    errors: [{ parameter: "count", detail: "The list would confirm 2 claims now: look at it again." }],
  });
  const made = await api.call("POST", "/api/tokens", { name: "ann", role: "analyst" });
  const { token }: { token: string } = JSON.parse(made.text);
  expect((await call(ASKED, LIST, { authorization: `Bearer ${token}` })).status).toBe(403);
  expect(await audited()).toEqual([]);
});

test("the page takes what is pasted, shows what it would confirm, and asks for a note", async () => {
  const seen = await send({ pasted: LIST });
  expect(seen.text).toContain("7 orders on the list: 2 would confirm a claim.");
  expect(seen.text).toContain("Confirm 2 claims");
  const { text } = await send({ pasted: LIST, act: "confirm", count: "2", note: " " });
  expect(text).toContain("Write a note");
  const none = await send({ pasted: "color,size\nred,2\n", "#2": "" });
  expect(none.text).toContain("names a column for the order or the click");
  expect(await audited()).toEqual([]);
});

test("and confirms it: two rulings are queued, and one line of the audit log names both", async () => {
  const done = await send({ act: "confirm", count: "2", note: "list of March" }, LIST);
  expect(done.text).toContain("2 confirmations are in the queue");
  expect(await audited()).toMatchObject([{ action: "confirm", subject: "2 claims" }]);
});
