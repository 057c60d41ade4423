/** Orders that wait since only the pixel names a click for them: listed with the clicks that are claimed, and decided with one button, for one click or none. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { waitFor } from "../flow/system.ts";
import { plant, plantSetUp } from "./books.ts";
import { CLICK_KEYS, type Console, startConsole } from "./console.ts";

const HERE = { "sec-fetch-site": "same-origin" };
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const clickedAtMs = Date.now() - 3_600_000;
let api: Console;
let cookie = "";
let clicks: string[];
let sent = 0;

beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  await plant(api.env.DB, "offer_events", [
    { offer: 1, name: "sale", position: 0, payout: '{"percent":100000}', revenue: '{"percent":150000}' },
  ]);
  const ring = await importKeyRing(CLICK_KEYS);
  if (!ring.ok) throw new Error(ring.refusal);
  const issue = (link: number) =>
    issueClickId(ring.value, { issuedAtMs: clickedAtMs, link, counter: link, test: false, provisional: false });
  clicks = await Promise.all([issue(1), issue(2)]);
  cookie = await api.signIn();
  for (const txid of ["A", "B", "C"])
    for (const clickId of clicks) await say({ clickId, txid, amountMicros: 90_000_000 }, "pixel");
  await say({ clickId: clicks[0] ?? "", txid: "alone" }, "pixel");
  for (const txid of ["A", "B", "C"]) await say({ txid, status: "approved", amountMicros: 40_000_000 });
  await say({ txid: "Z", alsoTxid: "C" });
  await waitFor(async () => (await waiting()).length === 3);
});
afterAll(() => api.stop());

async function say(content: PostbackMessage["content"], channel: PostbackMessage["channel"] = "get"): Promise<void> {
  const receipt = `1${String(++sent).padStart(25, "0")}`;
  const common = { kind: "postback", advertiser: 1, waits: Number.MAX_SAFE_INTEGER } as const;
  // Queues keep no order, and what is ambiguous is so by what was received before.
  await api.env.POSTBACKS.send({ ...common, receipt, receivedAtMs: clickedAtMs + sent * 1_000, channel, content });
}

interface Waiting {
  txid: string;
  advertiser: string;
  waiting: Record<string, unknown>[];
  claims: { receipt: string; affiliate: string; click_id: string; clicked_at: string }[];
}

async function waiting(query = ""): Promise<Waiting[]> {
  const { text } = await api.call("GET", `/api/claims/orders${query}`);
  const { items }: { items: Waiting[] } = JSON.parse(text);
  return items;
}

async function press(fields: Record<string, string>): Promise<string | null> {
  const body = new URLSearchParams(fields).toString();
  const headers = { authorization: "", cookie, ...FORM, ...HERE, "content-length": String(body.length) };
  const answer = await api.fetch("/waiting-orders", headers, { method: "POST", body });
  return answer.status === 303 ? answer.headers.get("location") : (await answer.text()).replaceAll(/<[^>]*>/g, " ");
}

test("each with what the sender said, and whose the clicks are that claim it; what the sender did not name does not wait", async () => {
  const [newest, ...others] = await waiting();
  expect(others.map(({ txid }) => txid)).toEqual(["B", "A"]);
  expect(newest).toMatchObject({
    ...{ txid: "C", advertiser: "acme" },
    waiting: [
      { status: "approved", amount: "40.00", event: null },
      { status: null, amount: null },
    ],
    claims: [
      { affiliate: "blog", link: "demo", offer: "shoes", click_id: clicks[0], amount: "90.00" },
      { affiliate: "deals", click_id: clicks[1], clicked_at: new Date(clickedAtMs).toISOString() },
    ],
  });
  expect((await waiting("?txid=A")).map(({ txid }) => txid)).toEqual(["A"]);
  expect(await waiting("?advertiser=rival")).toEqual([]);
});

test("analysts look, and only an admin decides", async () => {
  const tokens = await Promise.all(
    [{ role: "analyst" }, { role: "advertiser", subject: "acme" }].map(async (token) => {
      const made: { token: string } = JSON.parse((await api.call("POST", "/api/tokens", { name: "n", ...token })).text);
      return made.token;
    }),
  );
  const asked = tokens.map(async (token) => [
    (await api.call("GET", "/api/claims/orders", undefined, token)).status,
    (await api.call("POST", "/api/claims/orders/dismiss", {}, token)).status,
  ]);
  expect(await Promise.all(asked)).toEqual([
    [200, 403],
    [403, 403],
  ]);
});

test("the page shows them, and a button without a note says so", async () => {
  const page = await (await api.fetch("/waiting-orders", { authorization: "", cookie })).text();
  expect(page).toContain("2 clicks claim it");
  expect(page.match(/This click/g)).toHaveLength(6);
  const [order] = await waiting("?txid=A");
  expect(await press({ decide: `click ${order?.claims[1]?.receipt}`, note: "" })).toContain("Write");
});

test("this click: what the sender said is booked there, and the order waits no more", async () => {
  const [order] = await waiting("?txid=A");
  const decided = await press({ decide: `click ${order?.claims[1]?.receipt}`, note: "their basket" });
  expect(decided).toBe("/waiting-orders?sent=click");
  const [conversion] = await waitFor(async () => {
    const { text } = await api.call("GET", "/api/conversions?txid=A");
    const { items }: { items: Record<string, unknown>[] } = JSON.parse(text);
    return items.length > 0 && items;
  });
  expect(conversion).toMatchObject({ affiliate: "deals", amount: "40.00", status: "approved" });
  await waitFor(async () => (await waiting("?txid=A")).length === 0);
});

test("none of them, for all orders that are ticked: their claims are dismissed, and logged", async () => {
  const places = { "advertiser 0": "acme", "txid 0": "B", "advertiser 1": "acme", "txid 1": "C" };
  const body = new URLSearchParams({ ...places, decide: "ticked", note: "nobody's" });
  body.append("ticked", "0");
  body.append("ticked", "1");
  const headers = { authorization: "", cookie, ...FORM, ...HERE, "content-length": String(String(body).length) };
  const answer = await api.fetch("/waiting-orders", headers, {
    method: "POST",
    body: String(body),
  });
  expect(answer.headers.get("location")).toBe("/waiting-orders?sent=ticked");
  await waitFor(async () => (await waiting()).length === 0);
  const rows = await api.env.DB.prepare(
    "SELECT action, subject FROM audit WHERE kind = 'claims' ORDER BY number",
  ).all();
  expect(rows.results).toMatchObject([{ action: "confirm" }, { action: "dismiss", subject: "4 claims" }]);
  const { text } = await api.call("GET", "/api/conversions?txid=B");
  expect(JSON.parse(text).items).toEqual([]);
});
