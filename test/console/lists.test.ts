/** Lists of links and affiliates as CSV: they go out, come back as they were, are looked at first, and are done as they were seen or not at all. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN, type Console, startConsole } from "./console.ts";

let api: Console;
const tokens = { acme: "", blog: "" };

beforeAll(async () => {
  api = await startConsole();
  await api.call("POST", "/api/advertisers", { slug: "acme", name: "Acme" });
  await api.call("POST", "/api/affiliates", { slug: "blog", name: "=The, Blog", payment_note: "one\r\ntwo" });
  await api.call("POST", "/api/affiliates", { slug: "deals", name: "Deals", minimum_payout: "50" });
  const offer = await api.call("POST", "/api/offers", {
    slug: "shoes",
    name: "Shoes",
    advertiser: "acme",
    destination: "https://shop.example/?c={click_id}",
    currency: "USD",
    events: [{ name: "sale" }],
  });
  expect(offer).toMatchObject({ status: 201 });
  for (const slug of ["one", "two"]) await api.call("POST", "/api/links", { slug, offer: "shoes", affiliate: "blog" });
  for (const [subject, role] of [
    ["acme", "advertiser"],
    ["blog", "affiliate"],
  ] as const) {
    const { json } = await api.call("POST", "/api/tokens", { name: subject, role, subject });
    tokens[subject] = Object(json).token;
  }
});
afterAll(() => api.stop());

async function send(path: string, body: string, token = ADMIN) {
  const answer = await api.fetch(path, { authorization: `Bearer ${token}` }, { method: "POST", body });
  return { status: answer.status, json: Object(JSON.parse(await answer.text())) };
}

const textOf = async (path: string, token = ADMIN) => (await api.call("GET", path, undefined, token)).text;

describe.each(["links", "affiliates"])("the file of %s", (many) => {
  test("comes back as it went, with and without a byte order mark", async () => {
    for (const mark of ["", "?bom=1"]) {
      const text = await textOf(`/api/exports/${many}.csv${mark}`);
      expect(text.split("\r\n").length).toBeGreaterThan(3);
      const { status, json } = await send(`/api/${many}/import`, text);
      expect({ status, json }).toMatchObject({
        status: 200,
        json: { applied: false, new: 0, changed: 0, unchanged: 2, refused: 0, lines: [] },
      });
      expect(await send(`/api/${many}/import?look=${json.look}`, text)).toMatchObject({ json: { applied: true } });
    }
  });

  test("has what can be set of them, field by field", async () => {
    const [head] = (await textOf(`/api/exports/${many}.csv`)).split("\r\n");
    const { json } = await api.call("GET", `/api/${many}?limit=1`);
    const shown = Object.keys(Object(json).items[0]);
    for (const name of head?.split(",") ?? []) expect(shown).toContain(name);
  });
});

describe("a list", () => {
  test("guards formulas on its way out", async () => {
    expect(await textOf("/api/exports/affiliates.csv")).toContain(`"'=The, Blog"`);
  });

  test("is filtered, and holds what its reader sees", async () => {
    expect((await textOf("/api/exports/links.csv?affiliate=deals")).trim().split("\r\n")).toHaveLength(1);
    expect((await textOf("/api/exports/links.csv?affiliate=blog", tokens.blog)).trim().split("\r\n")).toHaveLength(3);
    expect(await textOf("/api/exports/links.csv", tokens.acme)).not.toContain("blog");
    expect((await api.call("GET", "/api/exports/affiliates.csv", undefined, tokens.acme)).status).toBe(403);
    expect((await send("/api/links/import", "slug\none", tokens.blog)).status).toBe(403);
  });

  test("says of each line what it does, and does nothing before it is told to", async () => {
    const list = [
      "slug,offer,affiliate,destination,status,test",
      "one,shoes,blog,https://shop.example/sale?c={click_id},paused,false",
      "two,shoes,blog,,active,FALSE",
      "three,shoes,deals,,,TRUE",
      ",shoes,blog,,,",
      "two,shoes,blog,,active,false",
      "four,hats,blog,,,",
      "one-more,shoes,blog,,resting,",
      "short,shoes",
    ].join("\n");
    const { status, json } = await send("/api/links/import", list);
    expect(status).toBe(200);
    expect(json).toMatchObject({ applied: false, new: 2, changed: 1, unchanged: 1, refused: 4 });
    expect(json.lines).toEqual([
      {
        line: 2,
        slug: "one",
        is: "changed",
        moves: [
          { field: "destination", before: "", after: "https://shop.example/sale?c={click_id}" },
          { field: "status", before: "active", after: "paused" },
        ],
        why: null,
      },
      expect.objectContaining({
        line: 4,
        slug: "three",
        is: "new",
        moves: expect.arrayContaining([{ field: "test", before: "", after: "true" }]),
      }),
      expect.objectContaining({ line: 5, slug: null, is: "new" }),
      expect.objectContaining({ line: 6, is: "refused", why: "Line 3 has two already." }),
      expect.objectContaining({ line: 7, is: "refused", why: expect.stringContaining('There is no offer "hats"') }),
      expect.objectContaining({ line: 8, is: "refused", why: expect.stringContaining("status: Write one of") }),
      expect.objectContaining({ line: 9, is: "refused", why: "It has 2 cells, and the first line 6." }),
    ]);
    const refused = await send(`/api/links/import?look=${json.look}`, list);
    expect(refused).toMatchObject({ status: 422, json: { detail: expect.stringContaining("Line 6") } });
    expect((await api.call("GET", "/api/links/three")).status).toBe(404);
    expect((await api.call("GET", "/api/links/one")).json).toMatchObject({ status: "active" });
  });

  test("changes nothing that is fixed, empties nothing that must be there, and knows no other columns", async () => {
    const why = async (path: string, list: string) => (await send(path, list)).json.lines[0]?.why;
    expect(await why("/api/links/import", "slug,affiliate\none,deals")).toContain(
      "affiliate: it is “blog” and stays so",
    );
    expect(await why("/api/links/import", "slug,url\none,https://x.example")).toContain("url: it is");
    expect(await why("/api/affiliates/import", "slug,name\nblog,")).toContain("name: write something");
    expect(await send("/api/links/import", "slug,payout\none,5")).toMatchObject({
      status: 400,
      json: { detail: expect.stringContaining("no column “payout”") },
    });
    expect(await send("/api/links/import", "offer\nshoes")).toMatchObject({ status: 400 });
  });

  test("is done whole, with an entry of the audit log for each, and at the edge after the sweep", async () => {
    const list = "slug,offer,affiliate,status\none,shoes,blog,paused\nfive,shoes,deals,\n,shoes,deals,";
    const { json } = await send("/api/links/import", list);
    expect(await send(`/api/links/import?look=${json.look}`, list)).toMatchObject({
      status: 200,
      json: { applied: true, new: 2, changed: 1 },
    });
    expect((await api.call("GET", "/api/links/one")).json).toMatchObject({ status: "paused", paused_by: null });
    expect((await api.call("GET", "/api/links/five")).json).toMatchObject({ affiliate: "deals", status: "active" });
    expect((await api.call("GET", "/api/audit?kind=link&subject=one")).json).toMatchObject({
      items: [{ action: "change", before: { status: "active" }, after: { status: "paused" } }, { action: "create" }],
    });
    expect((await api.call("GET", "/api/audit?kind=link&subject=five")).json).toMatchObject({
      items: [{ action: "create", before: null, after: { slug: "five" } }],
    });
    await api.scheduled(Date.now() + 120_000);
    expect(await api.env.EDGE.get("link:five")).not.toBeNull();
    expect(await api.env.EDGE.get("link:one")).toContain("paused");
  });

  test("is refused where what it changes was changed since the look", async () => {
    const list = "slug,name\ndeals,All deals";
    const { json } = await send("/api/affiliates/import", list);
    await api.call("PATCH", "/api/affiliates/deals", { name: "Other deals" });
    expect(await send(`/api/affiliates/import?look=${json.look}`, list)).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining("Look again") },
    });
    expect((await api.call("GET", "/api/affiliates/deals")).json).toMatchObject({ name: "Other deals" });
  });

  test("of two thousand links takes seconds", async () => {
    const rows = Array.from({ length: 2_000 }, (_, at) => `many-${at},shoes,deals,https://shop.example/${at}`);
    const list = ["slug,offer,affiliate,destination", ...rows].join("\n");
    const startMs = performance.now();
    const { json } = await send("/api/links/import", list);
    expect(json).toMatchObject({ new: 2_000, refused: 0 });
    expect(await send(`/api/links/import?look=${json.look}`, list)).toMatchObject({ json: { applied: true } });
    const text = await textOf("/api/exports/links.csv?affiliate=deals");
    const paused = text.replaceAll(",active,", ",paused,");
    const look = await send("/api/links/import", paused);
    expect(look.json.changed).toBeGreaterThanOrEqual(2_000);
    expect(await send(`/api/links/import?look=${look.json.look}`, paused)).toMatchObject({ json: { applied: true } });
    expect(performance.now() - startMs).toBeLessThan(20_000);
    expect((await send("/api/links/import", paused)).json).toMatchObject({ changed: 0, new: 0 });
  });
});

describe("the page", () => {
  test("shows what a list does, and does it when it is told to", async () => {
    const cookie = await api.signIn();
    const post = async (parts: Record<string, string>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(parts)) form.append(name, value);
      const sent = new Request("http://console.test", { method: "POST", body: form });
      const body = new Uint8Array(await sent.arrayBuffer());
      const type = sent.headers.get("content-type") ?? "";
      return api.fetch(
        "/import-links",
        { cookie, "content-type": type, "sec-fetch-site": "same-origin" },
        { method: "POST", body },
      );
    };
    const pasted = "slug,offer,affiliate\npasted,shoes,blog";
    const page = await (await post({ pasted })).text();
    expect(page).toContain("1 new, 0 changed, 0 unchanged, 0 refused.");
    const look = /name="look" value="([\da-f]{64})"/.exec(page)?.[1] ?? "";
    await post({ pasted, look });
    expect((await api.call("GET", "/api/links/pasted")).status).toBe(200);
  });
});
