/** Views of lists and their columns: kept for each holder, shared with a role and nobody else, opened with, bounded, and in the address. */
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keptQuery, MOST_VIEWS } from "../../workers/console/views/fields.ts";
import type { Role } from "../../workers/core/roles.ts";
import { conversionRow, plant, plantSetUp } from "./books.ts";
import { ADMIN, type Console, startConsole } from "./console.ts";

const made = v.object({ id: v.string() });
const listed = v.object({
  items: v.array(v.looseObject({ id: v.string(), name: v.string(), own: v.boolean(), default: v.boolean() })),
});

let api: Console;
const tokens: Partial<Record<Role, string>> = { admin: ADMIN };

beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  await plant(
    api.env.DB,
    "conversions",
    [0, 1, 2, 3, 4, 5].map((number) => conversionRow(number)),
  );
  const subjects: Partial<Record<Role, string>> = { advertiser: "acme", affiliate: "blog" };
  for (const role of ["manager", "analyst", "advertiser", "affiliate"] as const) {
    const subject = subjects[role];
    const answer = await api.call("POST", "/api/tokens", { name: role, role, ...(subject && { subject }) });
    tokens[role] = String(Object(answer.json).token);
  }
});
afterAll(() => api.stop());

const keep = (body: object, role: Role = "admin") => api.call("POST", "/api/views", body, tokens[role]);
const viewsOf = async (role: Role, list = "conversions") =>
  v.parse(listed, (await api.call("GET", `/api/views?list=${list}`, undefined, tokens[role])).json).items;
const idOf = async (answer: Promise<{ json: unknown }>) => v.parse(made, (await answer).json).id;

async function page(path: string, role: Role = "admin") {
  const cookie = await api.signIn(tokens[role]);
  return api.fetch(path, { authorization: "", cookie });
}

async function send(path: string, form: Record<string, string>, role: Role = "admin") {
  const cookie = await api.signIn(tokens[role]);
  const type = "application/x-www-form-urlencoded";
  const headers = { authorization: "", cookie, "content-type": type, "sec-fetch-site": "same-origin" };
  return api.fetch(path, headers, { method: "POST", body: new URLSearchParams(form).toString() });
}

test("a view is its holder's alone, until it is shared with a role, and then that role's", async () => {
  const id = await idOf(
    keep({ list: "conversions", name: "Big", query: "?status=approved&sort=-amount&cursor=x" }, "manager"),
  );
  expect(await viewsOf("manager")).toMatchObject([
    { id, name: "Big", query: "status=approved&sort=-amount", own: true },
  ]);
  for (const role of ["admin", "analyst", "affiliate", "advertiser"] as const) expect(await viewsOf(role)).toEqual([]);
  const patch = (body: object, role: Role) => api.call("PATCH", `/api/views/${id}`, body, tokens[role]);
  expect((await patch({ shared_with: "analyst" }, "analyst")).status).toBe(404);
  expect((await patch({ shared_with: "affiliate" }, "manager")).status).toBe(422);
  expect((await patch({ shared_with: "analyst" }, "manager")).status).toBe(200);
  expect(await viewsOf("analyst")).toMatchObject([{ id, own: false, shared_with: "analyst" }]);
  for (const role of ["admin", "affiliate", "advertiser"] as const) expect(await viewsOf(role)).toEqual([]);
  // Who is shown it opens the list with it, and changes nothing else of it.
  expect((await patch({ name: "Mine" }, "analyst")).status).toBe(403);
  expect((await api.call("DELETE", `/api/views/${id}`, undefined, tokens.analyst)).status).toBe(403);
  expect((await patch({ default: true }, "analyst")).json).toMatchObject({ default: true, name: "Big" });
  expect(await viewsOf("manager")).toMatchObject([{ default: false }]);
  const opened = await page("/conversions", "analyst");
  expect([opened.status, opened.headers.get("location")]).toEqual([303, "/conversions?status=approved&sort=-amount"]);
  expect((await patch({ shared_with: null }, "manager")).status).toBe(200);
  expect(await viewsOf("analyst")).toEqual([]);
  // What is shown to nobody any more opens nothing.
  expect((await page("/conversions", "analyst")).status).toBe(200);
  expect((await api.call("DELETE", `/api/views/${id}`, undefined, tokens.manager)).status).toBe(204);
  expect(await viewsOf("manager")).toEqual([]);
  const { json } = await api.call("GET", "/api/audit?kind=view");
  expect(Object(json).items.map(({ action }: { action: string }) => action)).toEqual([
    "delete",
    "change",
    "change",
    "create",
  ]);
});

