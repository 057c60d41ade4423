/** Set-up over the API: what is created, read, changed and refused, and what the edge then knows. */
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deriveSigningSecret, deriveToken } from "../../workers/core/credentials.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { ADMIN, ADVERTISER_KEYS, type Console, startConsole } from "./console.ts";

let api: Console;
beforeAll(async () => {
  api = await startConsole();
});
afterAll(() => api.stop());

const SHOES = {
  slug: "shoes",
  name: "Shoes",
  advertiser: "acme",
  destination: "https://shop.example/?c={click_id}",
  currency: "USD",
  window_days: 30,
  events: [
    { name: "lead", payout: { flat: "2.50" }, revenue: { flat: "4" } },
    { name: "sale", payout: { percent: "10" }, revenue: "posted", repeat: "once_per_click" },
  ],
};

async function record(key: string): Promise<unknown> {
  return JSON.parse((await api.env.EDGE.get(key)) ?? "null");
}

describe("the programme, from nothing", () => {
  test("an advertiser comes with its derived credentials, and is published", async () => {
    const created = await api.call("POST", "/api/advertisers", {
      slug: "acme",
      name: "Acme",
      allowed_ips: ["203.0.113.0/24"],
    });
    expect(created.status).toBe(201);
    const ring = await importKeyRing(ADVERTISER_KEYS);
    if (!ring.ok) throw new Error(ring.refusal);
    expect(created.json).toMatchObject({
      slug: "acme",
      status: "active",
      auth: "token",
      allowed_ips: ["203.0.113.0/24"],
      pixel: false,
      mapping: null,
      token: await deriveToken(ring.value, 1, 1, 1),
      signing_secret: await deriveSigningSecret(ring.value, 1, 1, 1),
      postback_url: "http://localhost:8788/p/acme",
    });
    expect(await record("advertiser:acme")).toEqual({
      advertiser: 1,
      slug: "acme",
      auth: "token",
      allowedIps: ["203.0.113.0/24"],
      pixel: false,
      credentials: [{ version: 1, key: 1 }],
    });
    const shown = await api.call("GET", "/api/advertisers/acme/credentials");
    expect(shown.json).toMatchObject({ version: 1, token: await deriveToken(ring.value, 1, 1, 1), previous: [] });
    expect((await api.call("GET", "/api/advertisers/acme")).text).not.toContain("cbt_");
  });

  test("an affiliate, an offer and a link, published as one record", async () => {
    expect((await api.call("POST", "/api/affiliates", { slug: "blog", name: "Blog" })).status).toBe(201);
    const offer = await api.call("POST", "/api/offers", SHOES);
    expect(offer.status).toBe(201);
    expect(offer.json).toMatchObject({
      ...SHOES,
      status: "active",
      order_space: "advertiser",
      events: [
        {
          name: "lead",
          payout: { flat: "2.50" },
          revenue: { flat: "4.00" },
          repeat: "per_txid",
          version: 1,
          overrides: [],
        },
        { name: "sale", payout: { percent: "10" }, revenue: "posted", repeat: "once_per_click" },
      ],
    });
    const link = await api.call("POST", "/api/links", { slug: "demo", offer: "shoes", affiliate: "blog" });
    expect(link.status).toBe(201);
    expect(link.json).toMatchObject({
      slug: "demo",
      url: "http://localhost:8787/c/demo",
      advertiser: "acme",
      destination: null,
    });
    expect(await record("link:demo")).toEqual({
      link: 1,
      offer: 1,
      affiliate: 1,
      advertiser: 1,
      offerSlug: "shoes",
      affiliateSlug: "blog",
      advertiserSlug: "acme",
      destination: "https://shop.example/?c={click_id}",
      redirectStatus: 302,
      referrerPolicy: "strict-origin-when-cross-origin",
      deepLinkHosts: [],
    });
  });

  test("a link without slug gets a short one in letters that are not mistaken for each other", async () => {
    const link = await api.call("POST", "/api/links", { offer: "shoes", affiliate: "blog" });
    expect(link.json).toMatchObject({ slug: expect.stringMatching(/^[0-9a-hjkmnp-tv-z]{7}$/) });
  });

  test("what was read can be sent back unchanged", async () => {
    for (const path of ["/api/advertisers/acme", "/api/affiliates/blog", "/api/offers/shoes", "/api/links/demo"]) {
      const read = await api.call("GET", path);
      const saved = await api.call("PATCH", path, read.json);
      expect([path, saved.status, saved.text]).toEqual([path, 200, expect.any(String)]);
      expect({ ...Object(saved.json), updated_at: "" }).toEqual({ ...Object(read.json), updated_at: "" });
    }
  });
});

