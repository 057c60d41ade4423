/** Where an affiliate's money goes is said by who may say it, once, and changes nothing that the edge knows; the panel's link is one, whoever presses how often. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { plantSetUp } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

let api: Console;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  for (const [role, subject] of [
    ["affiliate", "blog"],
    ["advertiser", "acme"],
    ["manager", undefined],
    ["finance", undefined],
    ["analyst", undefined],
  ] as const) {
    const made = await api.call("POST", "/api/tokens", { name: role, role, ...(subject ? { subject } : {}) });
    const { token }: { token: string } = JSON.parse(made.text);
    tokens[role] = token;
  }
});
afterAll(() => api.stop());

const due = () => api.env.DB.prepare("SELECT count(*) AS count FROM due_records").first<number>("count");
const written = () => api.env.DB.prepare("SELECT count(*) AS count FROM audit").first<number>("count");

test("a manager sets no word that paying goes by, in a change, a new one or a list, and everything else", async () => {
  const blog = "/api/affiliates/blog";
  for (const word of ["legal_name", "contact", "vat_number", "payment_method", "payment_note", "payment_currency"]) {
    const value = word === "payment_currency" ? "EUR" : "x";
    expect(await api.call("PATCH", blog, { [word]: value }, tokens.manager), word).toMatchObject({ status: 403 });
    const made = { slug: `new-${word.replace("_", "-")}`, name: "New", [word]: value };
    expect(await api.call("POST", "/api/affiliates", made, tokens.manager), word).toMatchObject({ status: 403 });
    const look = await api.fetch(
      "/api/affiliates/import",
      { authorization: `Bearer ${tokens.manager}`, "content-type": "text/csv" },
      { method: "POST", body: `slug,name,${word}\nblog,Blog,${value}\nnew,New,${value}\n` },
    );
    expect(JSON.parse(await look.text()), word).toMatchObject({ refused: 2 });
  }
  const { json } = await api.call("GET", blog, undefined, tokens.manager);
  // As it was read it may be sent back, and all else is the manager's.
  const { name: _, ...same } = Object(json);
  expect((await api.call("PATCH", blog, { ...same, name: "Another" }, tokens.manager)).status).toBe(200);
  expect((await api.call("PATCH", blog, { payment_note: "by hand" })).status).toBe(200);
});

test("how an affiliate is paid is seen by who pays and by itself: not by a manager or an analyst, in no answer, file, list or log", async () => {
  const told = "ida@paypal.example";
  await api.call("PATCH", "/api/affiliates/blog", {
    payment_method: "PayPal",
    payment_note: told,
    payment_currency: "USD",
  });
  const places = ["affiliates/blog", "affiliates", "exports/affiliates.csv", "audit?kind=affiliate"];
  for (const role of ["manager", "analyst"])
    for (const place of places) {
      const { status, text } = await api.call("GET", `/api/${place}`, undefined, tokens[role]);
      expect([place, status, /paypal|payment_/i.test(text)]).toEqual([place, 200, false]);
    }
  const change = await api.call("PATCH", "/api/affiliates/blog", { name: "The Blog" }, tokens.manager);
  expect([change.status, /paypal|payment_/i.test(change.text)]).toEqual([200, false]);
  // A list tells no more by what it refuses: what is so already is refused like what is not.
  for (const guess of [told, "another@paypal.example"]) {
    const look = await api.fetch(
      "/api/affiliates/import",
      { authorization: `Bearer ${tokens.manager}`, "content-type": "text/csv" },
      { method: "POST", body: `slug,payment_note\nblog,${guess}\n` },
    );
    expect(JSON.parse(await look.text()), guess).toMatchObject({ refused: 1, unchanged: 0 });
  }
  const unknown = await api.call("GET", "/api/exports/affiliates.csv?columns=payment_note", undefined, tokens.manager);
  expect(unknown.status).toBe(400);
  for (const place of places)
    expect((await api.call("GET", `/api/${place}`, undefined, tokens.finance)).text).toContain(told);
  expect((await api.call("GET", "/api/affiliates/blog", undefined, tokens.affiliate)).text).toContain(told);
  for (const path of ["/affiliates/blog", "/audit", "/affiliates?columns=payment_method"])
    expect(
      await (await api.fetch(path, { authorization: "", cookie: await api.signIn(tokens.manager) })).text(),
    ).not.toMatch(/paypal/i);
});

test("an affiliate's own words make no link due, and are written once", async () => {
  const before = await due();
  const own = tokens.affiliate;
  const payee = { legal_name: "Blog Ltd", contact: "ann@blog.example" };
  for (let time = 0; time < 3; time++)
    expect((await api.call("PATCH", "/api/affiliates/blog/payee", payee, own)).status).toBe(200);
  const details = { details: "IBAN DE02 1203 0000 0000 2020 51" };
  const after = await written();
  for (let time = 0; time < 3; time++)
    expect((await api.call("PUT", "/api/affiliates/blog/bank-details", details, own)).status).toBe(204);
  expect([await due(), await written()]).toEqual([before, (after ?? 0) + 1]);
  await api.call("PATCH", "/api/affiliates/blog/payee", payee, own);
  expect(await written()).toBe((after ?? 0) + 1);
});

test("columns that are to be empty may be named as often as anybody likes", async () => {
  const names = Array.from({ length: 200 }, () => "sub1").join(",");
  expect((await api.call("GET", `/api/conversions?none=${names}`, undefined, tokens.affiliate)).status).toBe(200);
});

test("an advertiser's panel has one link, which an operator can pause, and the log says who pressed", async () => {
  const cookie = await api.signIn(tokens.advertiser);
  const press = async () => {
    const body = new URLSearchParams({ step: "link", offer: "shoes" }).toString();
    const headers = {
      authorization: "",
      cookie,
      "content-type": "application/x-www-form-urlencoded",
      "sec-fetch-site": "same-origin",
    };
    const answer = await api.fetch("/advertisers/acme/test", headers, { method: "POST", body });
    return JSON.parse(await answer.text());
  };
  const { learnt } = await press();
  const { link } = learnt;
  for (let time = 0; time < 2; time++) expect((await press()).learnt).toEqual({ link });
  expect((await api.call("PATCH", `/api/links/${link}`, { status: "paused" })).status).toBe(200);
  expect(await press()).toMatchObject({ state: "failed", said: expect.stringContaining("is paused") });
  const { items } = Object((await api.call("GET", "/api/links?affiliate=console-test")).json);
  expect(items).toHaveLength(1);
  const log = Object((await api.call("GET", `/api/audit?kind=link&subject=${link}&action=create`)).json);
  expect(log.items).toMatchObject([{ role: "advertiser" }]);
});
