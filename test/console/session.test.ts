/** Sessions of the console: who gets one, what it opens, what ends it, and what other sites can do with it, which is nothing. */
import fc from "fast-check";
import { base64url, CompactEncrypt, decodeProtectedHeader, UnsecuredJWT } from "jose";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pathWithin } from "../../workers/console/shell/path-within.ts";
import { seal, unseal } from "../../workers/console/web/sealing.ts";
import { newSession, SESSION, SESSION_S } from "../../workers/console/web/session.ts";
import { forgetSession, keepSession } from "../../workers/console/web/session-cookie.ts";
import { derive, importKeyRing } from "../../workers/core/key-ring.ts";
import { plantSetUp } from "./books.ts";
import { ADMIN, ADVERTISER_KEYS, type Console, startConsole } from "./console.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 8);

async function ringOf(secret: string) {
  const ring = await importKeyRing(secret);
  if (!ring.ok) throw new Error(ring.refusal);
  return ring.value;
}

function withAnotherLetterAt(text: string, index: number): string {
  return text.slice(0, index) + (text[index] === "A" ? "B" : "A") + text.slice(index + 1);
}

/** The hidden fields of a page, as a browser sends them. */
function hiddenIn(html: string): Map<string, string> {
  const unescaped = (text = "") =>
    text
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&");
  const found = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
  return new Map([...found].map(([, name, value]): [string, string] => [unescaped(name), unescaped(value)]));
}

describe("sealed", async () => {
  const ring = await ringOf(ADVERTISER_KEYS);
  const stranger = await ringOf(JSON.stringify({ signing: 1, keys: { 1: Buffer.alloc(32, 9).toString("base64") } }));

  test("a session opens until its time is over, and not a moment longer", async () => {
    const session = newSession("a token's hash", NOW_MS);
    const sealed = await seal(ring, SESSION, session);
    const endMs = NOW_MS + SESSION_S * 1_000;
    expect(await unseal(ring, SESSION, sealed, NOW_MS)).toEqual(session);
    expect(await unseal(ring, SESSION, sealed, endMs - 1)).toEqual(session);
    expect(await unseal(ring, SESSION, sealed, endMs)).toBeNull();
  });

  test("the cookie shows nothing of the token's hash", async () => {
    expect(await seal(ring, SESSION, newSession("f00dcafe", NOW_MS))).not.toContain("f00dcafe");
  });

  test("what was changed, cut, sealed for something else or by somebody else opens nothing", async () => {
    const session = newSession("hash", NOW_MS);
    const sealed = await seal(ring, SESSION, session);
    const [head = "", ...rest] = sealed.split(".");
    const under = (header: object) => [base64url.encode(JSON.stringify(header)), ...rest].join(".");
    const { exp: _, ...endless } = session;
    const foreign = [
      "",
      "1.",
      "1.AAAA",
      "....",
      sealed.slice(0, -1),
      ...[head.length - 4, sealed.length - 30, sealed.length - 5].map((index) => withAnotherLetterAt(sealed, index)),
      under({ alg: "dir", enc: "A256GCM", kid: "2" }),
      under({ alg: "dir", enc: "A256GCM", kid: "7" }),
      under({ alg: "dir", enc: "A256GCM" }),
      under({ alg: "dir", enc: "A128GCM", kid: "1" }),
      under({ alg: "PBES2-HS256+A128KW", enc: "A256GCM", kid: "1", p2c: 1_000_000, p2s: "c2FsdA" }),
      new UnsecuredJWT(session).encode(),
      await seal(ring, { purpose: "something else", claims: v.any() }, session),
      await seal(ring, { ...SESSION, claims: v.any() }, endless),
      await seal(stranger, SESSION, session),
    ];
    for (const text of foreign) expect(await unseal(ring, SESSION, text, NOW_MS), text).toBeNull();
  });

  test("whatever a browser may bring, it opens nothing and throws nothing", async () => {
    const sealed = await seal(ring, SESSION, newSession("hash", NOW_MS));
    const part = fc.oneof(fc.constantFrom(...sealed.split(".")), fc.string(), fc.json().map(base64url.encode));
    const parts = fc.array(part, { maxLength: 6 }).map((all) => all.join("."));
    await fc.assert(
      fc.asyncProperty(parts, async (text) => {
        fc.pre(text !== sealed);
        expect(await unseal(ring, SESSION, text, NOW_MS)).toBeNull();
      }),
    );
  });

  test("what is no JSON under the right key opens nothing", async () => {
    const key = await derive(ring, 1, "sealing/console-session");
    if (!key) throw new Error("no key");
    const header = { alg: "dir", enc: "A256GCM", kid: "1" };
    const encrypted = (text: string) =>
      new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader(header).encrypt(key);
    for (const text of ["", "nonsense", "null", "[]", '{"exp":"soon"}'])
      expect(await unseal(ring, SESSION, await encrypted(text), NOW_MS), text).toBeNull();
  });

  test("an older master key still opens what it sealed", async () => {
    const { keys }: { keys: object } = JSON.parse(ADVERTISER_KEYS);
    const rotated = await ringOf(JSON.stringify({ signing: 2, keys }));
    const of = { purpose: "a purpose", claims: v.object({ text: v.string() }) };
    expect(await unseal(rotated, of, await seal(ring, of, { text: "text" }))).toEqual({ text: "text" });
    expect(decodeProtectedHeader(await seal(rotated, of, { text: "text" }))).toEqual({
      alg: "dir",
      enc: "A256GCM",
      kid: "2",
    });
  });
});