describe("changes reach every link that they touch", () => {
  const cases: [string, string, object, object][] = [
    ["a paused offer", "/api/offers/shoes", { status: "paused" }, { closed: "offer_paused" }],
    ["an ended offer", "/api/offers/shoes", { status: "ended" }, { closed: "offer_ended" }],
    [
      "the offer's edge settings",
      "/api/offers/shoes",
      {
        status: "active",
        starts_at: "2026-01-01",
        ends_at: "2027-01-01T00:00:00+01:00",
        fallback_url: "https://shop.example/closed",
        deep_link_hosts: ["Shop.Example"],
        redirect_status: 307,
        referrer_policy: "no-referrer",
        pass_through: true,
        rules: [{ not_countries: ["us", "CA"], devices: ["mobile"], block: true }],
        caps: [{ event: "sale", per: "day", limit: 10 }],
      },
      {
        startsAtMs: Date.UTC(2026, 0, 1),
        endsAtMs: Date.UTC(2027, 0, 1) - 3_600_000,
        fallbackUrl: "https://shop.example/closed",
        deepLinkHosts: ["shop.example"],
        redirectStatus: 307,
        referrerPolicy: "no-referrer",
        passThrough: true,
        rules: [{ notCountries: ["US", "CA"], devices: ["mobile"], block: true }],
        capped: true,
      },
    ],
    ["a blocked affiliate", "/api/affiliates/blog", { status: "ended" }, { closed: "affiliate_blocked" }],
    ["an affiliate for tests", "/api/affiliates/blog", { status: "active", test: true }, { test: true }],
    ["a closed advertiser", "/api/advertisers/acme", { status: "paused" }, { closed: "advertiser_closed" }],
    ["a paused link", "/api/links/demo", { status: "paused" }, { closed: "link_paused" }],
    [
      "a link's own destination",
      "/api/links/demo",
      { destination: "https://other.example/" },
      { destination: "https://other.example/" },
    ],
  ];
  for (const [title, path, change, expected] of cases)
    test(title, async () => {
      const changed = await api.call("PATCH", path, change);
      expect(changed.status, changed.text).toBe(200);
      expect(await record("link:demo")).toMatchObject(expected);
    });

  test("and are taken back", async () => {
    await api.call("PATCH", "/api/advertisers/acme", { status: "active" });
    await api.call("PATCH", "/api/affiliates/blog", { test: false });
    await api.call("PATCH", "/api/links/demo", { status: "active", destination: null });
    const nothing = { starts_at: null, ends_at: null, fallback_url: null, rules: [], caps: [], deep_link_hosts: [] };
    await api.call("PATCH", "/api/offers/shoes", { ...nothing, pass_through: false });
    expect(Object.keys(Object(await record("link:demo"))).sort()).toEqual(
      [
        "advertiser",
        "advertiserSlug",
        "affiliate",
        "affiliateSlug",
        "deepLinkHosts",
        "destination",
        "link",
        "offer",
        "offerSlug",
        "redirectStatus",
        "referrerPolicy",
      ].sort(),
    );
  });
});

