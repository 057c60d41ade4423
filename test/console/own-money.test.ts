/** The overview of who sees only what is theirs: each sum of money is the sum of the rows that it leads to, before statements, while drafts are there, and after. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import { waitFor } from "../flow/system.ts";
import { microsOf, tableIn } from "../properties/shown-money.ts";
import { conversionRow, plantBooks } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

const DAY_MS = 86_400_000;
/** Received so long ago that it is no part of today, and that a closing takes it. */
const RECEIVED_MS = Date.now() - 20 * DAY_MS;
const PAYABLE_AFTER_DAYS = 300;
const APPROVED = { status: "approved", test: 0 };
/** Of blog: hats become due much later, shoes at once; one was booked in euros, and one is held. deals' are another's. */
const ROWS = [
  ...[0, 3, 6].map((number) => row(number, { ...APPROVED, payout: 4_010_000, revenue: 6_000_000 })),
  ...[2, 5].map((number) => row(number, { ...APPROVED, payout: 7_000_000, revenue: 9_000_000 })),
  row(9, { ...APPROVED, payout: 2_500_000, currency: "EUR" }),
  row(12, { ...APPROVED, payout: 1_000_000, hold: "held" }),
  row(15, { status: "pending", test: 0, payout: 9_000_000 }),
  row(18, { status: "rejected", test: 0, payout: 0 }),
  row(1, { ...APPROVED, payout: 3_000_000, revenue: 5_000_000 }),
];

function row(number: number, changes: Record<string, string | number>) {
  const atMs = RECEIVED_MS + number * 60_000;
  const times = { clicked_at: atMs - 60_000, occurred_at: atMs, received_at: atMs, settled_at: atMs };
  return conversionRow(number, {
    conversion_id: conversionId(atMs, `0${String(number).padStart(16, "0")}`),
    ...times,
    ...changes,
  });
}

let api: Console;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  api = await startConsole();
  await plantBooks(api.env, ROWS);
  await api.env.DB.exec(`UPDATE offers SET payable_after_days = ${PAYABLE_AFTER_DAYS} WHERE slug = 'hats'`);
  for (const [role, subject] of [
    ["affiliate", "blog"],
    ["affiliate", "deals"],
    ["advertiser", "acme"],
  ] as const) {
    const made = await api.call("POST", "/api/tokens", { name: subject, role, subject });
    tokens[subject] = JSON.parse(made.text).token;
  }
}, 60_000);
afterAll(() => api.stop());

interface Figure {
  label: string;
  path: string;
  amount: string;
  currency: string;
  words: string;
}

async function pageOf(path: string, subject: string): Promise<string> {
  return (await api.fetch(path, { authorization: "", cookie: await api.signIn(tokens[subject]) })).text();
}

async function figuresOf(subject: string): Promise<Figure[]> {
  const page = await pageOf("/", subject);
  const found = page.matchAll(
    /<dt>([^<]*)<\/dt><dd><a href="([^"]*)"><span class="money">([^<]*)<span class="currency"> (\w+)<\/span><\/span><\/a><span class="change">(.*?)<\/span><\/dd>/g,
  );
  return [...found].map(([, label = "", path = "", amount = "", currency = "", words = ""]) => ({
    ...{ label, path: path.replaceAll("&amp;", "&"), amount, currency },
    words: words.replaceAll(/<[^>]*>/g, ""),
  }));
}

/** What the rows that a figure leads to come to, in micros. */
async function rowsBehind({ path }: Figure, subject: string): Promise<bigint> {
  if (path.startsWith("/own-due")) {
    const [, ...rows] = tableIn(
      await pageOf(path, subject),
      subject === "acme" ? "What you owe" : "What is due to you",
    );
    return rows.reduce((sum, [, , , due = ""]) => sum + microsOf(due.replace(/ \w+$/, "")), 0n);
  }
  const { text } = await api.call("GET", `/api${path}`, undefined, tokens[subject]);
  const column = path.startsWith("/statements") ? "due" : subject === "acme" ? "revenue" : "payout";
  const items: Record<string, string>[] = JSON.parse(text).items;
  return items.reduce((sum, item) => sum + microsOf(item[column] ?? ""), 0n);
}