describe("the cookie", () => {
  test.each([
    ["https://console.example/sign-in", /^__Host-session=x; .*; HttpOnly; Secure; SameSite=Strict$/],
    ["http://console.example/sign-in", /^__Host-session=x; .*; HttpOnly; Secure; SameSite=Strict$/],
    ["http://127.0.0.1:8789/sign-in", /^session=x; .*; HttpOnly; SameSite=Strict$/],
    ["http://localhost:8789/sign-in", /^session=x; .*; HttpOnly; SameSite=Strict$/],
    ["http://localhost.evil.example/", /^__Host-session=x; .*; HttpOnly; Secure; SameSite=Strict$/],
  ])("%s", (address, expected) => {
    const session = newSession("hash", NOW_MS);
    expect(keepSession(new URL(address), "x", session)).toMatch(expected);
    expect(keepSession(new URL(address), "x", session)).toContain(`Max-Age=${SESSION_S};`);
    expect(forgetSession(new URL(address))).toContain("Max-Age=0");
  });
});

test.each([
  ["/postbacks?status=refused", "/postbacks?status=refused"],
  ["", "/sign-in"],
  ["//evil.example/x", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["https://console.example//evil.example", "/evil.example"],
  ["\thttps://evil.example", "/"],
])("after signing in, %s leads to %s", (next, expected) => {
  expect(pathWithin(next, new URL("https://console.example/sign-in"))).toBe(expected);
});

describe("over HTTP", () => {
  let api: Console;
  beforeAll(async () => {
    api = await startConsole();
    await plantSetUp(api.env.DB);
  });
  afterAll(() => api.stop());

  const ORIGIN = "https://console.example";
  const INTRUDER = { slug: "intruder", name: "Intruder" };
  /** Forms that would change something, each at its address. */
  const FORMS: [string, Record<string, string>][] = [
    ["/new-affiliate", INTRUDER],
    ["/affiliates/blog/edit", { name: "Blog", status: "ended" }],
    ["/sign-out", {}],
  ];
  const FORM = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };

  /** An empty header is not sent. */
  async function send(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
    const sent = Object.entries({ ...FORM, ...headers }).filter(([, value]) => value !== "");
    return api.fetch(
      ORIGIN + path,
      { authorization: "", ...Object.fromEntries(sent) },
      { method: "POST", body: new URLSearchParams(fields).toString() },
    );
  }

  async function signIn(token: string): Promise<string> {
    const answer = await send("/sign-in", { token, next: "/offers" });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/offers"]);
    return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  }

  const look = (path: string, cookie: string) => api.fetch(ORIGIN + path, { authorization: "", cookie });

  async function makeToken(role: string, subject?: string): Promise<{ id: string; token: string }> {
    const made = await api.call("POST", "/api/tokens", { name: role, role, ...(subject ? { subject } : {}) });
    const { id, token }: { id: string; token: string } = JSON.parse(made.text);
    return { id, token };
  }

  test("a wrong token opens nothing, and the page says so", async () => {
    const answer = await send("/sign-in", { token: "wrong" });
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(await answer.text()).toContain("not known, or it was revoked");
  });

  test("without a session every page leads to the door, and back after it", async () => {
    const answer = await look("/offers/shoes?x=1", "");
    expect(answer.headers.get("location")).toBe("/sign-in?next=%2Foffers%2Fshoes%3Fx%3D1");
  });

  test("a form that comes after its session ended does nothing, and keeps what was written until it is sent again", async () => {
    const written = { "slug:required": "late", "name:required": `It's "late" & <b>` };
    const late = await send("/new-affiliate?from=here", written);
    const kept = hiddenIn(await late.text());
    expect([late.status, kept.get("next")]).toEqual([200, "/new-affiliate?from=here"]);
    expect((await api.call("GET", "/api/affiliates/late")).status).toBe(404);
    const mistyped = hiddenIn(await (await send("/sign-in", { ...Object.fromEntries(kept), token: "wrong" })).text());
    expect(mistyped).toEqual(kept);
    const signedIn = await send("/sign-in", { ...Object.fromEntries(mistyped), token: ADMIN });
    const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
    const page = await signedIn.text();
    expect(page).toContain('action="/new-affiliate?from=here"');
    expect(Object.fromEntries(hiddenIn(page))).toEqual(written);
    expect((await api.call("GET", "/api/affiliates/late")).status).toBe(404);
    expect((await send("/new-affiliate?from=here", Object.fromEntries(hiddenIn(page)), { cookie })).status).toBe(303);
    expect((await api.call("GET", "/api/affiliates/late")).json).toMatchObject({ name: written["name:required"] });
  });

  test("a form is kept as long as forms may be, and whoever signs in is told where it goes", async () => {
    const written = { "slug:required": "long", "name:required": "\u20ac%".repeat(85_000) };
    expect(new URLSearchParams(written).toString().length).toBeGreaterThan(1_000_000);
    const kept = hiddenIn(await (await send("/new-affiliate", written)).text());
    const page = await (await send("/sign-in", { ...Object.fromEntries(kept), token: ADMIN })).text();
    expect(page).toContain("<code>/new-affiliate</code>");
    expect(Object.fromEntries(hiddenIn(page))).toEqual(written);
  });

  test.each([
    ["a file", "/reconcile?x=1", { a: "b" }, { "content-type": "multipart/form-data; boundary=x" }],
    ["a form that is too long", "/new-affiliate?x=1", { a: "b".repeat(1_048_576) }, {}],
  ])("%s is not kept, and the page says so and leads back", async (_, path, fields, headers) => {
    const answer = await send(path, { ...fields }, { ...headers });
    const page = await answer.text();
    expect([answer.status, page.includes("is not kept here")]).toEqual([200, true]);
    expect(Object.fromEntries(hiddenIn(page))).toEqual({ next: path });
  });

  test("what was kept leads nowhere but to pages of the console", async () => {
    const answer = await send("/sign-in", { token: ADMIN, next: "https://evil.example/x", kept: "a=b" });
    expect(await answer.text()).toContain('action="/"');
    const stranger = await send(
      "/sign-in",
      { token: ADMIN, next: "/", kept: "a=b" },
      { "sec-fetch-site": "cross-site" },
    );
    expect(stranger.status).toBe(403);
  });

  test("a link from another site, along which browsers send no cookie, asks once more as a page of ours", async () => {
    const answer = await api.fetch("/postbacks?status=refused", { authorization: "", "sec-fetch-site": "cross-site" });
    expect(await answer.text()).toContain('http-equiv="refresh" content="0; url=/postbacks?status=refused"');
  });

  test.each([
    ["another site", { "sec-fetch-site": "cross-site" }],
    ["a site of the same domain", { "sec-fetch-site": "same-site" }],
    ["another site, through an old browser,", { "sec-fetch-site": "", origin: "https://evil.example" }],
    ["who says nothing of a site", { "sec-fetch-site": "" }],
  ])("%s cannot sign anybody in", async (_, headers) => {
    const answer = await send("/sign-in", { token: ADMIN }, headers);
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([403, null]);
  });

  describe("a form", () => {
    const FORM_TYPE = "application/x-www-form-urlencoded";

    test.each<[string, Record<string, string>, string?]>([
      ["from another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
      ["from another site that hides its origin", { "sec-fetch-site": "cross-site", origin: "null" }],
      ["from another site, no origin being told", { "sec-fetch-site": "cross-site" }],
      ["from a site of the same domain", { "sec-fetch-site": "same-site", origin: "https://blog.console.example" }],
      ["from no site", { "sec-fetch-site": "none" }],
      ["that claims two sites", { "sec-fetch-site": "same-origin, cross-site" }],
      ["that claims a site as no browser writes it", { "sec-fetch-site": "Same-Origin" }],
      ["from an old browser on another origin", { origin: "https://evil.example" }],
      ["from an old browser on another port of this host", { origin: `${ORIGIN}:8080` }],
      ["from an old browser on this host without TLS", { origin: ORIGIN.replace("https:", "http:") }],
      ["from an old browser on a host that begins like this one", { origin: `${ORIGIN}.evil.example` }],
      ["from an old browser in a sandbox", { origin: "null" }],
      ["that only its referrer vouches for", { referer: `${ORIGIN}/new-affiliate` }],
      ["from a browser that says nothing", {}],
      ["from another site, in parts", { "sec-fetch-site": "cross-site" }, "multipart/form-data; boundary=x"],
      ["from another site, as plain text", { "sec-fetch-site": "cross-site" }, "text/plain"],
      ["from another site, as a ping", { "sec-fetch-site": "cross-site" }, "text/ping"],
      ["from another site, in capitals", { "sec-fetch-site": "cross-site" }, FORM_TYPE.toUpperCase()],
    ])("%s changes nothing", async (_, headers, type = FORM_TYPE) => {
      const cookie = await signIn(ADMIN);
      const sent = { "sec-fetch-site": "", ...headers, cookie, "content-type": type };
      for (const [path, fields] of FORMS) expect((await send(path, fields, sent)).status, path).toBe(403);
      expect((await api.call("GET", "/api/affiliates/intruder")).status).toBe(404);
      expect(Object((await api.call("GET", "/api/affiliates/blog")).json).status).toBe("active");
      expect((await look("/offers", cookie)).status).toBe(200);
    });

    test.each([
      ["JSON, which other sites cannot send unasked", "application/json", "cross-site"],
      ["a list of types", `text/html, ${FORM_TYPE}`, "cross-site"],
      ["in parts, from here", "multipart/form-data; boundary=x", "same-origin"],
      ["as plain text, from here", "text/plain", "same-origin"],
      ["of no type, from here", "", "same-origin"],
    ])("%s is read by nobody", async (_, type, site) => {
      const cookie = await signIn(ADMIN);
      const answer = await send("/new-affiliate", INTRUDER, { cookie, "content-type": type, "sec-fetch-site": site });
      expect(answer.status).toBe(415);
      expect((await api.call("GET", "/api/affiliates/intruder")).status).toBe(404);
    });

    test.each([
      ["a browser of today", { "sec-fetch-site": "same-origin", origin: ORIGIN }],
      ["a browser that tells no origin", { "sec-fetch-site": "same-origin" }],
      ["an old browser", { "sec-fetch-site": "", origin: ORIGIN }],
    ])("from a page of ours in %s is taken", async (name, headers) => {
      const slug = name.replaceAll(" ", "-");
      const answer = await send("/new-affiliate", { slug, name }, { cookie: await signIn(ADMIN), ...headers });
      expect([answer.status, (await api.call("GET", `/api/affiliates/${slug}`)).status]).toEqual([303, 200]);
    });

    test("that becomes an address changes nothing", async () => {
      const cookie = await signIn(ADMIN);
      for (const [path, fields] of FORMS) await look(`${path}?${new URLSearchParams(fields)}`, cookie);
      for (const method of ["PUT", "PATCH", "DELETE"]) {
        const { status } = await api.fetch(
          `${ORIGIN}/new-affiliate`,
          { authorization: "", cookie },
          { method, body: "" },
        );
        expect(status, method).toBe(405);
      }
      expect((await api.call("GET", "/api/affiliates/intruder")).status).toBe(404);
      expect(Object((await api.call("GET", "/api/affiliates/blog")).json).status).toBe("active");
      expect((await look("/offers", cookie)).status).toBe(200);
    });
  });

  test("signing out ends the session, even for whoever copied its cookie", async () => {
    const cookie = await signIn(ADMIN);
    const answer = await send("/sign-out", {}, { cookie });
    expect(answer.headers.get("set-cookie")).toMatch(/Max-Age=0/);
    expect((await look("/offers", cookie)).status).toBe(303);
  });

  test("revoking a token ends its sessions", async () => {
    const { id, token } = await makeToken("analyst");
    const cookie = await signIn(token);
    expect((await look("/offers", cookie)).status).toBe(200);
    await api.call("DELETE", `/api/tokens/${id}`);
    expect((await look("/offers", cookie)).status).toBe(303);
  });

  test("what is only read over the API opens with a session, what changes something does not", async () => {
    const cookie = await signIn(ADMIN);
    expect((await look("/api/offers", cookie)).status).toBe(200);
    expect((await look("/api/exports/conversions.csv", cookie)).status).toBe(200);
    const headers = { authorization: "", cookie, "content-type": "application/json" };
    const body = JSON.stringify(INTRUDER);
    expect((await api.fetch(`${ORIGIN}/api/affiliates`, headers, { method: "POST", body })).status).toBe(401);
  });

  test("each role sees its own pages only", async () => {
    const advertiser = await signIn((await makeToken("advertiser", "acme")).token);
    const affiliate = await signIn((await makeToken("affiliate", "blog")).token);
    const analyst = await signIn((await makeToken("analyst")).token);
    const statuses = async (cookie: string, paths: string[]) =>
      Promise.all(paths.map(async (path) => (await look(path, cookie)).status));
    expect(await statuses(advertiser, ["/", "/offers/shoes", "/advertisers/acme"])).toEqual([200, 200, 200]);
    expect(await statuses(advertiser, ["/offers/hats", "/advertisers/rival", "/affiliates"])).toEqual([404, 404, 403]);
    expect(await statuses(affiliate, ["/", "/links/demo", "/affiliates/blog"])).toEqual([200, 200, 200]);
    expect(await statuses(affiliate, ["/links/deal", "/affiliates/deals", "/advertisers"])).toEqual([404, 404, 403]);
    expect(await statuses(analyst, ["/audit", "/advertisers/acme"])).toEqual([200, 200]);
    for (const cookie of [advertiser, affiliate, analyst])
      expect(await statuses(cookie, ["/tokens", "/new-offer", "/offers/shoes/edit"])).toEqual([403, 403, 403]);
  });

  test("who may look but not change is refused by the form too", async () => {
    const cookie = await signIn((await makeToken("analyst")).token);
    expect((await send("/advertisers/acme", { hours: "0" }, { cookie })).status).toBe(403);
    expect((await send("/new-affiliate", { slug: "x", name: "X" }, { cookie })).status).toBe(403);
  });

  test("credentials are on no page but the admin's", async () => {
    const secret = /cbt_[0-9a-z]{32}|whsec_[A-Za-z0-9+/]{40}/;
    expect(await (await look("/advertisers/acme", await signIn(ADMIN))).text()).toMatch(secret);
    const analyst = await signIn((await makeToken("analyst")).token);
    expect(await (await look("/advertisers/acme", analyst)).text()).not.toMatch(secret);
  });

  test.each([
    ["pages", ["/", "/offers", "/sign-in", "/nothing-here", "/offers/none"]],
    ["answers of the API", ["/api/offers", "/api/none", "/api/exports/clicks.csv", "/api/openapi.json", "/healthz"]],
    ["assets", ["/assets/x/console.js", "/assets/x/none"]],
  ])("all %s go out with the headers that keep strangers out", async (_, paths) => {
    const cookie = await signIn(ADMIN);
    for (const path of paths) {
      const { headers } = await api.fetch(ORIGIN + path, { authorization: "", cookie, accept: "text/html" });
      const policy = headers.get("content-security-policy");
      expect(policy, path).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'/);
      expect(policy, path).toMatch(/; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/);
      expect(policy, path).not.toContain("unsafe");
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
      expect(headers.get("strict-transport-security"), path).toBe("max-age=31536000");
      expect(headers.get("referrer-policy"), path).toBe("same-origin");
      expect(headers.get("cross-origin-opener-policy"), path).toBe("same-origin");
      expect(headers.get("cross-origin-resource-policy"), path).toBe("same-origin");
      if (path !== "/assets/x/console.js") expect(headers.get("cache-control"), path).toBe("no-store");
    }
  });

  test("what signs in, is refused or fails is kept by nobody either", async () => {
    const answers = [
      await send("/sign-in", { token: ADMIN }),
      await send("/sign-in", { token: ADMIN }, { "sec-fetch-site": "cross-site" }),
      await api.fetch(`${ORIGIN}/api/offers`, { authorization: "Bearer wrong" }),
      await api.fetch(`${ORIGIN}/api/offers`, {}, { method: "DELETE", body: "" }),
    ];
    for (const { headers } of answers) expect(headers.get("cache-control")).toBe("no-store");
  });

  test("assets are kept for a year at the address of their content", async () => {
    const page = await (await look("/sign-in", "")).text();
    const [address = ""] = /\/assets\/\w+\/console\.js/.exec(page) ?? [];
    expect((await look(address, "")).headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  });
});