describe("rules of events", () => {
  const event = async (name: string) =>
    Object((await api.call("GET", "/api/offers/shoes")).json).events.find((one: { name: string }) => one.name === name);

  test("a change names the events it is about; the version rises when a rule changes, and only then", async () => {
    await api.call("PATCH", "/api/offers/shoes", { events: [{ name: "sale", repeat: "per_txid", window_days: 7 }] });
    expect(await event("sale")).toMatchObject({
      repeat: "per_txid",
      window_days: 7,
      payout: { percent: "10" },
      version: 1,
    });
    await api.call("PATCH", "/api/offers/shoes", { events: [{ name: "sale", payout: { percent: "12.3456" } }] });
    expect(await event("sale")).toMatchObject({ payout: { percent: "12.3456" }, revenue: "posted", version: 2 });
    expect(await event("lead")).toMatchObject({ version: 1 });
    await api.call("PATCH", "/api/offers/shoes", { events: [{ name: "renewal", payout: { flat: "1" } }] });
    expect(
      Object((await api.call("GET", "/api/offers/shoes")).json).events.map(({ name }: { name: string }) => name),
    ).toEqual(["lead", "sale", "renewal"]);
  });

  test("an affiliate's override comes, changes, goes and comes again under rising versions", async () => {
    const put = (overrides: object[]) =>
      api.call("PATCH", "/api/offers/shoes", { events: [{ name: "lead", overrides }] });
    await put([{ affiliate: "blog", payout: { flat: "3" } }]);
    expect((await event("lead")).overrides).toEqual([{ affiliate: "blog", payout: { flat: "3.00" }, version: 1 }]);
    await put([{ affiliate: "blog", payout: { flat: "4" }, revenue: "posted" }]);
    expect((await event("lead")).overrides).toEqual([
      { affiliate: "blog", payout: { flat: "4.00" }, revenue: "posted", version: 2 },
    ]);
    await put([]);
    expect((await event("lead")).overrides).toEqual([]);
    await put([{ affiliate: "blog", payout: { flat: "4" } }]);
    expect((await event("lead")).overrides).toEqual([{ affiliate: "blog", payout: { flat: "4.00" }, version: 4 }]);
  });
});

describe("what an event is to the life of a customer", () => {
  const kinds = (json: unknown) => {
    const { events } = v.parse(v.object({ events: v.array(v.object({ name: v.string(), kind: v.string() })) }), json);
    return events.map(({ name, kind }) => `${name}: ${kind}`);
  };

  test("its name says it where nobody does; what is said stands, and stays", async () => {
    const events = [{ name: "renewal" }, { name: "Purchase" }, { name: "step2" }, { name: "trial", kind: "lead" }];
    const made = await api.call("POST", "/api/offers", { ...SHOES, slug: "kinds", events });
    expect(kinds(made.json)).toEqual(["renewal: renewal", "Purchase: sale", "step2: other", "trial: lead"]);
    const changed = await api.call("PATCH", "/api/offers/kinds", {
      events: [{ name: "step2", kind: "activation" }, { name: "trial", window_days: 9 }, { name: "install" }],
    });
    expect(kinds(changed.json)).toEqual([
      "renewal: renewal",
      "Purchase: sale",
      "step2: activation",
      "trial: lead",
      "install: install",
    ]);
    const refused = await api.call("PATCH", "/api/offers/kinds", { events: [{ name: "sale", kind: "sold" }] });
    expect(refused).toMatchObject({ status: 422, json: { errors: [{ pointer: "#/events/0/kind" }] } });
  });
});

