/** Tokens that end by themselves, and when each was last used. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../workers/core/time-units.ts";
import { ADMIN, type Console, startConsole } from "./console.ts";

let api: Console;
beforeAll(async () => {
  api = await startConsole();
});
afterAll(() => api.stop());

async function make(name: string, expires_at: string | null = null) {
  const made = await api.call("POST", "/api/tokens", { name, role: "analyst", expires_at });
  return { status: made.status, text: made.text, ...Object(made.json) };
}

function at(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}

async function listed(id: string) {
  const { items } = Object((await api.call("GET", "/api/tokens")).json);
  return items.find((one: { id: string }) => one.id === id);
}

function set(id: string, column: string, value: number) {
  return api.env.DB.prepare(`UPDATE tokens SET ${column} = ? WHERE id = ?`).bind(value, id).run();
}

test("a token that has expired opens nothing, says so, and ends its sessions", async () => {
  const { id, token, expires_at } = await make("ends", at(1));
  const cookie = await api.signIn(token);
  const look = async () => (await api.fetch("/", { authorization: "", cookie })).status;
  expect([(await api.call("GET", "/api/offers", undefined, token)).status, await look()]).toEqual([200, 200]);
  expect((await listed(id)).expires_at).toBe(expires_at);
  const endedMs = Date.now();
  await set(id, "expires_at", endedMs);
  const answer = await api.call("GET", "/api/offers", undefined, token);
  const said = expect.stringContaining(`expired at ${new Date(endedMs).toISOString().slice(0, 19)}`);
  expect([answer.status, answer.text]).toEqual([401, said]);
  expect(await look()).toBe(303);
  expect(await api.signIn(token)).toBe("");
  const page = await (await api.fetch("/tokens", { authorization: "", cookie: await api.signIn(ADMIN) })).text();
  expect(page).toContain(">expired<");
});

test.each([
  ["in the past", -1],
  ["in more than five years", 1_827],
])("a token that expires %s is not made", async (_, days) => {
  expect(await make("never", at(days))).toMatchObject({ status: 422, text: expect.stringContaining("#/expires_at") });
});

test("what ends within 14 days is marked", async () => {
  const page = async () => (await api.fetch("/tokens", { authorization: "", cookie: await api.signIn(ADMIN) })).text();
  await make("later", at(15));
  expect(await page()).not.toContain(">soon<");
  await make("sooner", at(13));
  expect(await page()).toContain(">soon<");
});

test("when it was last used is kept to the hour, by the API and by sessions", async () => {
  const { id, token, last_used_at } = await make("used");
  expect(last_used_at).toBeNull();
  const lastUsed = async () => Date.parse((await listed(id)).last_used_at ?? "");
  await api.call("GET", "/api/offers", undefined, token);
  await expect.poll(lastUsed).toBeGreaterThan(Date.now() - HOUR_MS);
  const recently = Date.now() - HOUR_MS / 2;
  await set(id, "last_used_at", recently);
  for (let count = 0; count < 3; count++) await api.call("GET", "/api/offers", undefined, token);
  const cookie = await api.signIn(token);
  expect(await lastUsed()).toBe(recently);
  await set(id, "last_used_at", Date.now() - 2 * HOUR_MS);
  await api.fetch("/", { authorization: "", cookie });
  await expect.poll(lastUsed).toBeGreaterThan(recently);
});
