/** Users: invited by an admin, let in once by a link, out at once when paused; and what somebody who should not be let in may try. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChangeStamp } from "../../workers/console/audit/change.ts";
import { calls } from "../../workers/console/calls.ts";
import type { Env } from "../../workers/console/env.ts";
import type { UserChange } from "../../workers/console/people/fields.ts";
import { changeUser, linkUser } from "../../workers/console/people/store.ts";
import { sha256 } from "../../workers/core/sha256.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { plantSetUp } from "./books.ts";
import { ADMIN, type Console, startConsole } from "./console.ts";

const FROM_HERE = {
  authorization: "",
  "content-type": "application/x-www-form-urlencoded",
  "sec-fetch-site": "same-origin",
};

let api: Console;
beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
});
afterAll(() => api.stop());

let invited = 0;

interface Invited {
  number: number;
  email: string;
  key: string;
}

async function invite(role: string, subject?: string): Promise<Invited> {
  const email = `user${++invited}@example.com`;
  const made = await api.call("POST", "/api/users", { email, name: "Ann", role, ...(subject && { subject }) });
  expect([made.status, made.text]).toEqual([201, expect.stringContaining(email)]);
  return { number: Object(made.json).number, email, key: keyIn(Object(made.json).link) };
}

function keyIn(link: string): string {
  return new URL(link).searchParams.get("key") ?? "";
}

function change(number: number, body: object) {
  return api.call("PATCH", `/api/users/${number}`, body);
}

const BY_AN_ADMIN: ChangeStamp = { by: { name: "Ada", role: "admin", scope: "everything" }, atMs: Date.now() };

/** The environment of an admin's change between whose reading and writing somebody else does something. */
function whileWriting(meanwhile: () => Promise<unknown>): Env {
  const DB = new Proxy(api.env.DB, {
    get(db, name) {
      const own: unknown = Reflect.get(db, name);
      if (typeof own !== "function") return own;
      if (name !== "batch") return own.bind(db);
      return async (statements: D1PreparedStatement[]) => {
        await meanwhile();
        return db.batch(statements);
      };
    },
  });
  return { ...api.env, DB };
}

/** Presses the button of the page that a link leads to. */
async function press(key: string, headers: Record<string, string> = {}) {
  const body = new URLSearchParams({ key }).toString();
  const answer = await api.fetch("/sign-in-link", { ...FROM_HERE, ...headers }, { method: "POST", body });
  const cookie = answer.headers.get("set-cookie");
  return { status: answer.status, cookie: cookie?.split(";")[0] ?? "", whole: cookie, text: await answer.text() };
}

async function look(path: string, cookie: string) {
  const { status, text } = await api.fetch(path, { authorization: "", cookie });
  return { status, text: await text() };
}