describe("digits of an event's prices", () => {
  const change = (event: object) => api.call("PATCH", "/api/offers/shoes", { events: [{ name: "lead", ...event }] });
  const lead = async () =>
    Object((await api.call("GET", "/api/offers/shoes")).json).events.find(
      ({ name }: { name: string }) => name === "lead",
    );

  test("are the currency's unless it says more; then prices may be as fine, and the version rises", async () => {
    const { digits, version } = await lead();
    expect(digits).toBeNull();
    expect((await change({ payout: { flat: "2.505" } })).status).toBe(422);
    expect((await change({ digits: 3, payout: { flat: "2.505" } })).status).toBe(200);
    expect(await lead()).toMatchObject({ digits: 3, payout: { flat: "2.505" }, version: version + 1 });
    expect((await change({ digits: 4 })).status).toBe(200);
    expect(await lead()).toMatchObject({ digits: 4, version: version + 2 });
    expect((await change({ window_days: 9 })).status).toBe(200);
    expect(await lead()).toMatchObject({ version: version + 2 });
  });

  test("are not taken away under a price that needs them, be it an affiliate's", async () => {
    const blog = [{ affiliate: "blog", payout: { flat: "2.5051" } }];
    expect((await change({ payout: { flat: "2.50" }, overrides: blog })).status).toBe(200);
    const refused = await change({ digits: null });
    expect(refused.status).toBe(422);
    const detail = expect.stringMatching(/^2\.5051 is finer/);
    expect(Object(refused.json)).toMatchObject({ errors: [{ pointer: "#/events/0/digits", detail }] });
    const coarser = [{ affiliate: "blog", payout: { flat: "4" } }];
    expect((await change({ digits: null, overrides: coarser })).status).toBe(200);
    expect(await lead()).toMatchObject({ digits: null, overrides: [{ payout: { flat: "4.00" } }] });
  });
});

