/** The list of conversions: newest first, in pages without gaps or repeats, and to each role what is theirs. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { conversionRow, HOUR_MS, plant, plantSetUp, START_MS } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

const COUNT = 25;
let api: Console;

beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  const rows = Array.from({ length: COUNT }, (_, number) =>
    conversionRow(number, { meta: null, original_status: null }),
  );
  await plant(api.env.DB, "conversions", rows);
});
afterAll(() => api.stop());

interface Listed {
  items: Record<string, unknown>[];
  next: string | null;
}

async function list(query = "", token?: string): Promise<Listed> {
  const answer = await api.call("GET", `/api/conversions${query}`, undefined, token);
  expect(answer.status).toBe(200);
  const { items, next }: Listed = JSON.parse(answer.text);
  return { items, next };
}

const orders = ({ items }: Listed) => items.map(({ txid }) => Number(String(txid).slice("order-".length)));

test("pages go from the newest backwards, each conversion on one of them", async () => {
  const seen: number[] = [];
  for (let cursor = ""; ; ) {
    const page = await list(`?limit=4${cursor}`);
    seen.push(...orders(page));
    if (page.next === null) break;
    cursor = `&cursor=${page.next}`;
  }
  expect(seen).toEqual(Array.from({ length: COUNT }, (_, index) => COUNT - 1 - index));
});

test.each([
  // Which conversions an order has, objects know, and none knows of these.
  ["?txid=order-7", []],
  ["?offer=hats&limit=2", [23, 20]],
  ["?status=pending", [20, 15, 10, 5, 0]],
  [`?from=${new Date(START_MS + 8 * HOUR_MS).toISOString()}`, [24]],
  [`?to=${new Date(START_MS + HOUR_MS).toISOString()}`, [2, 1, 0]],
])("%s", async (query, expected) => {
  expect(orders(await list(query))).toEqual(expected);
});

test("an affiliate sees its own, without what the advertiser pays", async () => {
  const made = await api.call("POST", "/api/tokens", { name: "t", role: "affiliate", subject: "deals" });
  const { token }: { token: string } = JSON.parse(made.text);
  const page = await list("", token);
  expect(orders(page)).toEqual([22, 19, 16, 13, 10, 7, 4, 1]);
  expect(page.items[0]).toHaveProperty("payout");
  expect(page.items[0]).not.toHaveProperty("revenue");
});
