/** Coupons over the API and the pages: made one by one and as a list, refused where two are at one time, and shown to those whose they are. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN, type Console, startConsole } from "./console.ts";

let api: Console;
const tokens = { acme: "", rival: "", blog: "", deals: "" };

beforeAll(async () => {
  api = await startConsole();
  for (const slug of ["acme", "rival"]) await api.call("POST", "/api/advertisers", { slug, name: slug });
  for (const slug of ["blog", "deals"]) await api.call("POST", "/api/affiliates", { slug, name: slug });
  for (const [slug, advertiser] of [
    ["shoes", "acme"],
    ["hats", "rival"],
  ])
    await api.call("POST", "/api/offers", {
      slug,
      name: slug,
      advertiser,
      destination: "https://shop.example/?c={click_id}",
      currency: "USD",
      events: [{ name: "sale" }],
    });
  for (const [subject, role] of [
    ["acme", "advertiser"],
    ["rival", "advertiser"],
    ["blog", "affiliate"],
    ["deals", "affiliate"],
  ] as const) {
    const { json } = await api.call("POST", "/api/tokens", { name: subject, role, subject });
    tokens[subject] = Object(json).token;
  }
});
afterAll(() => api.stop());

const SPRING = { code: " Spring ", offer: "shoes", affiliate: "blog", from: "2026-03-01", until: "2026-06-01" };

async function codes(token?: string): Promise<string[]> {
  const { json } = await api.call("GET", "/api/coupons?limit=1000", undefined, token);
  return Object(json).items.map(({ code }: { code: string }) => code);
}

async function importList(text: string): Promise<{ status: number; json: Record<string, unknown> }> {
  const headers = { authorization: `Bearer ${ADMIN}` };
  const answer = await api.fetch("/api/coupons/import", headers, { method: "POST", body: text });
  return { status: answer.status, json: Object(JSON.parse(await answer.text())) };
}

describe("a coupon", () => {
  test("comes with a link of its own, which the edge knows", async () => {
    const made = await api.call("POST", "/api/coupons", SPRING);
    expect(made).toMatchObject({
      status: 201,
      json: { code: "Spring", offer: "shoes", affiliate: "blog", advertiser: "acme", status: "active" },
    });
    const { slug } = Object(made.json);
    expect((await api.call("GET", `/api/links/${slug}`)).json).toMatchObject({ offer: "shoes", affiliate: "blog" });
    expect(await api.env.EDGE.get(`link:${slug}`)).not.toBeNull();
    const changed = await api.call("PATCH", `/api/coupons/${slug}`, { until: "2026-07-01", code: "Spring" });
    expect(changed).toMatchObject({ status: 200, json: { until: "2026-07-01T00:00:00.000Z" } });
    expect((await api.call("PATCH", `/api/coupons/${slug}`, { code: "OTHER" })).status).toBe(422);
    expect((await api.call("PATCH", `/api/coupons/${slug}`, { until: "2026-02-01" })).status).toBe(422);
    const { json } = await api.call("GET", "/api/audit?kind=coupon");
    expect(Object(json).items.map(({ action }: { action: string }) => action)).toEqual(["change", "create"]);
  });

  test("is alone at its time with its advertiser, and leaves its code when it has ended", async () => {
    const later = { ...SPRING, code: "SPRING", affiliate: "deals" };
    expect((await api.call("POST", "/api/coupons", later)).status).toBe(409);
    expect((await api.call("POST", "/api/coupons", { ...later, from: null, until: null })).status).toBe(409);
    expect((await api.call("POST", "/api/coupons", { ...later, offer: "hats" })).status).toBe(201);
    const next = await api.call("POST", "/api/coupons", { ...later, from: "2026-07-01", until: null });
    expect(next.status).toBe(201);
    const { slug } = Object(next.json);
    expect((await api.call("PATCH", `/api/coupons/${slug}`, { from: "2026-06-30" })).status).toBe(409);
    expect((await api.call("PATCH", `/api/coupons/${slug}`, { status: "ended" })).status).toBe(200);
    expect((await api.call("POST", "/api/coupons", { ...later, from: "2026-07-01", until: null })).status).toBe(201);
    expect((await api.call("PATCH", `/api/coupons/${slug}`, { status: "active" })).status).toBe(409);
  });

  test("of two that are asked for at once one is made", async () => {
    const both = await Promise.all(
      ["blog", "deals"].map((affiliate) =>
        api.call("POST", "/api/coupons", { code: "RACE", offer: "shoes", affiliate }),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    const found = await api.env.DB.prepare("SELECT count(*) AS n FROM coupons WHERE folded = 'race'").first();
    expect(found).toEqual({ n: 1 });
  });

  test("the database itself takes no second one", async () => {
    const copy = api.env.DB.prepare(
      "INSERT INTO coupons (slug, advertiser, code, folded, link, created_at, updated_at) SELECT 'x', advertiser, code, folded, 1000, 0, 0 FROM coupons WHERE folded = 'race'",
    );
    await expect(copy.run()).rejects.toThrow("another coupon has this code at this time");
  });
});

describe("a list", () => {
  test("says on the page which lines are wrong, and keeps what was written", async () => {
    const type = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };
    const send = (path: string, cookie: string, fields: Record<string, string>) =>
      api.fetch(
        path,
        { authorization: "", cookie, ...type },
        { method: "POST", body: new URLSearchParams(fields).toString() },
      );
    const cookie = await api.signIn();
    const list = "code,affiliate,offer\nPAGE-1,blog,shoes\nPAGE-2,nobody,shoes";
    const page = await (await send("/import-coupons", cookie, { "list:lines": list })).text();
    expect(page).toMatch(/Line 3: affiliate: There is no affiliate/);
    expect(page).toContain("PAGE-2,nobody,shoes");
    expect(await codes()).not.toContain("PAGE-1");
  });

  test("is made as a whole, whatever separates its cells", async () => {
    const made = await importList(
      '\ufeffcode;offer;affiliate;until\r\n"A;1";shoes;blog;\r\n\r\nB2;hats;deals;2026-09-01\r\n',
    );
    expect(made).toMatchObject({
      status: 201,
      json: {
        coupons: [
          { code: "A;1", until: null },
          { code: "B2", until: "2026-09-01T00:00:00.000Z" },
        ],
      },
    });
    expect(await codes()).toEqual(expect.arrayContaining(["A;1", "B2"]));
  });

  test.each([
    ["an unknown affiliate", "code,affiliate,offer\nN1,blog,shoes\nN2,nobody,shoes\n", 422, "Line 3: affiliate:"],
    ["a code twice in it", "code,affiliate,offer\nN1,blog,shoes\nn1,deals,shoes\n", 409, "Line 3: code:"],
    ["a code that is taken", "code,affiliate,offer\n\nN1,blog,shoes\nrace,deals,shoes\n", 409, "Line 4: code:"],
    ["a time that is none", "code,affiliate,offer,from\nN1,blog,shoes,\nN2,blog,shoes,soon\n", 422, "Line 3: #/from:"],
    [
      "a time without length",
      "code,affiliate,offer,from,until\nN1,blog,shoes,2026-02-01,2026-02-01\n",
      422,
      "Line 2: until:",
    ],
    ["another column", "code,affiliate,offer,bonus\nN1,blog,shoes,1\n", 400, "code, affiliate, offer"],
    ["no header", "N1,blog,shoes\n", 400, "code, affiliate, offer"],
    ["no coupon", "code,affiliate,offer\n", 400, "no coupon"],
  ])("with %s makes nothing, and says where", async (_, text, status, told) => {
    const before = await codes();
    const answer = await importList(text);
    expect([answer.status, answer.json.detail]).toEqual([status, expect.stringContaining(told)]);
    expect(await codes()).toEqual(before);
  });
});

describe("who sees coupons", () => {
  test("an affiliate its own, an advertiser those of its offers, under the names that it knows", async () => {
    const own = await api.call("GET", "/api/coupons?limit=1000", undefined, tokens.blog);
    expect(new Set(Object(own.json).items.map(({ affiliate }: { affiliate: string }) => affiliate))).toEqual(
      new Set(["blog"]),
    );
    const { json } = await api.call("GET", "/api/coupons?limit=1000", undefined, tokens.rival);
    const [first] = Object(json).items;
    expect(first).toMatchObject({
      advertiser: "rival",
      affiliate: expect.stringMatching(/^affiliate-/),
      slug: expect.stringMatching(/^link-/),
    });
    expect(JSON.stringify(json)).not.toMatch(/deals|blog|acme/);
    expect((await api.call("GET", `/api/coupons/${first.slug}`, undefined, tokens.rival)).json).toEqual(first);
    expect((await api.call("GET", `/api/coupons/${first.slug}`, undefined, tokens.acme)).status).toBe(404);
    const plain = { slug: "deals-hats", offer: "hats", affiliate: "deals" };
    expect((await api.call("POST", "/api/links", plain)).status).toBe(201);
    const { json: links } = await api.call("GET", "/api/links?limit=1000", undefined, tokens.rival);
    const without = Object(links).items.at(-1).slug;
    const unknown = await api.call("GET", `/api/coupons/${without}`, undefined, tokens.rival);
    expect(unknown.status).toBe(404);
    expect(Object(unknown.json).detail).toContain(`"${without}"`);
    expect((await api.call("POST", "/api/coupons", SPRING, tokens.blog)).status).toBe(403);
  });
});