describe("refusals say what, where and what to do", () => {
  const cases: [string, string, string, unknown, number, string | null][] = [
    ["a slug that is taken", "POST", "/api/advertisers", { slug: "acme", name: "x" }, 409, "#/slug"],
    ["a slug that is taken", "POST", "/api/affiliates", { slug: "blog", name: "x" }, 409, "#/slug"],
    ["a slug that is taken", "POST", "/api/offers", SHOES, 409, "#/slug"],
    ["a slug that is taken", "POST", "/api/links", { slug: "demo", offer: "shoes", affiliate: "blog" }, 409, "#/slug"],
    ["a slug with capitals", "POST", "/api/affiliates", { slug: "Blog", name: "x" }, 422, "#/slug"],
    ["an empty slug", "POST", "/api/affiliates", { slug: "", name: "x" }, 422, "#/slug"],
    ["a missing name", "POST", "/api/affiliates", { slug: "a" }, 422, "#/name"],
    ["an unknown field", "POST", "/api/affiliates", { slug: "a", name: "x", colour: "red" }, 422, "#/colour"],
    ["__proto__", "POST", "/api/affiliates", '{"slug":"a","name":"x","__proto__":{"test":true}}', 422, "#/__proto__"],
    ["a list for a name", "POST", "/api/affiliates", { slug: "a", name: ["x"] }, 422, "#/name"],
    ["an array for a body", "POST", "/api/affiliates", [], 422, null],
    ["null", "POST", "/api/affiliates", null, 422, null],
    ["no JSON", "POST", "/api/affiliates", "{", 400, null],
    [
      "an unknown advertiser",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", advertiser: "nobody" },
      422,
      "#/advertiser",
    ],
    ["an unknown offer", "POST", "/api/links", { offer: "nope", affiliate: "blog" }, 422, "#/offer"],
    ["an unknown affiliate", "POST", "/api/links", { offer: "shoes", affiliate: "nope" }, 422, "#/affiliate"],
    [
      "a number for an amount",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", events: [{ name: "a", payout: { flat: 2.5 } }] },
      422,
      "#/events/0/payout",
    ],
    [
      "seven decimals",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", events: [{ name: "a", payout: { flat: "1.0000001" } }] },
      422,
      "#/events/0/payout/flat",
    ],
    [
      "five decimals of a percentage",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", events: [{ name: "a", payout: { percent: "1.00001" } }] },
      422,
      "#/events/0/payout",
    ],
    [
      "a posted payout",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", events: [{ name: "a", payout: "posted" }] },
      422,
      "#/events/0/payout",
    ],
    [
      "a flat price finer than the currency's minor unit",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", events: [{ name: "a" }, { name: "b", payout: { flat: "2.505" } }] },
      422,
      "#/events/1/payout",
    ],
    [
      "half a yen",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", currency: "JPY", events: [{ name: "a", revenue: { flat: "2.5" } }] },
      422,
      "#/events/0/revenue",
    ],
    [
      "a price finer than the event's own digits",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", events: [{ name: "a", digits: 3, payout: { flat: "2.5051" } }] },
      422,
      "#/events/0/payout",
    ],
    [
      "an affiliate's own price that is too fine",
      "POST",
      "/api/offers",
      {
        ...SHOES,
        slug: "o2",
        events: [
          {
            name: "a",
            overrides: [
              { affiliate: "blog", payout: { percent: "12.3456" } },
              { affiliate: "mag", payout: { flat: "0.001" } },
            ],
          },
        ],
      },
      422,
      "#/events/0/overrides/1/payout",
    ],
    [
      "fewer digits than the currency has",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", currency: "KWD", events: [{ name: "a", digits: 2 }] },
      422,
      "#/events/0/digits",
    ],
    [
      "more digits than there are",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", events: [{ name: "a", digits: 7 }] },
      422,
      "#/events/0/digits",
    ],
    ["no events", "POST", "/api/offers", { ...SHOES, slug: "o2", events: [] }, 422, "#/events"],
    [
      "two events of one name",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", events: [{ name: "a" }, { name: "a" }] },
      422,
      "#/events",
    ],
    [
      "an override of nobody",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", events: [{ name: "a", overrides: [{ affiliate: "nope", payout: { flat: "1" } }] }] },
      422,
      "#/events/0/overrides/0/affiliate",
    ],
    [
      "a cap on another event",
      "POST",
      "/api/offers",
      { ...SHOES, slug: "o2", caps: [{ event: "x", per: "day", limit: 1 }] },
      422,
      "#/caps/0/event",
    ],
    [
      "an end before the start",
      "PATCH",
      "/api/offers/shoes",
      { starts_at: "2026-02-01", ends_at: "2026-01-01" },
      422,
      "#/ends_at",
    ],
    ["a day that does not exist", "PATCH", "/api/offers/shoes", { starts_at: "2026-02-30" }, 422, "#/starts_at"],
    ["an unknown time zone", "PATCH", "/api/offers/shoes", { time_zone: "Mars/Base" }, 422, "#/time_zone"],
    ["an unknown currency", "POST", "/api/offers", { ...SHOES, slug: "o2", currency: "UDS" }, 422, "#/currency"],
    ["a macro for a host", "PATCH", "/api/offers/shoes", { destination: "https://{sub1}/" }, 422, "#/destination"],
    [
      "a script for a destination",
      "PATCH",
      "/api/links/demo",
      { destination: "javascript:alert(1)" },
      422,
      "#/destination",
    ],
    [
      "a script for a fallback",
      "PATCH",
      "/api/offers/shoes",
      { fallback_url: "javascript:alert(1)" },
      422,
      "#/fallback_url",
    ],
    [
      "a host with a path",
      "PATCH",
      "/api/offers/shoes",
      { deep_link_hosts: ["shop.example/a"] },
      422,
      "#/deep_link_hosts/0",
    ],
    ["a rule that says nothing", "PATCH", "/api/offers/shoes", { rules: [{ countries: ["DE"] }] }, 422, "#/rules/0"],
    ["301", "PATCH", "/api/offers/shoes", { redirect_status: 301 }, 422, "#/redirect_status"],
    ["no range", "PATCH", "/api/advertisers/acme", { allowed_ips: ["203.0.113.0/33"] }, 422, "#/allowed_ips/0"],
    ["an unknown preset", "PATCH", "/api/advertisers/acme", { mapping: { preset: "nope" } }, 422, "#/mapping/preset"],
    [
      "a mapping to nothing of ours",
      "PATCH",
      "/api/advertisers/acme",
      { mapping: { names: { x: "nope" } } },
      422,
      "#/mapping/names/x",
    ],
    ["another slug", "PATCH", "/api/advertisers/acme", { slug: "acme2" }, 422, "#/slug"],
    ["another slug", "PATCH", "/api/affiliates/blog", { slug: "blog2" }, 422, "#/slug"],
    ["another currency", "PATCH", "/api/offers/shoes", { currency: "EUR" }, 422, "#/currency"],
    ["another advertiser", "PATCH", "/api/offers/shoes", { advertiser: "other" }, 422, "#/advertiser"],
    ["another offer", "PATCH", "/api/links/demo", { offer: "hats" }, 422, "#/offer"],
    ["another affiliate", "PATCH", "/api/links/demo", { affiliate: "site" }, 422, "#/affiliate"],
    ["an unknown thing", "PATCH", "/api/links/nope", { test: true }, 404, null],
    ["an unknown thing", "GET", "/api/offers/nope", undefined, 404, null],
    ["an unknown path", "GET", "/api/nothing", undefined, 404, null],
    ["a wrong method", "DELETE", "/api/offers/shoes", undefined, 405, null],
    ["a role without subject", "POST", "/api/tokens", { name: "t", role: "affiliate" }, 422, "#/subject"],
    [
      "a subject for an analyst",
      "POST",
      "/api/tokens",
      { name: "t", role: "analyst", subject: "blog" },
      422,
      "#/subject",
    ],
    ["an unknown role", "POST", "/api/tokens", { name: "t", role: "root" }, 422, "#/role"],
  ];
  for (const [title, method, path, body, status, pointer] of cases)
    test(`${title}: ${method} ${path} ${JSON.stringify(body)?.slice(0, 60)}`, async () => {
      const answer = await api.call(method, path, body);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
      expect(answer.json).toMatchObject({ status, title: expect.any(String), detail: expect.stringMatching(/.{10}/) });
      if (pointer) expect(answer.json).toMatchObject({ errors: [{ pointer, detail: expect.stringMatching(/.{10}/) }] });
    });

  test("a body of another type, and one that is too long", async () => {
    const form = await api.fetch(
      "/api/affiliates",
      { "content-type": "text/plain" },
      { method: "POST", body: "slug=a" },
    );
    expect(form.status).toBe(415);
    expect(
      (await api.call("POST", "/api/affiliates", JSON.stringify({ slug: "x".repeat(1_100_000), name: "x" }))).status,
    ).toBe(413);
  });

  test("an offer that was refused left nothing behind", async () => {
    expect((await api.call("GET", "/api/offers/o2")).status).toBe(404);
  });
});

