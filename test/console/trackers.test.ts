/** Trackers over the API: what is kept, what is refused, what the edge is told and told to forget; their aliases, set many at once; and that no answer has a secret. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAcme } from "../../scripts/programme/acme.ts";
import { openSecret, readOpeningKeys } from "../../workers/core/sealed-secrets.ts";
import { DAY_MS, MINUTE_MS } from "../../workers/core/time-units.ts";
import { placeOfTracker } from "../../workers/core/trackers/prepare-tracker.ts";
import { SOURCE_KEYS } from "../postback/door.ts";
import { type Console, startConsole } from "./console.ts";

const SECRET = "0f3ab1c2d4e5f607";
let office: Console;

beforeAll(async () => {
  office = await startConsole();
  await createAcme(async (path, init) => {
    const { method = "GET", body } = init ?? {};
    const answer = await office.call(method, path, body === undefined ? undefined : String(body));
    return new Response(answer.text, { status: answer.status });
  });
  await office.call("POST", "/api/links", { slug: "other", offer: "shoes", affiliate: "blog" });
});
afterAll(() => office.stop());

async function edge(key: string): Promise<Record<string, unknown> | null> {
  return JSON.parse((await office.env.EDGE.get(key)) ?? "null");
}

async function opened(sealed: unknown, slug: string): Promise<string | null> {
  const keys = await readOpeningKeys(SOURCE_KEYS);
  if (!keys.ok) throw new Error(keys.refusal);
  return openSecret(keys.value, placeOfTracker(slug), String(sealed));
}

function tracker(slug: string, more: object = {}) {
  return { slug, name: slug, dialect: "keitaro", advertiser: "acme", ...more };
}

async function put(slug: string, aliases: [alias: string, link: string][]) {
  const sent = aliases.map(([alias, link]) => ({ alias, link }));
  return office.call("PUT", `/api/trackers/${slug}/aliases`, { aliases: sent });
}

async function publishAll() {
  const drift: unknown[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const query: string = next === "" ? "" : `?${new URLSearchParams({ cursor: next })}`;
    const page = Object((await office.call("POST", `/api/publish${query}`)).json);
    drift.push(...page.drift);
    next = page.next;
  }
  return drift;
}

describe("a tracker", () => {
  test("is made, published under its host and its path, and its secret shown to nobody", async () => {
    const made = await office.call("POST", "/api/trackers", {
      ...tracker("old"),
      host: "TRK.Example.com",
      secret: SECRET,
      allowed_ips: ["203.0.113.0/24"],
      sub_ids: { keyword: "sub3", clid: "external_id" },
      old_origin: "https://old.example.com/",
      mapping: { statuses: { dep: "approved" } },
    });
    expect([made.status, made.json]).toMatchObject([
      201,
      {
        slug: "old",
        dialect: "keitaro",
        advertiser: "acme",
        host: "trk.example.com",
        secret: "••••••••",
        old_origin: "https://old.example.com",
        status: "active",
        try_url: "http://localhost:8787/t/old",
      },
    ]);
    const record = await edge("tracker:trk.example.com");
    const { sealed, ...rest } = record ?? {};
    expect(rest).toEqual({
      tracker: 1,
      slug: "old",
      dialect: "keitaro",
      advertiser: "acme",
      allowedIps: ["203.0.113.0/24"],
      mapping: { statuses: { dep: "approved" } },
      subIds: { keyword: "sub3", clid: "external_id" },
      oldOrigin: "https://old.example.com",
    });
    expect(await edge("tracker:/old")).toEqual(record);
    expect(await opened(sealed, "old")).toBe(SECRET);
    expect(await opened(sealed, "another")).toBeNull();
    const told = [
      made,
      await office.call("GET", "/api/trackers/old"),
      await office.call("GET", "/api/trackers"),
      await office.call("GET", "/api/audit"),
    ];
    for (const { text } of told) expect(text).not.toMatch(new RegExp(`${SECRET}|${String(sealed).slice(0, 40)}`));
    expect(told[3]?.text).toContain('"kind":"tracker"');
  });

  test("keeps its secret in a change that brings it back as it was shown, and takes another, or none", async () => {
    const before = await edge("tracker:/old");
    const present = await office.call("GET", "/api/trackers/old");
    expect((await office.call("PATCH", "/api/trackers/old", present.json)).status).toBe(200);
    expect(await edge("tracker:/old")).toEqual(before);
    await office.call("PATCH", "/api/trackers/old", { secret: "another1" });
    expect(await opened((await edge("tracker:/old"))?.sealed, "old")).toBe("another1");
    await office.call("PATCH", "/api/trackers/old", { secret: null });
    expect(await edge("tracker:/old")).not.toHaveProperty("sealed");
  });

  test("that gets another host leads from the old one no more, at once", async () => {
    await office.call("POST", "/api/trackers", { ...tracker("moving"), host: "a.example.com" });
    await office.call("PATCH", "/api/trackers/moving", { host: "b.example.com" });
    expect([await edge("tracker:a.example.com"), await edge("tracker:b.example.com")]).toMatchObject([
      null,
      { slug: "moving" },
    ]);
    await office.call("PATCH", "/api/trackers/moving", { host: null });
    expect([await edge("tracker:b.example.com"), await edge("tracker:/moving")]).toMatchObject([
      null,
      { slug: "moving" },
    ]);
  });

  test("that is paused is closed at the edge", async () => {
    await office.call("PATCH", "/api/trackers/moving", { status: "paused" });
    expect(await edge("tracker:/moving")).toMatchObject({ closed: true });
  });

  test.each<[string, object, string]>([
    ["an advertiser that is not there", { advertiser: "nobody" }, "#/advertiser"],
    ["a dialect that is not known", { dialect: "cake" }, "#/dialect"],
    ["a host with a scheme", { host: "https://x.example.com" }, "#/host"],
    ["an address as a host", { host: "203.0.113.7" }, "#/host"],
    ["a host that is ours", { host: "localhost" }, "#/host"],
    ["an old tracker at its own host", { host: "x.example.com", old_origin: "https://x.example.com" }, "#/old_origin"],
    ["an old tracker that is us", { old_origin: "http://localhost:8787" }, "#/old_origin"],
    ["an old tracker with a path", { old_origin: "https://x.example.com/a" }, "#/old_origin"],
    ["telling no old tracker", { relay_until: "2027-01-01" }, "#/relay_until"],
    ["a sub-id that there is not", { sub_ids: { kw: "sub11" } }, "#/sub_ids/kw"],
    ["a preset beside the dialect", { mapping: { preset: "voluum" } }, "#/mapping"],
    ["no secret", { secret: " " }, "#/secret"],
    ["what stands for a secret", { secret: "••••••••" }, "#/secret"],
    ["more keys than are tried", { secret: "a\n".repeat(21) }, "#/secret"],
  ])("is refused with %s, and told where", async (_, change, pointer) => {
    const { status, json } = await office.call("POST", "/api/trackers", { ...tracker("refused"), ...change });
    expect([status, json]).toMatchObject([422, { errors: [{ pointer }] }]);
  });

  test("is refused where it and others send visitors round for ever, whoever is said last", async () => {
    const save = (method: string, slug: string, change: object) =>
      method === "POST"
        ? office.call("POST", "/api/trackers", { ...tracker(slug), secret: null, ...change })
        : office.call("PATCH", `/api/trackers/${slug}`, change);
    const round = [422, { errors: [{ pointer: "#/old_origin" }] }];
    const first = { host: "one.example.com", old_origin: "https://two.example.com" };
    expect((await save("POST", "one", first)).status).toBe(201);
    // A host on which a tracker of ours stands may well be an old one's, as long as somebody answers at the end.
    const second = { host: "two.example.com", old_origin: "https://three.example.com" };
    const back = await save("POST", "two", { ...second, old_origin: "https://one.example.com:8443" });
    expect([back.status, back.json]).toMatchObject(round);
    expect((await save("POST", "two", second)).status).toBe(201);
    const host = await save("PATCH", "one", { host: "three.example.com" });
    expect([host.status, host.json]).toMatchObject(round);
    expect((await save("PATCH", "one", { name: "One" })).status).toBe(200);
  });

  test("is refused with the host of another, and its slug", async () => {
    const again = await office.call("POST", "/api/trackers", { ...tracker("again"), host: "trk.example.com" });
    expect([again.status, again.json]).toMatchObject([409, { errors: [{ pointer: "#/host" }] }]);
    const moved = await office.call("PATCH", "/api/trackers/moving", { host: "trk.example.com" });
    expect([moved.status, moved.json]).toMatchObject([409, { errors: [{ pointer: "#/host" }] }]);
    expect((await office.call("POST", "/api/trackers", tracker("old"))).status).toBe(409);
    expect((await edge("tracker:trk.example.com"))?.slug).toBe("old");
  });

  test("is told on to the old tracker for 90 days, and what was said once stays as time goes on", async () => {
    const until = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
    const change = (days: number) => office.call("PATCH", "/api/trackers/old", { relay_until: until(days) });
    expect((await change(91)).status).toBe(422);
    expect((await change(89)).status).toBe(200);
    expect(await edge("tracker:/old")).toHaveProperty("relayUntilMs");
    expect((await office.call("PATCH", "/api/trackers/old", { old_origin: null })).status).toBe(422);
  });

  test("fixes what history hangs on", async () => {
    for (const change of [{ slug: "x" }, { dialect: "tune" }, { advertiser: "other" }])
      expect((await office.call("PATCH", "/api/trackers/old", change)).status).toBe(422);
  });

  test("is the operators' alone", async () => {
    const token = async (role: string, subject?: string) => {
      const made = await office.call("POST", "/api/tokens", { name: role, role, ...(subject ? { subject } : {}) });
      return String(Object(made.json).token);
    };
    const analyst = await token("analyst");
    expect((await office.call("GET", "/api/trackers/old", undefined, analyst)).status).toBe(200);
    expect((await office.call("GET", "/api/trackers/old/aliases", undefined, analyst)).status).toBe(200);
    expect((await office.call("PATCH", "/api/trackers/old", { name: "x" }, analyst)).status).toBe(403);
    expect((await office.call("PUT", "/api/trackers/old/aliases", { aliases: [] }, analyst)).status).toBe(403);
    for (const [role, subject] of [
      ["advertiser", "acme"],
      ["affiliate", "blog"],
    ] as const) {
      const own = await token(role, subject);
      expect(Object((await office.call("GET", "/api/trackers", undefined, own)).json).items).toEqual([]);
      expect((await office.call("GET", "/api/trackers/old", undefined, own)).status).toBe(404);
      expect((await office.call("GET", "/api/trackers/old/aliases", undefined, own)).status).toBe(403);
    }
  });
});

describe("aliases", () => {
  test("are set many at once, as they are called or as they were placed, and set again change nothing", async () => {
    const aliases: [string, string][] = [
      ["x7Kd93ab", "demo"],
      ["https://trk.example.com/second?keyword=a", "demo"],
      ["third", "other"],
    ];
    expect((await put("old", aliases)).json).toEqual({ made: 3, changed: 0, unchanged: 0, errors: [] });
    expect([await edge("alias:old/x7Kd93ab"), await edge("alias:old/third")]).toEqual([
      { link: "demo" },
      { link: "other" },
    ]);
    expect((await put("old", aliases)).json).toEqual({ made: 0, changed: 0, unchanged: 3, errors: [] });
    expect((await put("old", [["third", "demo"]])).json).toMatchObject({ made: 0, changed: 1, unchanged: 0 });
    expect(await edge("alias:old/third")).toEqual({ link: "demo" });
    const [logged] = Object((await office.call("GET", "/api/audit?kind=tracker&subject=old")).json).items;
    expect(logged).toMatchObject({ before: { third: "other" }, after: { third: "demo" } });
  });

  test("that cannot be set are told by their places, and the others are set", async () => {
    const { json } = await put("old", [
      ["fourth", "demo"],
      ["no/alias", "demo"],
      ["fifth", "nowhere"],
      ["fourth", "demo"],
      ["fourth", "other"],
    ]);
    expect(json).toMatchObject({
      made: 1,
      changed: 0,
      unchanged: 1,
      errors: [
        { index: 1, field: "alias" },
        { index: 2, field: "link", detail: 'There is no link "nowhere": create it first.' },
        { index: 4, field: "alias" },
      ],
    });
    expect([await edge("alias:old/fourth"), await edge("alias:old/fifth")]).toEqual([{ link: "demo" }, null]);
  });

  test("are each tracker's own, in the form of its dialect", async () => {
    await office.call("POST", "/api/trackers", tracker("hasoffers", { dialect: "tune" }));
    const { json } = await put("hasoffers", [
      ["12/34", "demo"],
      ["https://x.example.com/aff_c?offer_id=12&aff_id=35&aff_sub=z", "other"],
      ["x7Kd93ab", "demo"],
    ]);
    expect(json).toMatchObject({ made: 2, errors: [{ index: 2, field: "alias" }] });
    expect(await edge("alias:hasoffers/12/35")).toEqual({ link: "other" });
    const { items } = Object((await office.call("GET", "/api/trackers/hasoffers/aliases")).json);
    expect(items).toMatchObject([
      { alias: "12/34", link: "demo", try_url: "http://localhost:8787/t/hasoffers/aff_c?offer_id=12&aff_id=34" },
      { alias: "12/35", link: "other" },
    ]);
  });

  test("come in pages, and by alias or link", async () => {
    const names: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const query = new URLSearchParams({ limit: "3", ...(cursor === "" ? {} : { cursor }) });
      const page = Object((await office.call("GET", `/api/trackers/old/aliases?${query}`)).json);
      names.push(...page.items.map(({ alias }: { alias: string }) => alias));
      cursor = page.next;
    }
    expect(names).toEqual(["fourth", "second", "third", "x7Kd93ab"]);
    const found = async (query: string) =>
      Object((await office.call("GET", `/api/trackers/old/aliases?${query}`)).json).items.length;
    expect([await found("alias=third"), await found("link=demo"), await found("link=other")]).toEqual([1, 4, 0]);
  });

  test("of a link that ended stay", async () => {
    await put("old", [["ending", "other"]]);
    await office.call("PATCH", "/api/links/other", { status: "ended" });
    expect(await edge("alias:old/ending")).toEqual({ link: "other" });
    expect((await put("old", [["ending too", "other"]])).json).toMatchObject({ errors: [{ field: "alias" }] });
    expect((await put("old", [["ended", "other"]])).json).toMatchObject({ made: 1 });
  });

  test("are taken away, from the edge too", async () => {
    const gone = await office.call("DELETE", "/api/trackers/old/aliases", { aliases: ["third", "never", "third"] });
    expect([gone.status, gone.json]).toEqual([200, { deleted: 1, unknown: ["never"] }]);
    expect(await edge("alias:old/third")).toBeNull();
    const [logged] = Object((await office.call("GET", "/api/audit?kind=tracker&subject=old")).json).items;
    expect(logged).toMatchObject({ before: { third: "demo" }, after: { third: null } });
  });

  test("are a thousand at a call, most live at once and all by the sweep", { timeout: 60_000 }, async () => {
    const aliases = Array.from({ length: 1_000 }, (_, index): [string, string] => [`many${index}`, "demo"]);
    expect((await put("old", [...aliases, ["more", "demo"]])).status).toBe(422);
    expect((await put("old", aliases)).json).toMatchObject({ made: 1_000, errors: [] });
    await office.scheduled(Date.now() + MINUTE_MS);
    await office.scheduled(Date.now() + MINUTE_MS);
    for (const index of [0, 500, 999]) expect(await edge(`alias:old/many${index}`)).toEqual({ link: "demo" });
    expect(await office.env.DB.prepare("SELECT COUNT(*) AS due FROM due_keys").first("due")).toBe(0);
  });
});

describe("what the edge has", () => {
  test("tells whose each link is", async () => {
    expect(await edge("owner:1")).toEqual({ advertiser: "acme" });
  });

  test("is written once more by the sweep, and taken away where a write failed", async () => {
    await office.call("PATCH", "/api/trackers/moving", { host: "c.example.com" });
    await office.call("PATCH", "/api/trackers/moving", { host: "d.example.com" });
    await office.call("DELETE", "/api/trackers/old/aliases", { aliases: ["fourth"] });
    await office.env.EDGE.put("tracker:c.example.com", "{}");
    await office.env.EDGE.delete("tracker:d.example.com");
    await office.env.EDGE.put("alias:old/fourth", '{"link":"demo"}');
    await office.env.EDGE.delete("owner:2");
    await office.env.DB.prepare(
      "INSERT INTO due_keys VALUES ('owner:2', 0) ON CONFLICT DO UPDATE SET changed_at = 0",
    ).run();
    await office.scheduled(Date.now());
    expect(await edge("alias:old/fourth")).not.toBeNull();
    await office.scheduled(Date.now() + MINUTE_MS);
    expect([
      await edge("tracker:c.example.com"),
      await edge("tracker:d.example.com"),
      await edge("alias:old/fourth"),
      await edge("owner:2"),
    ]).toMatchObject([null, { slug: "moving" }, null, { advertiser: "acme" }]);
  });

  test("is compared with the books, and mended where it lacks, differs, or has what is gone", {
    timeout: 60_000,
  }, async () => {
    expect(await publishAll()).toEqual([]);
    await office.env.EDGE.delete("tracker:/old");
    await office.env.EDGE.put("alias:old/many7", '{"link":"other"}');
    await office.env.EDGE.delete("owner:1");
    await office.env.EDGE.put("alias:old/gone", '{"link":"demo"}');
    await office.env.EDGE.put("tracker:gone.example.com", "{}");
    const drift = await publishAll();
    expect(drift).toEqual([
      { key: "tracker:/old", found: "missing", fields: [] },
      { key: "owner:1", found: "missing", fields: [] },
      { key: "alias:old/many7", found: "different", fields: ["link"] },
      { key: "tracker:gone.example.com", found: "surplus", fields: [] },
      { key: "alias:old/gone", found: "surplus", fields: [] },
    ]);
    expect([await edge("tracker:/old"), await edge("alias:old/gone"), await edge("alias:old/many7")]).toMatchObject([
      { slug: "old" },
      null,
      { link: "demo" },
    ]);
    expect(await publishAll()).toEqual([]);
  });
});

describe("its pages", () => {
  const SEEN = { "sec-fetch-site": "same-origin" };
  let cookie = "";
  beforeAll(async () => {
    cookie = await office.signIn();
    await office.call("POST", "/api/trackers", tracker("paged", { host: "paged.example.com", dialect: "tune" }));
  });

  async function page(path: string): Promise<string> {
    const answer = await office.fetch(path, { ...SEEN, cookie, authorization: "" });
    expect(answer.status).toBe(200);
    return answer.text();
  }

  /** Sends the form as a browser does. */
  async function send(fields: [string, string][], file = "", headers: Record<string, string> = SEEN) {
    const boundary = "----clickback";
    const parts = fields.map(
      ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n`;
    const body = `${parts.join("")}${head}Content-Type: text/csv\r\n\r\n${file}\r\n--${boundary}--\r\n`;
    const type = `multipart/form-data; boundary=${boundary}`;
    const all = { ...headers, cookie, authorization: "", "content-type": type };
    return office.fetch("/trackers/paged/aliases", all, { method: "POST", body });
  }

  const LIST =
    "alias,link\n12/34,demo\nhttps://paged.example.com/aff_c?offer_id=12&aff_id=35,demo\n12,demo\n1/2,nowhere\n";

  test("say what is to be done, where to try it, and lead to its requests", async () => {
    const html = await page("/trackers/paged");
    expect(html).toContain("http://localhost:8787/t/paged");
    expect(html).toContain("npm run deploy -- --tracker-host paged.example.com");
    expect(html).toContain("/postbacks?channel=tracker%3Apaged");
    expect(html).toContain("None yet");
    expect(await page("/postbacks?channel=tracker%3Apaged")).toContain('value="tracker:paged"');
  });

  test("look at a list before it is set, set what can be, and say what cannot", async () => {
    const looked = await (await send([["pasted", LIST]])).text();
    expect(looked).toContain("2 aliases would be new; 2 lines cannot be set.");
    expect(looked).toContain("There is no link &quot;nowhere&quot;: create it first.");
    expect(await edge("alias:paged/12/34")).toBeNull();
    const set = await send([["send", "1"]], LIST);
    expect([set.status, await set.text()]).toEqual([200, expect.stringContaining("2 lines")]);
    expect([await edge("alias:paged/12/34"), await edge("alias:paged/12/35")]).toEqual([
      { link: "demo" },
      { link: "demo" },
    ]);
    const again = await (await send([["pasted", LIST]])).text();
    expect(again).toContain("2 are so already; 2 lines cannot be set.");
    const whole = await send([
      ["pasted", "13/1,other\n13/2,demo"],
      ["send", "1"],
    ]);
    expect([whole.status, whole.headers.get("location")]).toEqual([303, "/trackers/paged/aliases?done=set"]);
    expect(await page("/trackers/paged")).toContain("4 placed links lead to links of ours.");
    expect(await page("/trackers/paged")).toContain("/t/paged/aff_c?offer_id=12&amp;aff_id=34");
  });

  test.each([
    ["nothing", ""],
    ["three columns without names", "a,b,c"],
    ["a header without links", "alias,to\na,b"],
    ["a header alone", "alias,link\n"],
    ["what is no CSV", 'alias,link\n"a,b'],
    ["more lines than a page sets", `${"a,demo\n".repeat(5_001)}`],
  ])("refuse %s, and say so", async (_, list) => {
    const html = await (await send([["send", "1"]], list)).text();
    expect(html).toContain('data-tone="bad"');
  });

  test("take aliases away, and stand on a link's page as its old addresses", async () => {
    expect(await page("/links/other")).toContain("https://paged.example.com/aff_c?offer_id=13&amp;aff_id=1");
    const gone = await send([
      ["gone", "13/1"],
      ["gone", "13/2"],
    ]);
    expect(gone.headers.get("location")).toBe("/trackers/paged/aliases?done=gone");
    expect(await edge("alias:paged/13/1")).toBeNull();
    const html = await page("/trackers/paged/aliases?alias=12%2F34");
    expect(html).toContain("12/34");
    expect(html).not.toContain("12/35");
  });

  test("take no form from elsewhere", async () => {
    expect((await send([["gone", "12/34"]], "", { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect(await edge("alias:paged/12/34")).toEqual({ link: "demo" });
  });
});