test("whoever may not share is refused, and nobody keeps a view of a list that is not theirs", async () => {
  const view = { list: "conversions", name: "Shared", query: "status=pending" };
  for (const role of ["analyst", "affiliate", "advertiser"] as const)
    expect((await keep({ ...view, shared_with: "analyst" }, role)).status).toBe(403);
  expect((await keep({ ...view, list: "audit" }, "affiliate")).status).toBe(404);
  expect((await keep({ ...view, list: "nothing" })).status).toBe(422);
  expect((await api.call("GET", "/api/columns/audit", undefined, tokens.affiliate)).status).toBe(404);
});

test("names are told apart, and views are not many", async () => {
  const view = { list: "links", name: "One", query: "status=active" };
  const id = await idOf(keep(view, "analyst"));
  expect(await keep(view, "analyst")).toMatchObject({ status: 409, json: { errors: [{ pointer: "#/name" }] } });
  for (let number = 1; number < MOST_VIEWS; number++)
    expect((await keep({ ...view, name: `One ${number}` }, "analyst")).status).toBe(201);
  const over = await keep({ ...view, name: "Over" }, "analyst");
  expect(over).toMatchObject({ status: 422, json: { detail: expect.stringContaining(`${MOST_VIEWS} views`) } });
  expect((await api.call("PATCH", `/api/views/${id}`, { name: "One 1" }, tokens.analyst)).status).toBe(409);
  expect((await keep({ ...view, name: "x".repeat(61) })).status).toBe(422);
  expect((await keep({ ...view, query: "x".repeat(2_001) })).status).toBe(422);
});

test("a view keeps no place and no single order, click or conversion", () => {
  const kept = keptQuery(
    "?status=pending&txid=o-1&click_id=c&conversion_id=x&cursor=a&back=&back=b&limit=200&from=&columns=a%2Cb",
  );
  expect(kept).toBe("status=pending&limit=200&columns=a%2Cb");
});

test("the list's form keeps a view, which is a tab then, and keeps it anew under its name", async () => {
  const form = { name: "Pending", query: "?status=pending&limit=100", default: "1" };
  const kept = await send("/views?list=conversions&do=keep", form);
  expect([kept.status, kept.headers.get("location")]).toEqual([303, "/conversions?status=pending&limit=100"]);
  expect((await page("/conversions")).headers.get("location")).toBe("/conversions?status=pending&limit=100");
  const html = await (await page("/conversions?status=pending&limit=100")).text();
  expect(html).toMatch(/<a href="\/conversions\?status=pending&amp;limit=100" aria-current="true"><bdi>Pending<\/bdi>/);
  expect(await (await page("/conversions?view=none")).text()).toContain(
    'href="/conversions?view=none" aria-current="true"',
  );
  await send("/views?list=conversions&do=keep", { ...form, query: "?status=approved" });
  const [view, ...others] = await viewsOf("admin");
  expect(others).toEqual([]);
  expect(view).toMatchObject({ name: "Pending", query: "status=approved", default: true });
  const named = await page(`/conversions?view=${view?.id}`);
  expect(named.headers.get("location")).toBe("/conversions?status=approved");
  await send(`/views?id=${view?.id}&do=change`, { name: "Approved" });
  expect(await viewsOf("admin")).toMatchObject([{ name: "Approved", default: false }]);
  expect((await page("/conversions")).status).toBe(200);
  await send(`/views?id=${view?.id}&do=delete`, { name: "Approved" });
  expect(await viewsOf("admin")).toEqual([]);
});

