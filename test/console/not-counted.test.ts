/** Orders that did not count, in an affiliate's words: of its own clicks alone, and only what the ledger found among their sender's own. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { clickIdOf, conversionRow, plantBooks, plantLog, postbackRow, receiptNumber, START_MS } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

const DAY_MS = 86_400_000;
let api: Console;
const tokens = { blog: "", deals: "", acme: "" };

/** Links 1 and 3 are blog's, 2 is deals'. */
const row = (number: number, link: number, changes: Record<string, string | number | null>) =>
  postbackRow(conversionRow(0), {
    receipt: receiptNumber(number),
    click_id: clickIdOf(START_MS, link, number),
    conversion_id: null,
    txid: `order ${number}`,
    received_at: START_MS + number * 1_000,
    status: "rejected",
    ...changes,
  });

beforeAll(async () => {
  api = await startConsole();
  await plantBooks(api.env, [conversionRow(0)]);
  await plantLog(api.env, [
    row(50, 1, { reason: "click_expired", received_at: START_MS + 31 * DAY_MS }),
    row(51, 1, { reason: "unknown_event", event: "visit" }),
    row(52, 1, { status: "parked", reason: "claim" }),
    row(53, 2, { reason: "over_cap" }),
    // Another advertiser's click proves nothing.
    row(54, 3, { reason: "foreign_click" }),
    row(55, 1, { status: "refused", reason: "bad_token" }),
    row(56, 1, { status: "duplicate", reason: "same_message", conversion_id: String(conversionRow(0).conversion_id) }),
  ]);
  for (const [subject, role] of [
    ["blog", "affiliate"],
    ["deals", "affiliate"],
    ["acme", "advertiser"],
  ] as const)
    tokens[subject] = Object((await api.call("POST", "/api/tokens", { name: subject, role, subject })).json).token;
});
afterAll(() => api.stop());

async function list(query: string, token?: string): Promise<Record<string, unknown>[]> {
  const answer = await api.call("GET", `/api/not-counted${query}`, undefined, token);
  expect(answer.status).toBe(200);
  return Object(answer.json).items;
}

test("an affiliate is told why, and what to do, of its own orders", async () => {
  expect(await list("", tokens.blog)).toMatchObject([
    {
      ...{ txid: "order 50", state: "rejected", reason: "click_expired", offer: "shoes", link: "demo" },
      clicked_at: "2026-11-01T00:00:00.000Z",
      why: "The order was reported 31 days after the click; the offer’s window is 30 days.",
      todo: expect.stringContaining("clicks your link again"),
    },
    { txid: "order 52", state: "parked", why: expect.stringContaining("only a browser reported") },
    { txid: "order 51", event: "visit", todo: expect.stringContaining("Ask the operator") },
  ]);
  expect((await list("", tokens.deals)).map(({ txid }) => txid)).toEqual(["order 53"]);
});

test("it asks for some of them, page by page", async () => {
  expect((await list("?state=parked", tokens.blog)).map(({ txid }) => txid)).toEqual(["order 52"]);
  expect(await list("?affiliate=deals", tokens.blog)).toEqual([]);
  const first = await api.call("GET", "/api/not-counted?limit=2", undefined, tokens.blog);
  const { next, items } = Object(first.json);
  const others = await list(`?limit=2&cursor=${next}`, tokens.blog);
  expect([...items, ...others].map(({ txid }: { txid: string }) => txid)).toEqual(["order 50", "order 52", "order 51"]);
});

test("operators read what affiliates read, and advertisers do not", async () => {
  expect((await list("?affiliate=deals")).map(({ txid }) => txid)).toEqual(["order 53"]);
  expect(await list("")).toHaveLength(4);
  expect((await api.call("GET", "/api/not-counted", undefined, tokens.acme)).status).toBe(403);
});
