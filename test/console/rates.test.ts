/** Rates of exchange: set by hand and by the bank's file, fetched by the cron, kept where others are known; and what a sale by them comes to. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendRates } from "../../scripts/rates/send.ts";
import { fetchDueRates } from "../../workers/console/rates/fetch-due.ts";
import { readEcbRates } from "../../workers/core/rates/ecb-xml.ts";
import { ADMIN, type Console, startConsole } from "./console.ts";

let api: Console;
let analyst = "";
const SAMPLE = readFileSync("scripts/rates/sample.xml", "utf8");
const AED = { currency: "AED", day: "2026-11-02", rate: "3.9858" };

beforeAll(async () => {
  api = await startConsole();
  const made = await api.call("POST", "/api/tokens", { name: "t", role: "analyst" });
  analyst = String(Object(made.json).token);
});
afterAll(() => api.stop());

const put = (body: object, token?: string) => api.call("PUT", "/api/rates", body, token);
const listed = async (query: string) => Object((await api.call("GET", `/api/rates${query}`)).json).items;

test("an operator sets one with a note, and the audit log has it", async () => {
  expect((await put({ rates: [AED] })).text).toContain("Say where the rate is from");
  expect((await put({ note: "central bank", rates: [AED] })).json).toEqual({
    added: 1,
    same: 0,
    replaced: [],
    kept: [],
  });
  expect((await put({ note: "central bank", rates: [{ ...AED, rate: "3.98580" }] })).json).toEqual({
    added: 0,
    same: 1,
    replaced: [],
    kept: [],
  });
  expect(await listed("?currency=AED")).toMatchObject([{ ...AED, source: "hand", note: "central bank" }]);
  const { items } = Object((await api.call("GET", "/api/audit?kind=rates")).json);
  expect(items).toMatchObject([{ action: "create", subject: "2026-11-02", after: { note: "central bank", added: 1 } }]);
});

test("another rate of a day stays, and is told, until somebody says to replace it; the audit log has both", async () => {
  const other = { note: "other bank", rates: [{ ...AED, rate: "4" }] };
  const difference = [{ currency: "AED", day: AED.day, known: "3.9858", sent: "4" }];
  expect((await put(other)).json).toEqual({ added: 0, same: 0, replaced: [], kept: difference });
  expect(await listed("?currency=AED")).toMatchObject([{ rate: "3.9858" }]);
  expect((await put({ ...other, replace: true })).json).toEqual({ added: 0, same: 0, replaced: difference, kept: [] });
  expect(await listed("?currency=AED")).toMatchObject([{ rate: "4", note: "other bank" }]);
  const { items } = Object((await api.call("GET", "/api/audit?kind=rates&action=change")).json);
  expect(items).toMatchObject([
    { before: { "AED of 2026-11-02": "3.9858" }, after: { "AED of 2026-11-02": "4", note: "other bank" } },
  ]);
});

test.each([
  ["a day that has not come", [{ ...AED, day: "2199-01-01" }], "has not come"],
  ["a day that there is not", [{ ...AED, day: "2026-02-30" }], "Write a day"],
  ["the euro", [{ ...AED, currency: "EUR" }], "One euro is one euro"],
  ["nothing", [{ ...AED, rate: "0" }], "Write how many units"],
  ["two for one day", [AED, { ...AED, rate: "5" }], "second rate"],
  ["none", [], "one rate at least"],
])("refuses %s", async (_, rates, said) => {
  const answer = await put({ note: "n", rates });
  expect([answer.status, answer.text.includes(said)]).toEqual([422, true]);
});

test("an analyst reads them and sets none", async () => {
  expect((await put({ note: "n", rates: [AED] }, analyst)).status).toBe(403);
  expect((await api.call("GET", "/api/rates", undefined, analyst)).status).toBe(200);
});

test("the bank's file is imported whole, and changes nothing the second time", async () => {
  const read = readEcbRates(SAMPLE);
  if (!read.ok) throw new Error(read.refusal);
  const count = read.value.length;
  const send = () =>
    sendRates(
      (path, { body, ...init } = {}) =>
        api.fetch(
          path,
          { authorization: `Bearer ${ADMIN}`, ...init.headers },
          { method: init.method ?? "GET", body: body ?? "" },
        ),
      read.value,
      false,
    );
  expect(await send()).toEqual({ added: count, same: 0, replaced: [], kept: [] });
  expect(await send()).toEqual({ added: 0, same: count, replaced: [], kept: [] });
  expect(await listed("?currency=usd&day=2026-11-26&limit=1")).toMatchObject([{ day: "2026-11-26", source: "ecb" }]);
});

test("the list goes on behind its cursor", async () => {
  const seen: string[] = [];
  for (let cursor = ""; ; ) {
    const { items, next } = Object((await api.call("GET", `/api/rates?limit=40${cursor}`)).json);
    for (const { day, currency } of items) seen.push(`${day} ${currency}`);
    if (next === null) break;
    cursor = `&cursor=${encodeURIComponent(next)}`;
  }
  expect(seen.length).toBe(new Set(seen).size);
  expect(seen.at(-1)).toBe("2026-11-02 AED");
});

test("the cron fetches them once an hour, where an address is set, and never in the place of others", async () => {
  const asked: string[] = [];
  const nowMs = Date.UTC(2026, 10, 28, 9, 23);
  const round = (minute: number, url: string, answer = new Response(SAMPLE.replaceAll("2026-11-27", "2026-11-28"))) =>
    fetchDueRates({
      env: { DB: api.env.DB, RATES_URL: url },
      fetch: async (at) => {
        asked.push(at);
        return answer;
      },
      nowMs: nowMs + minute * 60_000,
    });
  await round(0, "");
  await round(1, "https://bank.example/daily.xml");
  expect(asked).toEqual([]);
  await put({ note: "n", rates: [{ currency: "USD", day: "2026-11-28", rate: "1.5" }] });
  await round(0, "https://bank.example/daily.xml");
  expect(asked).toEqual(["https://bank.example/daily.xml"]);
  expect(await listed("?currency=USD&limit=1")).toMatchObject([{ day: "2026-11-28", rate: "1.5", source: "hand" }]);
  expect(await listed("?currency=GBP&limit=1")).toMatchObject([{ day: "2026-11-28", source: "ecb" }]);
  await expect(round(60, "http://bank.example/daily.xml")).rejects.toThrow("https://");
  await expect(round(60, "https://bank.example/", new Response("", { status: 302 }))).rejects.toThrow("302");
  await expect(round(60, "https://bank.example/", new Response("<html>"))).rejects.toThrow("no_rates");
});
