/** The nightly copy of the set-up: written in steps, whole, without a secret in the clear, kept for its time, compared and brought back. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { listCopies, readDifferences, restoreSetUp } from "../../scripts/rebuild/set-up-copies.ts";
import { COPIED_TABLES } from "../../workers/console/set-up-copies/copied-tables.ts";
import { copyName, readLines } from "../../workers/console/set-up-copies/copy-file.ts";
import { copySetUp, KEPT_DAYS } from "../../workers/console/set-up-copies/write-copy.ts";
import { sha256 } from "../../workers/core/sha256.ts";
import { ADMIN, type Console, startConsole } from "./console.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NIGHT_MS = Date.UTC(2026, 11, 1, 2);
const DAY = "2026-12-01";
const SHOPS_SECRET = "whsec_the-shops-own-secret";

let api: Console;
let token: string;

beforeAll(async () => {
  api = await startConsole();
  await made("/api/advertisers", { slug: "acme", name: "Acme" });
  await made("/api/affiliates", { slug: "blog", name: "Blog" });
  const events = [{ name: "sale", payout: { percent: "10" }, revenue: "posted" }];
  await made("/api/offers", {
    slug: "shoes",
    name: "Shoes",
    advertiser: "acme",
    destination: "https://shop.example/{click_id}",
    currency: "USD",
    events,
  });
  await made("/api/offers/shoes/prices", { event: "sale", payout: { percent: "12" }, from: "2027-01-01" });
  for (const slug of ["one", "two", "three"]) await made("/api/links", { slug, offer: "shoes", affiliate: "blog" });
  await made(
    "/api/advertisers/acme/sources",
    { slug: "woo", preset: "woocommerce", secret: SHOPS_SECRET },
    [201, 404, 422],
  );
  token = JSON.stringify(await made("/api/tokens", { role: "analyst", name: "sheet" }));
});
afterAll(() => api.stop());

async function made(path: string, body: unknown, statuses = [201]): Promise<unknown> {
  const answer = await api.call("POST", path, body);
  expect(statuses, answer.text).toContain(answer.status);
  return answer.json;
}

const fetchConsole = async (path: string, init: { method?: string; body?: string | Uint8Array } = {}) => {
  const { status, text } = await api.call(
    init.method ?? "GET",
    path,
    init.body === undefined ? undefined : JSON.parse(String(init.body)),
  );
  return { status, text: async () => text };
};

async function copied(day: number): Promise<string> {
  const object = await api.env.ARCHIVE.get(copyName(day));
  const bytes = new Uint8Array(await (object?.arrayBuffer() ?? new ArrayBuffer(0)));
  expect(sha256(bytes)).toBe(object?.customMetadata?.sha256);
  return JSON.stringify(readLines(bytes, object?.customMetadata?.sha256 ?? ""));
}

test("it is written once a night, in as many steps as it takes, and is the same however many", async () => {
  expect(await copySetUp(api.env, NIGHT_MS - 1)).toBe(false);
  expect(await copySetUp(api.env, NIGHT_MS)).toBe(true);
  expect(await copySetUp(api.env, NIGHT_MS + HOUR_MS)).toBe(false);
  const whole = await copied(NIGHT_MS / DAY_MS - 2 / 24);
  let steps = 1;
  while (!(await copySetUp(api.env, NIGHT_MS + DAY_MS, 2))) steps++;
  expect(steps).toBeGreaterThan(3);
  expect(await copied(NIGHT_MS / DAY_MS - 2 / 24 + 1)).toBe(whole);
  // Of the parts one file was made, which the worker reads too.
  const left = (await readDifferences(fetchConsole, "2026-12-02")).filter(
    ({ missing, changed }) => missing + changed > 0,
  );
  expect(left).toEqual([]);
  const { objects } = await api.env.ARCHIVE.list({ prefix: "set-up/parts/" });
  expect(objects).toEqual([]);
  expect((await listCopies(fetchConsole)).map(({ day }) => day)).toEqual([DAY, "2026-12-02"]);
});

test("it has every table of the set-up, and no secret in the clear", async () => {
  const whole = await copied(NIGHT_MS / DAY_MS - 2 / 24);
  for (const name of ["advertisers", "affiliates", "offers", "offer_events", "links", "tokens", "settings"])
    expect(COPIED_TABLES.map((table) => table.name)).toContain(name);
  expect(whole).toContain('"slug":"two"');
  const secret = /"(cb[a-z]_[\w-]+|[\w-]{30,})"/.exec(token)?.[1];
  expect(secret).toBeDefined();
  for (const text of [secret ?? "", SHOPS_SECRET, ADMIN]) expect(whole).not.toContain(text);
});

test("what is missing is told and brought back; what was changed stays, unless it is asked for; what let somebody in is never changed back", async () => {
  const { DB } = api.env;
  const before = (await DB.prepare("SELECT * FROM links ORDER BY number").all()).results;
  await DB.prepare("DELETE FROM links WHERE slug = 'two'").run();
  await DB.prepare("UPDATE offers SET name = 'Boots'").run();
  await DB.prepare("UPDATE tokens SET revoked_at = 1 WHERE name = 'sheet'").run();
  await made("/api/affiliates", { slug: "late", name: "Late" });
  const told = await readDifferences(fetchConsole, DAY);
  const of = (name: string) => told.find(({ table }) => table === name);
  expect(of("links")).toMatchObject({ missing: 1, changed: 0, missingNames: ["two"] });
  expect(of("offers")).toMatchObject({ missing: 0, changed: 1, changedRows: [{ name: "shoes", columns: ["name"] }] });
  expect(of("affiliates")).toMatchObject({ missing: 0, added: 1 });
  expect(of("tokens")).toMatchObject({ changed: 1, isOnlyAdded: true });
  expect(await restoreSetUp(fetchConsole, DAY, false)).toBe(1);
  expect((await DB.prepare("SELECT * FROM links ORDER BY number").all()).results).toEqual(before);
  expect(await DB.prepare("SELECT name FROM offers").first("name")).toBe("Boots");
  expect(await restoreSetUp(fetchConsole, DAY, true)).toBe(1);
  expect(await DB.prepare("SELECT name FROM offers").first("name")).toBe("Shoes");
  expect(await DB.prepare("SELECT revoked_at FROM tokens WHERE name = 'sheet'").first("revoked_at")).toBe(1);
  // The edge hears of it.
  expect(await DB.prepare("SELECT count(*) AS due FROM due_records WHERE kind = 'link'").first("due")).toBeGreaterThan(
    0,
  );
  expect(await DB.prepare("SELECT count(*) AS rows FROM audit WHERE subject = 'set-up'").first("rows")).toBeGreaterThan(
    0,
  );
});

test("prices come back with their moments, announced ones too, and none is made twice", async () => {
  const { DB } = api.env;
  const prices = async () => {
    const { results } = await DB.prepare("SELECT * FROM price_changes ORDER BY event, affiliate, from_at").all();
    return results.map(({ number: _, ...price }) => price);
  };
  const before = await prices();
  expect(before.map(({ counts }) => counts)).toEqual([1, 0]);
  await DB.batch([DB.prepare("DELETE FROM price_changes"), DB.prepare("DELETE FROM offer_events")]);
  expect(await restoreSetUp(fetchConsole, DAY, false)).toBe(3);
  expect(await prices()).toEqual(before);
});

test("whoever names another night is stopped, and a copy that was changed is not believed", async () => {
  const wrong = await api.call("POST", `/api/set-up-copies/${DAY}/restore`, { table: "links", day: "2026-12-02" });
  expect(wrong.status).toBe(409);
  expect((await api.call("GET", "/api/set-up-copies/2026-11-01?table=links")).status).toBe(404);
  const name = copyName(NIGHT_MS / DAY_MS - 2 / 24);
  const object = await api.env.ARCHIVE.get(name);
  const bytes = new Uint8Array(await (object?.arrayBuffer() ?? new ArrayBuffer(0)));
  await api.env.ARCHIVE.put(name, bytes.slice(0, -1), { customMetadata: object?.customMetadata ?? {} });
  expect((await api.call("GET", `/api/set-up-copies/${DAY}?table=links`)).status).toBe(500);
});

test(`it is kept for ${KEPT_DAYS} days`, async () => {
  await copySetUp(api.env, NIGHT_MS + KEPT_DAYS * DAY_MS);
  expect((await listCopies(fetchConsole)).map(({ day }) => day)).toContain(DAY);
  await copySetUp(api.env, NIGHT_MS + (KEPT_DAYS + 1) * DAY_MS);
  const left = (await listCopies(fetchConsole)).map(({ day }) => day);
  expect(left).not.toContain(DAY);
  expect(left).toHaveLength(3);
});