const headsOf = (html: string) =>
  [...(/<thead>(.*?)<\/thead>/s.exec(html)?.[1] ?? "").matchAll(/<th[^>]*>(.*?)<\/th>/gs)].map(([, head = ""]) =>
    head.replaceAll(/<[^>]*>/g, "").replace(/ [↑↓]$/, ""),
  );

test("columns are the address's, else those that are kept, else as ever; and the file has them", async () => {
  const heads = async (path: string, role: Role = "admin") => headsOf(await (await page(path, role)).text());
  const ever = await heads("/conversions");
  expect(ever).toEqual(["Received", "Offer", "Event", "Affiliate", "Order", "Status", "Amount", "Payout"]);
  expect(await heads("/conversions?columns=country,amount&columns=nothing")).toEqual(["Received", "Country", "Amount"]);
  expect(await heads("/conversions?columns=nothing")).toEqual(ever);
  const sent = await send("/views?list=conversions&do=columns", { columns: "sub1", status: "pending" });
  expect(sent.headers.get("location")).toBe("/conversions?status=pending");
  expect(await heads("/conversions")).toEqual(["Received", "Sub1"]);
  expect(await heads("/conversions?columns=payout")).toEqual(["Received", "Payout"]);
  expect(await heads("/conversions", "manager")).toEqual(ever);
  expect((await api.call("GET", "/api/columns/conversions")).json).toEqual({ list: "conversions", columns: ["sub1"] });
  const html = await (await page("/conversions?columns=amount&columns=country&test=all")).text();
  const file = /href="(\/api\/exports\/conversions\.csv\?[^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const [head, ...rows] = (await (await page(file)).text()).trim().split("\r\n");
  expect(head?.replace("\ufeff", "")).toBe("conversion_id,amount,country");
  expect(rows).toHaveLength(6);
  await send("/views?list=conversions&do=no-columns", {});
  expect(await heads("/conversions")).toEqual(ever);
});

test("nobody is shown a column, or given one in a file, that their role does not see", async () => {
  const put = (columns: string[] | null, role: Role) =>
    api.call("PUT", "/api/columns/conversions", { columns }, tokens[role]);
  for (const [role, hidden] of [
    ["affiliate", "revenue"],
    ["advertiser", "payout"],
    ["advertiser", "sub1"],
  ] as const) {
    expect((await put([hidden, "amount"], role)).status).toBe(200);
    expect(headsOf(await (await page("/conversions", role)).text())).toEqual(["Received", "Amount"]);
    const file = await api.call("GET", `/api/exports/conversions.csv?columns=${hidden}`, undefined, tokens[role]);
    expect(file).toMatchObject({ status: 400, json: { detail: expect.stringContaining(`no column ${hidden}`) } });
    await put(null, role);
  }
  expect((await put(["A b"], "admin")).status).toBe(422);
});

test("lists of set-up have their columns in their files, which come back", async () => {
  const text = (await api.call("GET", "/api/exports/affiliates.csv?columns=slug,name")).text;
  expect(text.split("\r\n")[0]).toBe("slug,name");
  const back = await api.fetch("/api/affiliates/import", {}, { method: "POST", body: text });
  expect(JSON.parse(await back.text())).toMatchObject({ unchanged: 2, refused: 0 });
  expect((await api.call("GET", "/api/exports/affiliates.csv?columns=bank_details")).status).toBe(400);
});

test("a report's view with a usual range goes with the days", async () => {
  const today = new Date().toISOString().slice(0, 10);
  const html = await (await page(`/reports?group_by=offer&from=${today}&until=${today}&tz=UTC`)).text();
  expect(html).toContain('name="query" value="group_by=offer&amp;tz=UTC&amp;range=today"');
  const shown = await (await page("/reports?group_by=offer&tz=UTC&range=today")).text();
  expect(shown).toMatch(new RegExp(`name="from" value="${today}"`));
});