describe("lists come in pages", () => {
  test("in the order of creation, each once", async () => {
    for (let index = 0; index < 5; index++)
      await api.call("POST", "/api/affiliates", { slug: `many-${index}`, name: "x" });
    const seen: string[] = [];
    let path = "/api/affiliates?limit=2";
    for (let page = 0; page < 10; page++) {
      const { items, next } = Object((await api.call("GET", path)).json);
      seen.push(...items.map(({ slug }: { slug: string }) => slug));
      if (next === null) break;
      path = `/api/affiliates?limit=2&cursor=${next}`;
    }
    expect(seen).toEqual(["blog", "many-0", "many-1", "many-2", "many-3", "many-4"]);
  });

  test("with filters, and refusing what they do not know", async () => {
    expect(Object((await api.call("GET", "/api/links?offer=shoes&affiliate=blog")).json).items).toHaveLength(2);
    expect(Object((await api.call("GET", "/api/links?affiliate=many-0")).json).items).toEqual([]);
    for (const query of ["limit=0", "limit=1001", "limit=x", "cursor=x", "colour=red", "limit=1&limit=2"])
      expect([query, (await api.call("GET", `/api/affiliates?${query}`)).status]).toEqual([query, 400]);
  });
});

describe("tokens", () => {
  test("are shown once, work until revoked, and are stored as a hash only", async () => {
    const made = Object((await api.call("POST", "/api/tokens", { name: "Sheet", role: "analyst" })).json);
    expect(made).toMatchObject({
      name: "Sheet",
      role: "analyst",
      subject: null,
      token: expect.stringMatching(/^cbk_[0-9a-z]{32}$/),
    });
    expect((await api.call("GET", "/api/offers", undefined, made.token)).status).toBe(200);
    expect((await api.call("POST", "/api/affiliates", { slug: "no", name: "x" }, made.token)).status).toBe(403);
    expect((await api.call("GET", "/api/tokens")).text).not.toContain(made.token);
    expect(JSON.stringify((await api.env.DB.prepare("SELECT * FROM tokens").all()).results)).not.toContain(made.token);
    expect((await api.call("DELETE", `/api/tokens/${made.id}`)).status).toBe(204);
    expect((await api.call("GET", "/api/offers", undefined, made.token)).status).toBe(401);
    expect((await api.call("DELETE", `/api/tokens/${made.id}`)).status).toBe(404);
  });

  test("without a token there is nothing but health", async () => {
    expect((await api.call("GET", "/healthz", undefined, null)).status).toBe(200);
    for (const token of [null, "", "wrong", ADMIN.slice(0, -1), `${ADMIN}1`])
      expect([token, (await api.call("GET", "/api/offers", undefined, token)).status]).toEqual([token, 401]);
  });
});

