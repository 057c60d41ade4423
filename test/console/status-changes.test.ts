/** The status of many things at once over the API: counted with what it reaches, carried out once, published, and taken back as far as nobody changed it since. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Console, startConsole } from "./console.ts";

const LONG_MS = 120_000;
let api: Console;

const send = async (method: string, path: string, body?: unknown, token?: string) => {
  const { status, json } = await api.call(method, path, body, token);
  return { status, ...Object(json) };
};
const closedAt = async (slug: string) =>
  Object(JSON.parse((await api.env.EDGE.get(`link:${slug}`, "text")) ?? "{}")).closed;

beforeAll(async () => {
  api = await startConsole();
  const offer = { name: "Shoes", advertiser: "acme", destination: "https://shop.example/", currency: "USD" };
  const events = [{ name: "sale", payout: { percent: "10" }, revenue: { percent: "15" } }];
  for (const [path, body] of [
    ["advertisers", { slug: "acme", name: "Acme" }],
    ["affiliates", { slug: "blog", name: "Blog" }],
    ["affiliates", { slug: "mag", name: "Mag" }],
    ["affiliates", { slug: "new", name: "New" }],
    ["offers", { ...offer, slug: "shoes", events }],
    ["offers", { ...offer, slug: "hats", events }],
    ["links", { slug: "one", offer: "shoes", affiliate: "blog" }],
    ["links", { slug: "two", offer: "hats", affiliate: "blog" }],
    ["links", { slug: "three", offer: "hats", affiliate: "mag" }],
    ["destinations", { slug: "hook", name: "Hook", kind: "postback", url: "https://hook.example.com/?c={click_id}" }],
  ] as const)
    expect([path, (await api.call("POST", `/api/${path}`, body)).status]).toEqual([path, 201]);
}, LONG_MS);
afterAll(() => api.stop());

const counted = (body: object) => send("POST", "/api/status-changes", body);
const shown = async (path: string): Promise<string> => Object((await api.call("GET", `/api/${path}`)).json).status;

test("links by a filter are counted, paused, published, and put back as far as they are so still", {
  timeout: LONG_MS,
}, async () => {
  const look = await counted({ kind: "link", status: "paused", filter: { affiliate: "blog" } });
  expect(look).toMatchObject({
    items: [
      { slug: "one", before: "active" },
      { slug: "two", before: "active" },
    ],
    unchanged: 0,
    links: 2,
    affiliates: 1,
    clicks: 0,
    ran_at: null,
    changed: 0,
  });
  expect(await shown("links/one")).toBe("active");
  // Somebody is faster with one of them.
  await api.call("PATCH", "/api/links/two", { status: "ended" });
  const path = `/api/status-changes/${look.status_change}`;
  expect(await send("POST", `${path}/run`)).toMatchObject({ changed: 1 });
  expect([await shown("links/one"), await shown("links/two")]).toEqual(["paused", "ended"]);
  expect(await closedAt("one")).toBe("link_paused");
  expect(await send("POST", `${path}/run`)).toMatchObject({ changed: 1 });
  expect(await send("POST", `${path}/undo`)).toMatchObject({ put_back: 1 });
  expect([await shown("links/one"), await shown("links/two")]).toEqual(["active", "ended"]);
  expect(await closedAt("one")).toBeUndefined();
  expect((await api.call("POST", `${path}/run`)).status).toBe(422);
  const { items } = await send("GET", "/api/audit?limit=4");
  expect(
    items.map(({ kind, action, subject, before, after }: Record<string, unknown>) => [
      kind,
      action,
      subject,
      before,
      after,
    ]),
  ).toMatchObject([
    ["statuses", "undo", String(look.status_change), { count: 2 }, null],
    ["link", "change", "one", { status: "paused" }, { status: "active" }],
    ["statuses", "run", String(look.status_change), null, { kind: "link", status: "paused", count: 2 }],
    ["link", "change", "one", { status: "active" }, { status: "paused" }],
  ]);
});

test("offers, affiliates, advertisers and destinations alike, with the links that they close", {
  timeout: LONG_MS,
}, async () => {
  for (const [kind, slugs, links, affiliates] of [
    ["offer", ["hats", "shoes"], 3, 2],
    ["affiliate", ["mag", "new"], 1, 1],
    ["advertiser", ["acme"], 3, 2],
    ["destination", ["hook"], 0, 0],
  ] as const) {
    const look = await counted({ kind, status: "paused", slugs });
    expect([kind, look]).toMatchObject([kind, { links, affiliates, unchanged: 0 }]);
    const path = `/api/status-changes/${look.status_change}`;
    expect(await send("POST", `${path}/run`)).toMatchObject({ changed: slugs.length });
    for (const slug of slugs) expect(await shown(`${kind}s/${slug}`)).toBe("paused");
    if (kind !== "destination") expect(await closedAt("three")).toMatch(/paused|blocked|closed/);
    expect((await counted({ kind, status: "paused", slugs })).errors[0].detail).toContain("are paused already");
    expect(await send("POST", `${path}/undo`)).toMatchObject({ put_back: slugs.length });
    for (const slug of slugs) expect(await shown(`${kind}s/${slug}`)).toBe("active");
    expect(await closedAt("three")).toBeUndefined();
  }
});

test("an affiliate's own pause is put back as its own", { timeout: LONG_MS }, async () => {
  await api.env.DB.exec("UPDATE links SET status = 'paused', paused_by = 'affiliate' WHERE slug = 'three'");
  const look = await counted({ kind: "link", status: "ended", slugs: ["three"] });
  const path = `/api/status-changes/${look.status_change}`;
  await send("POST", `${path}/run`);
  expect(Object((await api.call("GET", "/api/links/three")).json)).toMatchObject({ status: "ended", paused_by: null });
  await send("POST", `${path}/undo`);
  expect(Object((await api.call("GET", "/api/links/three")).json)).toMatchObject({
    status: "paused",
    paused_by: "affiliate",
  });
});

test("what is not there, fits nothing, or was counted too long ago is refused, and so is who may not", {
  timeout: LONG_MS,
}, async () => {
  expect(await counted({ kind: "link", status: "paused", slugs: ["none"] })).toMatchObject({ status: 422 });
  expect(await counted({ kind: "link", status: "paused", filter: { affiliate: "new" } })).toMatchObject({
    status: 422,
  });
  expect(await counted({ kind: "link", status: "paused", filter: { affiliate: "nobody" } })).toMatchObject({
    status: 400,
  });
  expect(await counted({ kind: "link", status: "paused", filter: { colour: "red" } })).toMatchObject({ status: 400 });
  expect(await counted({ kind: "link", status: "paused" })).toMatchObject({ status: 422 });
  const look = await counted({ kind: "offer", status: "paused", slugs: ["hats"] });
  await api.env.DB.exec("UPDATE status_changes SET counted_at = counted_at - 3700000");
  expect((await api.call("POST", `/api/status-changes/${look.status_change}/run`)).status).toBe(422);
  const token = Object(
    (await api.call("POST", "/api/tokens", { name: "b", role: "affiliate", subject: "blog" })).json,
  ).token;
  expect(
    (await api.call("POST", "/api/status-changes", { kind: "link", status: "paused", filter: {} }, token)).status,
  ).toBe(403);
  expect((await api.call("GET", "/api/status-changes", undefined, token)).status).toBe(403);
});