/** All figures, each held against its rows; the next statement says a part of what is due in time. */
async function figuresHeld(subject: string): Promise<Record<string, string>> {
  const figures = await figuresOf(subject);
  for (const figure of figures.filter(({ label }) => label !== "Next statement"))
    expect({ ...figure, micros: await rowsBehind(figure, subject) }).toEqual({
      ...figure,
      micros: microsOf(figure.amount),
    });
  return Object.fromEntries(figures.map(({ label, amount, currency }) => [`${label} ${currency}`, amount]));
}

async function order(path: string, body: unknown): Promise<void> {
  const { status, text } = await api.call("POST", path, body);
  if (status !== 202) throw new Error(`${path}: ${status} ${text}`);
}

const statementsOf = async (query: string): Promise<{ number: string }[]> =>
  JSON.parse((await api.call("GET", `/api/statements?${query}`)).text).items;

test("what is due is told before a statement says it, in each currency, and what is due later with its day", async () => {
  expect(await figuresHeld("blog")).toMatchObject({
    "Waits for the shop USD": "9.00",
    "Under review USD": "1.00",
    "Approved USD": "27.03",
    "Approved, due later USD": "14.00",
    "Due USD": "12.03",
    "Next statement USD": "12.03",
    "To be paid USD": "0.00",
    "Due EUR": "2.50",
  });
  const [later] = (await figuresOf("blog")).filter(({ label }) => label === "Approved, due later");
  expect(later?.words).toBe(`from ${new Date(RECEIVED_MS + PAYABLE_AFTER_DAYS * DAY_MS).toISOString().slice(0, 10)}`);
  expect(await figuresHeld("deals")).toMatchObject({ "Due USD": "3.00" });
  expect(await figuresHeld("acme")).toMatchObject({ "Due USD": "23.00" });
});

test("what a draft lists is due still; then it stands on a statement, to be paid, and paid; what is too little is carried over", async () => {
  await api.env.DB.exec("UPDATE affiliates SET minimum_payout = 50000000");
  const next = (await figuresOf("blog")).find(
    ({ label, currency }) => label === "Next statement" && currency === "USD",
  );
  expect([next?.amount, next?.words]).toEqual([
    "0.00",
    expect.stringContaining("12.03 is carried over, the least is 50.00"),
  ]);
  await api.env.DB.exec("UPDATE affiliates SET minimum_payout = 0");
  await order("/api/adjustments", { owner: "blog", currency: "USD", amount: "-2.00", reason: "a fee" });
  await order("/api/statements", { until: new Date().toISOString().slice(0, 10), owners: ["blog"] });
  const drafts = await waitFor(async () => {
    const found = await statementsOf("state=draft&of=affiliates");
    return found.length === 2 ? found : null;
  });
  expect(await figuresHeld("blog")).toMatchObject({ "Due USD": "12.03", "Due EUR": "2.50", "To be paid USD": "0.00" });
  await order("/api/statements/finalize", { statements: drafts.map(({ number }) => number) });
  const finals = await waitFor(async () => {
    const found = await statementsOf("state=final&of=affiliates");
    return found.length === 2 ? found : null;
  });
  expect(await figuresHeld("blog")).toMatchObject({
    "Due USD": "0.00",
    "To be paid USD": "10.03",
    "To be paid EUR": "2.50",
    "Paid USD": "0.00",
  });
  await order("/api/statements/pay", { statements: finals.map(({ number }) => number), reference: "SEPA 17" });
  await waitFor(async () => (await statementsOf("state=paid&of=affiliates")).length === 2 || null);
  expect(await figuresHeld("blog")).toMatchObject({ "Due USD": "0.00", "Paid USD": "10.03", "To be paid USD": "0.00" });
}, 60_000);

test("what counts for somebody else since it was listed is due back", async () => {
  const [moved] = ROWS;
  await api.env.DB.prepare("UPDATE conversions SET affiliate = 2, link = 2 WHERE conversion_id = ?")
    .bind(moved?.conversion_id ?? "")
    .run();
  expect(await figuresHeld("blog")).toMatchObject({ "Due USD": "-4.01" });
  expect(await figuresHeld("deals")).toMatchObject({ "Due USD": "7.01" });
});
