/** The audit log: who it was, by which way and from where; what is logged besides changes; and that nothing rewrites it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conversionRow, entryRow, plant, plantBooks } from "./books.ts";
import { ADMIN, type Console, startConsole } from "./console.ts";

const SALE = conversionRow(0);
const HERE = { "cf-connecting-ip": "198.51.100.7" };
const FORM = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };

let api: Console;
let ann = { id: "", token: "" };
let cookie = "";
beforeAll(async () => {
  api = await startConsole();
  await plantBooks(api.env, [SALE]);
  ann = Object((await api.call("POST", "/api/tokens", { name: "ann", role: "admin" })).json);
  cookie = (await signIn(ann.token)).headers.get("set-cookie")?.split(";")[0] ?? "";
});
afterAll(() => api.stop());

const signIn = (token: string) =>
  api.fetch("/sign-in", { authorization: "", ...FORM, ...HERE }, { method: "POST", body: `token=${token}` });
const as = (token: string, path: string, headers: Record<string, string> = {}) =>
  api.fetch(path, { authorization: `Bearer ${token}`, ...HERE, ...headers });
const log = async (query: string) => Object((await api.call("GET", `/api/audit?${query}`)).json).items;

describe("what is logged", () => {
  test("a change names the token, which another of the same name does not share", async () => {
    const other = Object((await api.call("POST", "/api/tokens", { name: "ann", role: "admin" })).json);
    for (const token of [ann.token, other.token])
      await api.call("PATCH", "/api/offers/shoes", { name: `Shoes of ${token.slice(4, 8)}` }, token);
    expect(await log("kind=offer&action=change")).toMatchObject([
      { actor: "ann", token: other.id, way: "api" },
      { actor: "ann", token: ann.id, way: "api" },
    ]);
    expect(await log(`token=${other.id}`)).toHaveLength(1);
    expect((await log("kind=token"))[0]).toMatchObject({ actor: "console token", token: null, way: "api" });
  });

  test("a look at secrets, in the API and on the page", async () => {
    await as(ann.token, "/api/advertisers/acme/credentials");
    await api.fetch("/advertisers/acme", { authorization: "", cookie, ...HERE });
    const seen = await log("action=view secrets");
    expect(seen).toMatchObject([
      { subject: "acme", token: ann.id, way: "page" },
      { subject: "acme", token: ann.id, way: "api" },
    ]);
    expect(seen[0].address).toMatch(/^[0-9a-z]{16}$/);
    expect(seen[0].address).toBe(seen[1].address);
    expect(JSON.stringify(await log("limit=1000"))).not.toMatch(/198\.51\.100\.7|cb[kt]_|whsec_/);
  });

  test("an export, once an hour and by our scripts as such, without what it was filtered by", async () => {
    for (let times = 0; times < 3; times++)
      await (await as(ann.token, "/api/exports/conversions.csv?txid=order-0", { "x-clickback-script": "1" })).text();
    expect(await log(`action=export&token=${ann.id}`)).toMatchObject([
      { subject: "conversions.csv", token: ann.id, way: "script" },
    ]);
    expect(JSON.stringify(await log("action=export"))).not.toContain("order-0");
  });

  test("whatever takes as much out: files of lists, lines of statements, and lists behind their first page", async () => {
    const made = await api.call("POST", "/api/tokens", { name: "bob", role: "analyst" });
    const { id, token } = Object(made.json);
    const taken = async () =>
      (await log(`action=export&token=${id}`)).map(({ subject }: { subject: string }) => subject);
    for (const path of ["conversions", "conversions?limit=200", "affiliates?status=active", "statements/due"])
      expect((await as(token, `/api/${path}`)).status).toBe(200);
    expect(await taken()).toEqual([]);
    for (const path of [
      "exports/affiliates.csv",
      "exports/links.csv?offer=shoes",
      "conversions?limit=201",
      "affiliates?limit=1&cursor=1",
      "postbacks?limit=1000",
    ])
      for (let times = 0; times < 2; times++)
        expect([path, (await as(token, `/api/${path}`)).status]).toEqual([path, 200]);
    expect((await taken()).sort()).toEqual(["affiliates", "affiliates.csv", "conversions", "links.csv", "postbacks"]);
  });

  test("a repair and a publish", async () => {
    await api.call("POST", "/api/verification/acme/repair", { conversions: [SALE.conversion_id] }, ann.token);
    expect(await log("action=repair")).toMatchObject([
      { subject: "acme", after: { conversions: [SALE.conversion_id] } },
    ]);
    for (let times = 0; times < 2; times++) await api.call("POST", "/api/publish", undefined, ann.token);
    expect((await log("action=publish"))[0]).toMatchObject({ token: ann.id, after: [] });
  });

  test("who signed in, and who could not, so many times an hour", async () => {
    expect(await log("action=sign in")).toMatchObject([{ actor: "ann", token: ann.id, way: "page" }]);
    for (let times = 0; times < 150; times++) await signIn(`cbk_guess${times}`);
    const failed = await log("action=fail to sign in&limit=1000");
    expect(failed.length).toBeLessThanOrEqual(100);
    expect(failed[0]).toMatchObject({ actor: "nobody", role: "none", way: "page" });
    expect(JSON.stringify(failed)).not.toContain("guess");
  });
});

describe("what was written stays", () => {
  const run = (sql: string) => api.env.DB.prepare(sql).run();

  test("in the audit log", async () => {
    const before = await log("limit=1000");
    for (const sql of [
      "UPDATE audit SET actor = 'me'",
      "DELETE FROM audit",
      "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE number = 1",
      "REPLACE INTO audit (number, at, actor, role, action, kind, subject) VALUES (1, 0, 'me', 'admin', 'x', 'x', 'x')",
    ])
      await expect(run(sql)).rejects.toThrow("append-only");
    expect(await log("limit=1000")).toEqual(before);
    expect(await api.call("GET", "/api/audit", undefined, ADMIN)).toMatchObject({ status: 200 });
  });

  test("in the entries, of which none goes while its conversion stays", async () => {
    const lead = conversionRow(1);
    await plant(api.env.DB, "conversions", [lead]);
    await plant(api.env.DB, "entries", [entryRow(lead)]);
    const its = `conversion_id = '${lead.conversion_id}'`;
    const entries = async () => (await api.env.DB.prepare(`SELECT * FROM entries WHERE ${its}`).all()).results;
    const planted = await entries();
    await expect(run(`DELETE FROM entries WHERE ${its}`)).rejects.toThrow("append-only");
    await expect(run(`UPDATE entries SET payout = 1 WHERE ${its}`)).rejects.toThrow("append-only");
    const columns = Object.keys(planted[0] ?? {});
    const raised = columns.map((name) => (name === "payout" ? "payout + 1" : name)).join(", ");
    await run(`INSERT OR REPLACE INTO entries (${columns.join(", ")}) SELECT ${raised} FROM entries WHERE ${its}`);
    expect(await entries()).toEqual(planted);
  });
});