describe("roles see what is theirs", () => {
  const tokenOf = async (role: string, subject: string) =>
    Object((await api.call("POST", "/api/tokens", { name: role, role, subject })).json).token;

  test("an affiliate: its links, their offers with its own payout; never revenue, never another affiliate", async () => {
    await api.call("POST", "/api/links", { slug: "other", offer: "shoes", affiliate: "many-0" });
    const token = await tokenOf("affiliate", "blog");
    const offer = await api.call("GET", "/api/offers/shoes", undefined, token);
    expect(Object(offer.json).events[0]).toMatchObject({ name: "lead", payout: { flat: "4.00" } });
    expect(offer.text).not.toMatch(/revenue|overrides|destination/);
    expect(Object((await api.call("GET", "/api/affiliates", undefined, token)).json).items).toHaveLength(1);
    expect((await api.call("GET", "/api/links/other", undefined, token)).status).toBe(404);
    expect((await api.call("GET", "/api/affiliates/many-0", undefined, token)).status).toBe(404);
    expect((await api.call("GET", "/api/advertisers/acme", undefined, token)).status).toBe(404);
    expect((await api.call("GET", "/api/advertisers/acme/credentials", undefined, token)).status).toBe(403);
    const stranger = await tokenOf("affiliate", "many-1");
    expect((await api.call("GET", "/api/offers/shoes", undefined, stranger)).status).toBe(404);
  });

  test("an advertiser: its offers without payout", async () => {
    await api.call("POST", "/api/advertisers", { slug: "rival", name: "Rival" });
    const token = await tokenOf("advertiser", "acme");
    const offer = await api.call("GET", "/api/offers/shoes", undefined, token);
    expect(Object(offer.json).events[0]).toMatchObject({ name: "lead", revenue: { flat: "4.00" } });
    expect(offer.text).not.toMatch(/payout|overrides/);
    // Its own credentials, which it renews while the old ones go on; nobody else's.
    const own = Object((await api.call("GET", "/api/advertisers/acme/credentials", undefined, token)).json);
    expect(own.token).toMatch(/^cbt_/);
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const renewed = await api.call("POST", "/api/advertisers/acme/rotate", { until }, token);
    expect(Object(renewed.json)).toMatchObject({ version: own.version + 1, previous: expect.anything() });
    expect(Object(renewed.json).previous.map((one: { token: string }) => one.token)).toContain(own.token);
    const log = await api.call("GET", "/api/audit?kind=advertiser&action=rotate&limit=1");
    expect(Object(log.json).items[0]).toMatchObject({ actor: "advertiser", subject: "acme" });
    for (const [method, path] of [
      ["GET", "/api/advertisers/rival/credentials"],
      ["POST", "/api/advertisers/rival/rotate"],
    ] as const)
      expect((await api.call(method, path, method === "GET" ? undefined : { until }, token)).status).toBe(404);
    expect((await api.call("POST", "/api/advertisers/acme/disown", {}, token)).status).toBe(403);
    expect(Object((await api.call("GET", "/api/advertisers", undefined, token)).json).items).toHaveLength(1);
    expect((await api.call("GET", "/api/advertisers/rival", undefined, token)).status).toBe(404);
    const rival = await tokenOf("advertiser", "rival");
    expect((await api.call("GET", "/api/offers/shoes", undefined, rival)).status).toBe(404);
  });
});
