/** One token's flood of requests is turned away beyond its budget, and another's are answered meanwhile. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { CALLER_BUDGETS, SENDER_BUDGET, UNKNOWN_SENDERS_BUDGET } from "../../workers/core/caller-budgets.ts";
import { deriveReceiptKeys } from "../../workers/core/credentials.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { must } from "../../workers/core/must.ts";
import { RECEIPT_NAME_BYTES, writeReceipt } from "../../workers/core/receipt.ts";
import { ADVERTISER_KEYS, type Console, startConsole } from "./console.ts";

const FLOOD = 60;
const { atOnce } = CALLER_BUDGETS.affiliate;

let api: Console;
let affiliate: string;
let other: string;

async function tokenFor(slug: string): Promise<string> {
  await api.call("POST", "/api/affiliates", { slug, name: slug });
  const made = await api.call("POST", "/api/tokens", { name: slug, role: "affiliate", subject: slug });
  const { token } = JSON.parse(made.text);
  return String(token);
}

beforeAll(async () => {
  api = await startConsole();
  affiliate = await tokenFor("blog");
  other = await tokenFor("mag");
});
afterAll(() => api?.stop());

test("what is beyond is answered 429 and says when to come again; everybody else is answered", async () => {
  const flood = Promise.all(
    Array.from({ length: FLOOD }, () => api.call("GET", "/api/reports?group_by=day", undefined, affiliate)),
  );
  const meanwhile = await Promise.all([
    api.call("GET", "/api/reports"),
    api.call("GET", "/api/reports", undefined, other),
  ]);
  const answers = await flood;
  expect(meanwhile.map(({ status }) => status)).toEqual([200, 200]);
  const turnedAway = answers.filter(({ status }) => status === 429);
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(atOnce);
  expect(turnedAway.length).toBeGreaterThan(0);
  expect(turnedAway.length + answers.filter(({ status }) => status === 200).length).toBe(FLOOD);
  expect(new Set(turnedAway.map(({ headers }) => headers.get("retry-after")))).toEqual(new Set(["1"]));
  expect(turnedAway[0]?.json).toMatchObject({ type: "urn:clickback:problem:too_many_requests" });
});

test("questions about receipts are in the budget of who asks", async () => {
  await api.call("POST", "/api/advertisers", { slug: "acme", name: "Acme" });
  const made = await api.call("POST", "/api/tokens", { name: "acme", role: "advertiser", subject: "acme" });
  const { token }: { token: string } = JSON.parse(made.text);
  const receipts = Array.from({ length: 1_000 }, () => "0".repeat(26));
  await api.call("POST", "/receipts", { receipts }, token);
  const flood = Array.from({ length: FLOOD }, () => api.call("POST", "/receipts", { receipts }, token));
  expect((await Promise.all(flood)).filter(({ status }) => status === 429).length).toBeGreaterThan(0);
});

test("and so are those with a postback token: in its advertiser's budget, or, of tokens that nobody knows, in their network's", async () => {
  const made = await api.call("POST", "/api/advertisers", { slug: "shop", name: "Shop" });
  const { token }: { token: string } = JSON.parse(made.text);
  const number = await api.env.DB.prepare("SELECT number FROM advertisers WHERE slug = 'shop'").first<number>("number");
  const ring = await importKeyRing(ADVERTISER_KEYS);
  if (!ring.ok) throw new Error(ring.refusal);
  const [key] = await deriveReceiptKeys(ring.value);
  const receipt = writeReceipt(
    must(key, "the key of", "receipts"),
    must(number, "the number of", "shop"),
    new Uint8Array(RECEIPT_NAME_BYTES),
  );
  expect((await api.call("GET", `/receipts/${receipt}`, undefined, token)).status).toBe(200);
  const floodOf = async (bearers: readonly string[], most: number) => {
    const asked = Array.from({ length: 4 * most }, (_, index) =>
      api.call("GET", `/receipts/${receipt}`, undefined, bearers[index % bearers.length]),
    );
    return (await Promise.all(asked)).map(({ status }) => status);
  };
  const sent = await floodOf([token], SENDER_BUDGET.atOnce);
  expect(new Set(sent)).toEqual(new Set([200, 429]));
  const unknown = Array.from({ length: 50 }, (_, index) => `cbt_${String(index).padStart(32, "0")}`);
  const guessed = await floodOf(unknown, UNKNOWN_SENDERS_BUDGET.atOnce);
  expect(new Set(guessed)).toEqual(new Set([404, 429]));
  expect((await api.call("GET", `/receipts/${receipt}`, undefined, token)).status).toBe(200);
});

test("every place is free again when its answer is through, that of an export too", async () => {
  for (let round = 0; round < 3 * atOnce; round++) {
    const file = await api.download("/api/exports/conversions.csv", affiliate);
    expect([file.status, file.bytes.length > 0]).toEqual([200, true]);
  }
  for (let round = 0; round < 2 * atOnce; round++)
    expect((await api.download("/api/reports?format=csv", affiliate)).status).toBe(200);
  for (let round = 0; round < 2 * atOnce; round++)
    expect((await api.call("GET", "/api/reports?group_by=nothing", undefined, affiliate)).status).toBe(400);
});
