/** Destinations of ad platforms over API and pages: what each asks for, what is refused with what to do, that secrets are sealed, and that saving one tells its platform a test. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSecret, readOpeningKeys } from "../../workers/core/sealed-secrets.ts";
import { waitFor } from "../flow/system.ts";
import { GOOD } from "../platforms/doubles.ts";
import { type StandIn, startStandIn } from "../platforms/stand-in.ts";
import { COURIER_KEYS, type Console, startConsole } from "./console.ts";

let api: Console;
let meta: StandIn;
let cookie = "";
const tokens = { acme: "", blog: "" };

beforeAll(async () => {
  meta = await startStandIn("meta");
  api = await startConsole({ PLATFORMS_AT: meta.origin });
  await api.call("POST", "/api/advertisers", { slug: "acme", name: "acme" });
  await api.call("POST", "/api/affiliates", { slug: "blog", name: "blog" });
  for (const [subject, role] of [
    ["acme", "advertiser"],
    ["blog", "affiliate"],
  ] as const)
    tokens[subject] = Object((await api.call("POST", "/api/tokens", { name: subject, role, subject })).json).token;
});
afterAll(async () => {
  await api.stop();
  await meta.stop();
});

const META = {
  ...{ name: "Meta", kind: "platform", platform: "meta" },
  values: { pixel: GOOD.pixel },
  secrets: { token: GOOD.token },
  event_names: { sale: "Purchase", "*": "Lead" },
};
const GOOGLE = {
  ...{ name: "Google", kind: "platform", platform: "google" },
  values: { customer: "1234567890", client_id: "client-1234567890" },
  secrets: { client_secret: "client-secret", refresh_token: GOOD.token },
  event_names: { sale: "987654321" },
};
const KEY_FILE = JSON.stringify({ client_email: "robot@project.example", private_key: "-----BEGIN PRIVATE KEY-----" });

let made = 0;
async function create(body: object, token?: string) {
  const slug = `p${made++}`;
  const { status, json } = await api.call("POST", "/api/destinations", { slug, ...body }, token);
  return { slug, status, json: Object(json) };
}
const change = async (slug: string, body: object) => {
  const { status, json } = await api.call("PATCH", `/api/destinations/${slug}`, body);
  return { status, json: Object(json) };
};
const pointers = ({ json }: { json: { errors?: { pointer: string }[] } }) =>
  (json.errors ?? []).map(({ pointer }) => pointer);

describe("what is set up", () => {
  test("is shown as it was said, and begins with the statuses that are told", async () => {
    const { status, json } = await create(META);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      ...META,
      secrets: { token: "••••••••" },
      counts_from: "approved",
      told_value: "amount",
      order_number: "kept",
      ad_consent: "unsaid",
      statuses: ["approved", "reversed"],
      url: "",
    });
  });

  test("told from pending on, it hears of all that may take that back, unless somebody says which", async () => {
    const { slug, json } = await create({ ...META, counts_from: "pending" });
    expect(json.statuses).toEqual(["pending", "approved", "rejected", "reversed"]);
    expect((await change(slug, { counts_from: "approved" })).json.statuses).toEqual(["approved", "reversed"]);
    const { json: own } = await create({ ...META, counts_from: "pending", statuses: ["approved"] });
    expect(own.statuses).toEqual(["approved"]);
  });

  test("is held to what its platform asks for, each fault beside its field", async () => {
    const wrong = { values: { pixel: "abc", test_cod: "TEST1" }, secrets: { tokn: "x" }, event_names: {} };
    const answer = await create({ ...META, ...wrong });
    expect(answer.status).toBe(422);
    expect(pointers(answer)).toEqual([
      "#/values/test_cod",
      "#/secrets/tokn",
      "#/values/pixel",
      "#/secrets/token",
      "#/event_names",
    ]);
    expect(pointers(await create({ ...GOOGLE, event_names: { sale: "customers/1/conversionActions/2" } }))).toEqual([
      "#/event_names/sale",
    ]);
  });

  test.each([
    ["no platform", { ...META, platform: undefined }, "#/platform"],
    ["a platform of another kind", { ...META, kind: "webhook", url: "https://x.example.com/" }, "#/platform"],
    ["one that takes no click ID alone", { ...META, platform: "pinterest" }, "#/platform"],
    ["an address", { ...META, url: "https://graph.facebook.com/" }, "#/url"],
    ["a ready template", { ...META, ready: "Taboola" }, "#/ready"],
  ])("%s is refused", async (_, body, pointer) => {
    const answer = await create(body);
    expect([answer.status, pointers(answer)]).toEqual([422, [pointer]]);
  });

  test("the platform stays", async () => {
    const { slug } = await create(META);
    expect((await change(slug, { platform: "tiktok" })).status).toBe(422);
    expect((await change(slug, { platform: "meta", name: "Mine" })).status).toBe(200);
  });

  test("an affiliate tells its own click IDs and what it earns; an advertiser, who has none, Google Analytics", async () => {
    expect((await create(META, tokens.blog)).status).toBe(201);
    expect(pointers(await create({ ...META, told_value: "revenue" }, tokens.blog))).toEqual(["#/told_value"]);
    expect(pointers(await create(META, tokens.acme))).toEqual(["#/platform"]);
    const ga4 = {
      ...{ name: "GA4", kind: "platform", platform: "ga4", values: { measurement: "G-ABC1234567" } },
      ...{ secrets: { secret: GOOD.token }, event_names: { sale: "purchase" } },
    };
    expect((await create(ga4, tokens.acme)).status).toBe(201);
    expect(pointers(await create({ ...ga4, told_value: "payout" }, tokens.acme))).toEqual(["#/told_value"]);
  });
});

describe("secrets", () => {
  test("are sealed to the courier: neither row nor audit log holds them, and the platform's settings stay beside them", async () => {
    const { slug } = await create(META);
    expect((await change(slug, { secrets: { token: "••••••••" }, name: "Renamed" })).status).toBe(200);
    const row = await api.env.DB.prepare("SELECT * FROM destinations WHERE slug = ?").bind(slug).first();
    const opening = await readOpeningKeys(COURIER_KEYS);
    const { number, secrets } = Object(row);
    expect(opening.ok && (await openSecret(opening.value, number, JSON.parse(secrets).token))).toBe(GOOD.token);
    const whole = JSON.stringify([row, (await api.env.DB.prepare("SELECT * FROM audit").all()).results]);
    expect(whole).not.toContain(GOOD.token);
  });

  test("a key file takes the place of a refresh token, and gives way to one", async () => {
    const { slug } = await create(GOOGLE);
    const names = async (secrets: Record<string, string>) =>
      Object.keys(Object((await change(slug, { secrets })).json.secrets));
    expect(await names({ service_account: KEY_FILE })).toEqual(["service_account"]);
    expect(pointers(await change(slug, { secrets: { service_account: "" } }))).toContain("#/secrets/refresh_token");
    expect(await names({ service_account: "••••••••", developer_token: GOOD.developerToken })).toEqual([
      "service_account",
      "developer_token",
    ]);
    expect(await names(GOOGLE.secrets)).toEqual(["client_secret", "refresh_token"]);
    expect(pointers(await change(slug, { secrets: { service_account: '{"type": "user"}' } }))).toEqual([
      "#/secrets/service_account",
    ]);
  });
});

describe("a test", () => {
  async function lastDelivery(slug: string) {
    return waitFor(async () => {
      const { json } = await api.call("GET", `/api/deliveries?destination=${slug}`);
      const [one] = Object(json).items;
      return one && ["sent", "skipped", "gave_up", "failed"].includes(one.status) ? one : null;
    });
  }

  test("is told as soon as the platform is saved with what a test needs, and counts nowhere", async () => {
    const before = meta.double.counted.length;
    const { slug, json } = await create({ ...META, values: { pixel: GOOD.pixel, test_code: "TEST123" } });
    expect(json.platform).toBe("meta");
    expect(await lastDelivery(slug)).toMatchObject({ status: "sent", test: true });
    expect(meta.double.tested.at(-1)).toMatchObject({ name: "Purchase", click: "test-external-id" });
    expect(meta.double.counted.length).toBe(before);
    const [{ delivery_id: id }] = [await lastDelivery(slug)];
    const shown = await api.call("GET", `/api/deliveries/${id}?destination=${slug}`);
    expect(shown.text).toContain("{secret.token}");
    expect(shown.text).not.toContain(GOOD.token);
  });

  test("says what is wrong with a token, and the destination is off until that is mended", async () => {
    const values = { pixel: GOOD.pixel, test_code: "TEST123" };
    const { slug } = await create({ ...META, values, secrets: { token: "another-token-0123456789" } });
    expect(await lastDelivery(slug)).toMatchObject({ status: "failed", reason: "token_refused" });
    const { json } = await api.call("GET", `/api/destinations/${slug}/status`);
    expect(json).toMatchObject({ gate: "off", reason: "token_refused" });
  });

  test("asked for where the platform has none entered is skipped, with what to do", async () => {
    const { slug } = await create(META);
    await api.call("POST", `/api/destinations/${slug}/test`);
    expect(await lastDelivery(slug)).toMatchObject({ status: "skipped", reason: "platform_has_no_test" });
  });
});

test("the page of a new one says what each platform asks for, and one of them what is set", async () => {
  const listed = await api.call("GET", "/api/ad-platforms", undefined, tokens.blog);
  expect(Object(listed.json).items).toHaveLength(10);
  const { slug } = await create(META);
  const page = await pageOf(`/destinations/${slug}`);
  expect(page).toContain("sale: Purchase");
  // It has no address of the caller's, and no method.
  for (const label of ["Address", "Method"]) expect(page).not.toContain(`<dt>${label}</dt>`);
  const form = await pageOf("/new-destination?ready=platform%3Agoogle");
  expect(form).toContain("developer_token");
  expect(form).toContain("ctId=");
});

/** Signed in, as a browser is. */
async function pageOf(path: string): Promise<string> {
  if (cookie === "") cookie = await api.signIn();
  return (await api.fetch(path, { authorization: "", cookie })).text();
}
