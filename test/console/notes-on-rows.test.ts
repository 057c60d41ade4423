/** Notes on what came of it: conversions, statements, postbacks and claims; on their pages and together, written by finance too, and seen by operators alone. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../flow/system.ts";
import { conversionRow, plant, plantBooks, postbackRow, receiptNumber } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

const LONG_MS = 120_000;
const CLAIM = receiptNumber(700);
let api: Console;
const tokens: Record<string, string> = {};
const subjects = { conversion: "", statement: "", postback: "", claim: CLAIM };

const json = async (method: string, path: string, body?: unknown, token?: string) => {
  const answer = await api.call(method, `/api/${path}`, body, token);
  return { code: answer.status, ...Object(answer.json) };
};
const page = async (path: string, token?: string) =>
  (await api.fetch(path, { authorization: "", cookie: await api.signIn(token) })).text();

beforeAll(async () => {
  api = await startConsole();
  const row = conversionRow(0, { status: "approved", test: 0, payout: 4_000_000, revenue: 6_000_000 });
  await plantBooks(api.env, [row]);
  subjects.conversion = String(row.conversion_id);
  subjects.postback = String(postbackRow(row).receipt);
  const { click_id, received_at, settled_at } = row;
  await plant(api.env.DB, "claims", [
    {
      ...{ receipt: CLAIM, stage: 1, advertiser: 1, offer: 1, affiliate: 1, link: 1, event: "sale", currency: "USD" },
      ...{ click_id: click_id ?? null, received_at: received_at ?? null, settled_at: settled_at ?? null },
      ...{ state: "open", test: 0 },
    },
  ]);
  for (const [name, role, subject] of [
    ["finance", "finance", undefined],
    ["analyst", "analyst", undefined],
    ["blog", "affiliate", "blog"],
    ["acme", "advertiser", "acme"],
  ] as const)
    tokens[name] = (await json("POST", "tokens", { name, role, ...(subject && { subject }) })).token;
  await json("POST", "statements", { until: "2026-11-20", owners: ["blog"] });
  subjects.statement = await waitFor(async () => (await json("GET", "statements")).items[0]?.number);
}, LONG_MS);
afterAll(() => api.stop());

test("are written by who may, by name and receipt as pages have them, and stand on the page", async () => {
  for (const [kind, subject] of Object.entries(subjects)) {
    const note = { kind, subject, words: `Ask about this ${kind}` };
    for (const name of ["analyst", "blog", "acme"])
      expect([name, (await json("POST", "notes", note, tokens[name])).code]).toEqual([name, 403]);
    expect(await json("POST", "notes", note, tokens.finance)).toMatchObject({ code: 201, ...note, by: "finance" });
    expect((await json("POST", "notes", { ...note, subject: "nothing" })).code).toBe(422);
    expect((await json("GET", `notes?kind=${kind}&subject=${subject}`)).items).toMatchObject([note]);
    const path = `/${kind}s/${subject}`;
    for (const name of ["finance", "analyst"]) expect(await page(path, tokens[name])).toContain(note.words);
    for (const name of ["blog", "acme"]) expect(await page(path, tokens[name])).not.toContain("Ask about");
    expect(await page("/notes")).toContain(`href="${path}#notes"`);
  }
});

test("a draft's are its statement's once it has a number", async () => {
  const draft = subjects.statement;
  await json("POST", "statements/finalize", { statements: [draft] });
  const number = await waitFor(async () => (await json("GET", "statements?state=final")).items[0]?.number);
  expect(number).not.toBe(draft);
  const words = "Ask about this statement";
  expect((await json("GET", `notes?kind=statement&subject=${number}`)).items).toMatchObject([
    { subject: number, words },
  ]);
  const whole = await page(`/statements/${number}`);
  expect(whole).toContain(words);
  // Paper goes to its owner.
  expect(whole).toMatch(/class="card unprinted" id="notes"/);
  const own = await api.call("GET", `/api/statements/${number}`, undefined, tokens.blog);
  expect([own.status, own.text.includes(words)]).toEqual([200, false]);
  expect(await page(`/statements/${number}`, tokens.blog)).not.toContain(words);
  const { items } = await json("GET", `notes?kind=statement`);
  expect((await json("DELETE", `notes/${items[0].note}`, undefined, tokens.analyst)).code).toBe(403);
  expect((await json("DELETE", `notes/${items[0].note}`, undefined, tokens.finance)).code).toBe(204);
  expect(await page(`/statements/${number}`)).not.toContain(words);
});
