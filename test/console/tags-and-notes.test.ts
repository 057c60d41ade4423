/** Tags and notes over the API: written, found by, in files, and seen by no affiliate and no advertiser, whatever it asks. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN, type Console, startConsole } from "./console.ts";

const LONG_MS = 120_000;
let api: Console;
const tokens = { acme: "", blog: "" };

const json = async (method: string, path: string, body?: unknown, token?: string) => {
  const answer = await api.call(method, `/api/${path}`, body, token);
  return { code: answer.status, ...Object(answer.json) };
};
const slugsOf = async (path: string) => (await json("GET", path)).items.map(({ slug }: { slug: string }) => slug);
const THINGS = ["advertisers/acme", "affiliates/blog", "offers/shoes", "links/one", "destinations/hook"];

beforeAll(async () => {
  api = await startConsole();
  const offer = { name: "Shoes", advertiser: "acme", destination: "https://shop.example/", currency: "USD" };
  const events = [{ name: "sale" }];
  for (const [path, body] of [
    ["advertisers", { slug: "acme", name: "Acme" }],
    ["affiliates", { slug: "blog", name: "Blog" }],
    ["affiliates", { slug: "mag", name: "Mag" }],
    ["offers", { ...offer, slug: "shoes", events }],
    ["links", { slug: "one", offer: "shoes", affiliate: "blog", tags: ["Top", "q4", "top"] }],
    ["links", { slug: "two", offer: "shoes", affiliate: "mag" }],
    [
      "destinations",
      {
        slug: "hook",
        name: "Hook",
        affiliate: "blog",
        kind: "postback",
        url: "https://hook.example.com/?c={click_id}",
      },
    ],
  ] as const)
    expect([path, (await json("POST", path, body)).code]).toEqual([path, 201]);
  for (const [subject, role] of [
    ["acme", "advertiser"],
    ["blog", "affiliate"],
  ] as const)
    tokens[subject] = (await json("POST", "tokens", { name: subject, role, subject })).token;
}, LONG_MS);
afterAll(() => api.stop());

describe("tags", { timeout: LONG_MS }, () => {
  test("are kept sorted, each once, of everything, and lists are filtered by one", async () => {
    expect((await json("GET", "links/one")).tags).toEqual(["q4", "top"]);
    for (const path of THINGS) {
      expect([path, (await json("PATCH", path, { tags: ["risk", "top"] })).tags]).toEqual([path, ["risk", "top"]]);
      const [many = "", slug] = path.split("/");
      expect(await slugsOf(`${many}?tags=risk`)).toEqual([slug]);
      expect(await slugsOf(`${many}?tags=ris`)).toEqual([]);
    }
    expect((await json("PATCH", "links/one", { tags: ["two words"] })).code).toBe(422);
    expect((await json("PATCH", "links/one", { tags: Array.from({ length: 21 }, (_, at) => `t${at}`) })).code).toBe(
      422,
    );
    const found = (await json("GET", "search?q=risk")).found;
    expect(found.map(({ kind, id }: { kind: string; id: string }) => `${kind} ${id}`).sort()).toEqual([
      "advertiser acme",
      "affiliate blog",
      "offer shoes",
    ]);
  });

  test("go out and come in with the files of links and affiliates", async () => {
    const file = async (token?: string) => (await api.call("GET", "/api/exports/links.csv", undefined, token)).text;
    expect((await file()).split("\r\n")[1]).toContain('"risk,top"');
    const sent = (text: string, look = "") =>
      api.fetch(`/api/links/import${look}`, { authorization: `Bearer ${ADMIN}` }, { method: "POST", body: text });
    const looked = JSON.parse(await (await sent("slug,tags\ntwo,b a\n")).text());
    expect(looked.lines).toMatchObject([{ slug: "two", moves: [{ field: "tags", before: "", after: "a,b" }] }]);
    expect((await sent("slug,tags\ntwo,b a\n", `?look=${looked.look}`)).status).toBe(200);
    expect((await json("GET", "links/two")).tags).toEqual(["a", "b"]);
    for (const token of [tokens.blog, tokens.acme]) expect(await file(token)).not.toContain("tags");
  });

  test("are nobody else's, by answer, filter, search or refusal", async () => {
    for (const [token, paths] of [
      [tokens.blog, ["affiliates/blog", "offers/shoes", "links/one", "destinations/hook"]],
      [tokens.acme, ["advertisers/acme", "offers/shoes"]],
    ] as const) {
      for (const path of paths) {
        expect("tags" in (await json("GET", path, undefined, token))).toBe(false);
        const [many = ""] = path.split("/");
        expect((await json("GET", `${many}?tags=risk`, undefined, token)).items ?? []).toEqual([]);
      }
      expect((await json("GET", "search?q=risk", undefined, token)).found).toEqual([]);
    }
    const guess = async (tags: string[]) => json("PATCH", "destinations/hook", { tags }, tokens.blog);
    const [right, wrong] = [await guess(["risk", "top"]), await guess(["other"])];
    expect(right).toEqual(wrong);
    expect(right.code).toBe(403);
  });
});

describe("notes", { timeout: LONG_MS }, () => {
  test("are written with who and when, newest first, and taken back for good", async () => {
    for (const path of THINGS) {
      const [many = "", subject = ""] = path.split("/");
      const kind = many.slice(0, -1);
      expect(await json("POST", "notes", { kind, subject, words: ` On ${kind} ` })).toMatchObject({
        code: 201,
        words: `On ${kind}`,
        by: "console token",
      });
    }
    const all = await json("GET", "notes?limit=2");
    expect(all.items.map(({ kind }: { kind: string }) => kind)).toEqual(["destination", "link"]);
    expect((await json("GET", `notes?limit=2&cursor=${all.next}`)).items[0].kind).toBe("offer");
    const { items } = await json("GET", "notes?kind=affiliate&subject=blog");
    expect(items).toMatchObject([{ words: "On affiliate" }]);
    expect((await json("DELETE", `notes/${items[0].note}`)).code).toBe(204);
    expect((await json("DELETE", `notes/${items[0].note}`)).code).toBe(404);
    expect((await json("GET", "notes?kind=affiliate")).items).toEqual([]);
    expect(await api.env.DB.prepare("SELECT count(*) AS n FROM notes WHERE words LIKE '%affiliate%'").first("n")).toBe(
      0,
    );
    expect((await json("POST", "notes", { kind: "link", subject: "none", words: "x" })).code).toBe(422);
    expect((await json("POST", "notes", { kind: "link", subject: "one", words: " " })).code).toBe(422);
    const log = (await json("GET", "audit?kind=note&limit=2")).items;
    expect(log).toMatchObject([
      { action: "discard", subject: "affiliate blog" },
      { action: "create", subject: "destination hook" },
    ]);
    for (const token of [tokens.blog, tokens.acme]) {
      expect((await json("GET", "notes", undefined, token)).code).toBe(403);
      expect((await json("POST", "notes", { kind: "link", subject: "one", words: "x" }, token)).code).toBe(403);
    }
  });
});
