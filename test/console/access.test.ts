/** Cloudflare Access: its JWT says who it is, our table says what they may see; nothing else opens the console. */
import { createServer, type Server } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plantSetUp } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

const AUDIENCE = "a-tag-of-the-application";
const ORIGIN = "https://console.example";
let api: Console;
let team: Server;
let issuer: string;
const ours = await generateKeyPair("RS256");
const theirs = await generateKeyPair("RS256");

beforeAll(async () => {
  const key = { ...(await exportJWK(ours.publicKey)), kid: "one", alg: "RS256", use: "sig" };
  team = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(request.url === "/cdn-cgi/access/certs" ? JSON.stringify({ keys: [key] }) : "{}");
  });
  await new Promise<void>((resolve) => team.listen(0, "127.0.0.1", resolve));
  const address = team.address();
  issuer = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  api = await startConsole({
    ACCESS_ISSUER: issuer,
    ACCESS_AUDIENCE: AUDIENCE,
    ACCESS_ROLES: JSON.stringify({
      "Ann@example.com": "admin",
      "bob@shop.example": "advertiser:acme",
      "eve@blog.example": "affiliate:gone",
    }),
  });
  await plantSetUp(api.env.DB);
});
afterAll(async () => {
  await api.stop();
  team.close();
});

interface Changes {
  email?: string | undefined;
  issuer?: string;
  audience?: string;
  expires?: string;
  key?: CryptoKey;
}

function jwt(changes: Changes = {}): Promise<string> {
  const { email = "ann@example.com", expires = "1h", key = ours.privateKey } = changes;
  return new SignJWT("email" in changes && changes.email === undefined ? {} : { email })
    .setProtectedHeader({ alg: "RS256", kid: "one" })
    .setIssuer(changes.issuer ?? issuer)
    .setAudience([changes.audience ?? AUDIENCE])
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(key);
}

async function look(path: string, token: string | null) {
  const { status, text } = await api.fetch(path, {
    authorization: "",
    ...(token === null ? {} : { "cf-access-jwt-assertion": token }),
  });
  return { status, text: await text() };
}

test("who stands in the table is let in with their role, however their address is written", async () => {
  const { status, text } = await look("/new-offer", await jwt({ email: "ANN@example.com" }));
  expect(status).toBe(200);
  expect(text).toContain("ann@example.com");
  expect(text).toContain("/cdn-cgi/access/logout");
});

test("a role that belongs to an advertiser sees that advertiser's only", async () => {
  const token = await jwt({ email: "bob@shop.example" });
  expect((await look("/offers/shoes", token)).status).toBe(200);
  expect((await look("/offers/hats", token)).status).toBe(404);
  expect((await look("/tokens", token)).status).toBe(403);
});

test("an address whose letters only look like another's, or fold to them, is nobody's here", async () => {
  await api.call("POST", "/api/users", { email: "kim@example.com", name: "Kim", role: "analyst" });
  expect((await look("/offers", await jwt({ email: "KIM@example.com" }))).status).toBe(200);
  expect((await look("/offers", await jwt({ email: "\u212AIM@example.com" }))).status).toBe(403);
});

test("a user has the role that an admin gave, whatever the table says, and is refused while it is paused", async () => {
  const user = { email: "bob@shop.example", name: "Bob", role: "analyst" };
  const { number } = Object((await api.call("POST", "/api/users", user)).json);
  const token = await jwt({ email: "Bob@Shop.example" });
  expect((await look("/offers/hats", token)).status).toBe(200);
  const change = (body: object) => api.call("PATCH", `/api/users/${number}`, body);
  await change({ status: "paused" });
  expect(await look("/offers", token)).toMatchObject({ status: 403, text: expect.stringContaining("no role here") });
  await change({ status: "active", role: "advertiser", subject: "acme" });
  expect((await look("/offers/hats", token)).status).toBe(404);
  const page = await look("/sessions", token);
  expect(page.text).toContain("through Cloudflare Access");
  expect(page.text).not.toContain("Sign out everywhere");
});

test.each([["mallory@example.com"], ["eve@blog.example"]])(
  "%s, who stands not in the table or for nobody, is told so and sees nothing",
  async (email) => {
    const { status, text } = await look("/offers", await jwt({ email }));
    expect(status).toBe(403);
    expect(text).toContain("You have no role here");
  },
);

test.each<[string, () => Promise<string>]>([
  ["of another issuer", () => jwt({ issuer: "https://evil.cloudflareaccess.com" })],
  ["for another application", () => jwt({ audience: "another" })],
  ["that is over", () => jwt({ expires: "-1h" })],
  ["signed by somebody else", () => jwt({ key: theirs.privateKey })],
  ["without an e-mail address", () => jwt({ email: undefined })],
  ["signed by nobody", async () => (await jwt()).replace(/^[^.]+/, btoa('{"alg":"none"}').replaceAll("=", ""))],
  ["that is none", async () => "nonsense"],
])("a JWT %s opens nothing", async (_, make) => {
  expect((await look("/offers", await make())).status).toBe(303);
});

describe("a form, for which Access vouches and no cookie of ours", () => {
  async function post(slug: string, headers: Record<string, string>): Promise<number> {
    const type = "application/x-www-form-urlencoded";
    const all = { authorization: "", "content-type": type, "cf-access-jwt-assertion": await jwt(), ...headers };
    const body = new URLSearchParams({ slug, name: "Made" }).toString();
    return (await api.fetch(`${ORIGIN}/new-affiliate`, all, { method: "POST", body })).status;
  }

  test.each([
    ["a browser of today", { "sec-fetch-site": "same-origin", origin: ORIGIN }],
    ["an old browser", { origin: ORIGIN }],
  ])("from a page of ours in %s is taken, in the name of who looks at it", async (name, headers) => {
    const slug = name.replaceAll(" ", "-");
    expect(await post(slug, headers)).toBe(303);
    const log = await api.call("GET", `/api/audit?subject=${slug}`);
    expect(log.json).toMatchObject({ items: [{ actor: "ann@example.com" }] });
  });

  test.each<[string, Record<string, string>]>([
    ["from another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
    ["from a site of the same domain", { "sec-fetch-site": "same-site", origin: "https://blog.console.example" }],
    ["from another site, no origin being told", { "sec-fetch-site": "cross-site" }],
    ["from no site", { "sec-fetch-site": "none" }],
    ["from an old browser on another origin", { origin: "https://evil.example" }],
    ["from an old browser in a sandbox", { origin: "null" }],
    ["from a browser that says nothing", {}],
    ["from another site, as plain text", { "sec-fetch-site": "cross-site", "content-type": "text/plain" }],
  ])("%s changes nothing", async (_, headers) => {
    expect(await post("intruder", headers)).toBe(403);
    expect((await api.call("GET", "/api/affiliates/intruder")).status).toBe(404);
  });

  test("that is JSON, or an address, changes nothing", async () => {
    expect(await post("intruder", { "sec-fetch-site": "cross-site", "content-type": "application/json" })).toBe(415);
    expect((await look("/new-affiliate?slug=intruder&name=Made", await jwt())).status).toBe(200);
    expect((await api.call("GET", "/api/affiliates/intruder")).status).toBe(404);
  });

  test("is no call of the API that changes something", async () => {
    const vouched = { authorization: "", "cf-access-jwt-assertion": await jwt(), "sec-fetch-site": "same-origin" };
    const headers = { ...vouched, "content-type": "application/json" };
    const init = { method: "POST", body: JSON.stringify({ slug: "intruder", name: "Made" }) };
    expect((await api.fetch(`${ORIGIN}/api/affiliates`, headers, init)).status).toBe(401);
  });
});