describe("a link", () => {
  test("signs its user in once, by its button, with the name that the audit log keeps", async () => {
    const { key, email } = await invite("analyst");
    for (let seen = 0; seen < 3; seen++) expect((await look(`/sign-in-link?key=${key}`, "")).status).toBe(200);
    const { status, cookie, whole } = await press(key);
    expect([status, whole]).toEqual([303, expect.stringMatching(/Max-Age=2592000;.*HttpOnly; SameSite=Strict$/)]);
    const staff = await press((await invite("finance")).key);
    expect(staff.whole).toContain("Max-Age=604800;");
    expect((await look("/", cookie)).text).toContain(email);
    expect(await press(key)).toMatchObject({ status: 200, cookie: "", text: expect.stringContaining("opens nothing") });
    expect((await look("/", cookie)).status).toBe(200);
    const { json } = await api.call("GET", `/api/audit?actor=${email}`);
    expect(json).toMatchObject({ items: [{ action: "sign in", subject: email, role: "analyst", token: null }] });
  });

  test("lets one in of many who press at once", async () => {
    const { key } = await invite("analyst");
    const pressed = await Promise.all(Array.from({ length: 8 }, () => press(key)));
    expect(pressed.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  test("lies nowhere but as its hash, and its page tells nothing of it", async () => {
    const { key, number } = await invite("analyst");
    const row = await api.env.DB.prepare("SELECT * FROM users WHERE number = ?").bind(number).first();
    expect(row?.link_hash).toBe(sha256(key));
    for (const table of ["users", "audit"]) {
      const { results } = await api.env.DB.prepare(`SELECT * FROM ${table}`).all();
      expect(JSON.stringify(results)).not.toContain(key);
    }
    for (const path of ["/people", `/people/${number}`])
      expect((await look(path, await api.signIn())).text).not.toMatch(/cbl_|[0-9a-f]{64}/);
    const other = `cbl_${"0".repeat(32)}`;
    const shown = [key, other].map(async (one) => (await look(`/sign-in-link?key=${one}`, "")).text.replace(one, ""));
    const [known, unknown] = await Promise.all(shown);
    expect(known).toBe(unknown);
  });

  test("is over after 24 hours, when a newer one is made, and when its user is paused", async () => {
    const late = await invite("analyst");
    await api.env.DB.prepare("UPDATE users SET link_until = ? WHERE number = ?").bind(Date.now(), late.number).run();
    expect((await press(late.key)).cookie).toBe("");
    const lasts = "SELECT link_until - updated_at AS lasts FROM users WHERE number = ?";
    const again = await invite("analyst");
    expect(await api.env.DB.prepare(lasts).bind(again.number).first("lasts")).toBe(DAY_MS);
    const newer = await api.call("POST", `/api/users/${again.number}/link`);
    expect((await press(again.key)).cookie).toBe("");
    expect((await press(keyIn(Object(newer.json).link))).status).toBe(303);
    const paused = await invite("analyst");
    expect((await change(paused.number, { status: "paused" })).status).toBe(200);
    expect((await press(paused.key)).cookie).toBe("");
    expect((await api.call("POST", `/api/users/${paused.number}/link`)).status).toBe(422);
    expect((await change(paused.number, { status: "active" })).status).toBe(200);
    expect((await press(paused.key)).cookie).toBe("");
  });

  test.each<[string, Record<string, string>]>([
    ["from another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
    ["from a site of the same domain", { "sec-fetch-site": "same-site" }],
    ["from a browser that says nothing", { "sec-fetch-site": "" }],
    ["in a sandbox", { "sec-fetch-site": "", origin: "null" }],
  ])("pressed %s is not taken", async (_, headers) => {
    const { key } = await invite("analyst");
    expect(await press(key, headers)).toMatchObject({ status: 403, cookie: "" });
    expect((await press(key)).status).toBe(303);
  });

  test("is not guessed: wrong ones are limited by where they come from", async () => {
    const from = { "cf-connecting-ip": "203.0.113.9" };
    const { key } = await invite("analyst");
    const tried: number[] = [];
    for (let count = 0; count < 22; count++)
      tried.push((await press(`cbl_${String(count).padStart(32, "0")}`, from)).status);
    expect([tried[0], tried.at(-1)]).toEqual([200, 429]);
    expect((await press(key, from)).status).toBe(429);
    expect((await press(key)).status).toBe(303);
  });

  test.each(["", "cbl_", "cbk_0123456789abcdef0123456789abcdef", ADMIN, "x".repeat(10_000), "%", "null"])(
    "%j is none",
    async (key) => {
      expect((await press(key, { "cf-connecting-ip": `198.51.100.${key.length % 250}` })).cookie).toBe("");
    },
  );
});

describe("a user", () => {
  test.each([
    ["advertiser", "acme"],
    ["affiliate", "blog"],
    ["finance", undefined],
  ])("of the role %s reads by its session exactly what a token of that role reads", async (role, subject) => {
    const made = await api.call("POST", "/api/tokens", { name: role, role, ...(subject && { subject }) });
    const token = String(Object(made.json).token);
    const { cookie } = await press((await invite(role, subject)).key);
    for (const { method, path } of calls) {
      if (method !== "get" || path.includes(":") || path === "/api/alerts") continue;
      const byToken = await api.call("GET", path, undefined, token);
      const bySession = await look(path, cookie);
      expect([path, bySession.status]).toEqual([path, byToken.status]);
      if (byToken.status === 200) expect([path, bySession.text]).toEqual([path, byToken.text]);
    }
  });

  test("changes nothing over the API by its session, whatever its role", async () => {
    const { cookie } = await press((await invite("admin")).key);
    const headers = { authorization: "", cookie, "content-type": "application/json", "sec-fetch-site": "same-origin" };
    const body = JSON.stringify({ slug: "intruder", name: "Made" });
    expect((await api.fetch("/api/affiliates", headers, { method: "POST", body })).status).toBe(401);
  });

  test("that is paused is out at once, and its sessions of before stay over when it is let in again", async () => {
    const { number, key } = await invite("manager");
    const { cookie } = await press(key);
    expect((await look("/offers", cookie)).status).toBe(200);
    await change(number, { status: "paused" });
    expect((await look("/offers", cookie)).status).toBe(303);
    expect((await look("/api/offers", cookie)).status).toBe(401);
    await change(number, { status: "active" });
    expect((await look("/offers", cookie)).status).toBe(303);
    const link = await api.call("POST", `/api/users/${number}/link`);
    const again = await press(keyIn(Object(link.json).link));
    expect((await look("/offers", again.cookie)).status).toBe(200);
  });

  test("signs in anew when its role or whose it is changes, and not when its name does", async () => {
    const { number, key } = await invite("affiliate", "blog");
    const { cookie } = await press(key);
    await change(number, { name: "Another" });
    expect((await look("/offers", cookie)).status).toBe(200);
    expect((await change(number, { role: "advertiser" })).status).toBe(422);
    expect((await look("/offers", cookie)).status).toBe(200);
    expect((await change(number, { role: "advertiser", subject: "acme" })).json).toMatchObject({ subject: "acme" });
    expect((await look("/offers", cookie)).status).toBe(303);
    expect((await change(number, { role: "analyst" })).json).toMatchObject({ role: "analyst", subject: null });
  });

  test.each<[string, UserChange, object, object]>([
    ["another name", { name: "Other" }, { role: "analyst" }, { name: "Other", role: "analyst", status: "active" }],
    ["another name", { name: "Other" }, { status: "paused" }, { name: "Other", role: "manager", status: "paused" }],
    ["another role", { role: "finance" }, { status: "paused" }, { name: "Ann", role: "finance", status: "paused" }],
    ["a pause", { status: "paused" }, { role: "analyst" }, { name: "Ann", role: "analyst", status: "paused" }],
  ])("by %s gets nothing back that somebody else takes from it at this moment", async (_, said, meanwhile, after) => {
    const { number } = await invite("manager");
    const env = whileWriting(() => change(number, meanwhile));
    expect((await changeUser(env, String(number), said, BY_AN_ADMIN)).ok).toBe(true);
    expect((await api.call("GET", `/api/users/${number}`)).json).toMatchObject(after);
  });

  test("that is paused while a link is made for it does not come in by that link once it is let in again", async () => {
    const { number } = await invite("manager");
    const env = whileWriting(() => change(number, { status: "paused" }));
    const made = await linkUser(env, String(number), "https://console.example.com", BY_AN_ADMIN);
    const key = made.ok ? keyIn(made.value.link) : "";
    expect((await press(key)).cookie).toBe("");
    expect((await change(number, { status: "active" })).status).toBe(200);
    expect((await press(key)).cookie).toBe("");
  });

  test("has an address of its own, in small letters, that stays", async () => {
    const email = "Someone@Example.com";
    const made = await api.call("POST", "/api/users", { email: ` ${email} `, name: "S", role: "analyst" });
    expect(made.json).toMatchObject({ email: "someone@example.com", status: "active", seen_at: null });
    const again = await api.call("POST", "/api/users", { email, name: "S", role: "admin" });
    expect([again.status, again.text]).toEqual([409, expect.stringContaining("invited already")]);
    const { number } = Object(made.json);
    expect((await change(number, { email: "other@example.com" })).status).toBe(422);
    expect((await change(number, { email: "someone@example.com" })).status).toBe(200);
    for (const wrong of [
      "",
      "ann",
      "ann@",
      "a b@example.com",
      `${"a".repeat(250)}@example.com`,
      "\u212Aim@example.com",
    ])
      expect((await api.call("POST", "/api/users", { email: wrong, name: "S", role: "analyst" })).status).toBe(422);
  });

  test("is noted as seen, once an hour at most", async () => {
    const { number, key } = await invite("analyst");
    const { cookie } = await press(key);
    const seenAt = async () => Object((await api.call("GET", `/api/users/${number}`)).json).seen_at;
    await expect.poll(seenAt).not.toBeNull();
    const first = await seenAt();
    await look("/offers", cookie);
    await api.env.DB.prepare("UPDATE users SET name = 'waited' WHERE number = ?").bind(number).run();
    expect(await seenAt()).toBe(first);
    await api.env.DB.prepare("UPDATE users SET seen_at = seen_at - 3700000 WHERE number = ?").bind(number).run();
    await look("/offers", cookie);
    await expect.poll(async () => Date.parse(await seenAt()) >= Date.parse(first)).toBe(true);
  });
});

describe("the last admin", () => {
  async function admins(): Promise<number[]> {
    const { results } = await api.env.DB.prepare(
      "SELECT number FROM users WHERE role = 'admin' AND status = 'active'",
    ).all();
    return results.map((row) => Number(row.number));
  }

  test("can neither be paused nor be something else, by one hand or two at once", async () => {
    await invite("admin");
    const [first, ...others] = await admins();
    for (const number of others) expect((await change(number, { role: "analyst" })).status).toBe(200);
    for (const body of [{ status: "paused" }, { role: "manager" }]) {
      const answer = await change(first ?? 0, body);
      expect([answer.status, answer.text]).toEqual([422, expect.stringContaining("the last admin")]);
    }
    expect((await change(first ?? 0, { name: "Still here" })).status).toBe(200);
    const second = await invite("admin");
    const both = await Promise.all([first ?? 0, second.number].map((number) => change(number, { status: "paused" })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 422]);
    expect(await admins()).toHaveLength(1);
  });

  test("is never deleted", async () => {
    await expect(api.env.DB.prepare("DELETE FROM users").run()).rejects.toThrow("never deleted");
  });
});

describe("the page of one's sessions", () => {
  async function signOutEverywhere(cookie: string) {
    return api.fetch("/sessions", { ...FROM_HERE, cookie }, { method: "POST", body: "" });
  }

  test("says since when, and ends all sessions of a user, and no other's", async () => {
    const { key, number } = await invite("affiliate", "blog");
    const one = (await press(key)).cookie;
    const link = await api.call("POST", `/api/users/${number}/link`);
    const two = (await press(keyIn(Object(link.json).link))).cookie;
    const other = (await press((await invite("affiliate", "blog")).key)).cookie;
    const page = (await look("/sessions", one)).text;
    expect(page).toContain("by a link");
    expect(page).toContain(new Date().toISOString().slice(0, 10));
    expect((await signOutEverywhere(one)).status).toBe(303);
    const statuses = [one, two, other].map(async (cookie) => (await look("/offers", cookie)).status);
    expect(await Promise.all(statuses)).toEqual([303, 303, 200]);
  });

  test("ends all sessions of a token, and leaves the token", async () => {
    const made = await api.call("POST", "/api/tokens", { name: "Sheet", role: "analyst" });
    const token = String(Object(made.json).token);
    const [one, two] = [await api.signIn(token), await api.signIn(token)];
    await signOutEverywhere(one);
    expect([(await look("/", one)).status, (await look("/", two)).status]).toEqual([303, 303]);
    expect((await api.call("GET", "/api/offers", undefined, token)).status).toBe(200);
    const again = await api.signIn(token);
    expect((await look("/", again)).status).toBe(200);
  });

  test("takes no form from elsewhere", async () => {
    const cookie = await api.signIn();
    const headers = { ...FROM_HERE, cookie, "sec-fetch-site": "cross-site" };
    expect((await api.fetch("/sessions", headers, { method: "POST", body: "" })).status).toBe(403);
    expect((await look("/", cookie)).status).toBe(200);
  });
});
