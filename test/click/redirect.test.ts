/** The contract of GET /c/{slug}: status, headers, destination, and what a click ID says. */
import { describe, expect, it, vi } from "vitest";
import type { LinkRecord } from "../../schema/records.ts";
import { readClickId } from "../../workers/core/click-id.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { BROWSER, CLICK_KEYS, LINK, locationOf, startEdge, type Visit } from "./edge.ts";

const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
const CLICK_ID = /^[0-9a-hjkmnp-tv-z]{36}$/;

async function clickOf(answer: Response, parameter = "click_id") {
  const ring = await importKeyRing(CLICK_KEYS);
  if (!ring.ok) throw new Error(ring.refusal);
  const click = await readClickId(ring.value, locationOf(answer).searchParams.get(parameter) ?? "");
  if (!click.ok) throw new Error(click.refusal);
  return click.value;
}

/** Visits a link whose record differs from LINK in `record`. */
async function visit(record: Partial<LinkRecord>, path = "/c/demo", how?: Visit) {
  const edge = startEdge();
  edge.publish("demo", record);
  return edge.visit(path, how);
}

describe("a click", () => {
  it("redirects with a sealed click ID, and its headers keep it out of caches and indexes", async () => {
    const answer = await visit({});
    expect(answer.status).toBe(302);
    expect(Object.fromEntries(answer.headers)).toEqual({
      location: expect.stringMatching(/^https:\/\/shop\.example\/shoes\?click_id=[0-9a-hjkmnp-tv-z]{36}&from=blog$/),
      "cache-control": "no-store",
      "referrer-policy": "strict-origin-when-cross-origin",
      "x-robots-tag": "noindex",
    });
    const click = await clickOf(answer);
    expect(click).toMatchObject({ link: LINK.link, test: false, provisional: false });
    expect(Math.abs(Date.now() - click.issuedAtMs)).toBeLessThan(5_000);
  });

  it("answers as its offer says: 307, referrer policy", async () => {
    const answer = await visit({ redirectStatus: 307, referrerPolicy: "no-referrer" });
    expect(answer.status).toBe(307);
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
  });

  it.each([["/c/demo"], ["/c/demo/"], ["/C/DEMO"], ["/c/Demo/?sub1=x"]])("is known as %s", async (path) => {
    expect((await visit({}, path)).status).toBe(302);
  });

  it.each([
    ...[
      "/c/demo.",
      "/c/demo,",
      "/c/demo)",
      "/c/demo%22",
      "/c/demo%20",
      "/c/demo\u200b",
      "/c/demo%EF%BB%BF",
      "/c/demo!?",
    ],
    ...[
      "/c/demo).",
      "/c/demo%E2%80%9D.",
      "/c/demo%29%2C",
      "/c/demo/.",
      "/c/demo;",
      "/c/demo*",
      "/c/demo>",
      "/c/demo]",
      "/c/demo…",
    ],
  ])("reaches its link when something sticks to it: %s", async (path) => {
    const record = { destination: "https://s.example/?c={click_id}&s={sub1}-{sub2}" };
    expect((await visit(record, path)).status).toBe(302);
    const sub = path.endsWith("?") ? "sub1=a" : "?sub1=a";
    expect(locationOf(await visit(record, `${path}${sub}`)).searchParams.get("s")).toBe("a-");
  });

  it.each([
    ["/c/demo&sub1=a", "a-"],
    ["/c/demo/&sub1=a&sub2=b", "a-b"],
    ["/c/demo&sub1=a?sub2=b", "a-b"],
    ["/c/demo%26sub1=a", "a-"],
    ["/c/demo.&amp;sub1=a", "a-"],
    ["/c/demo?sub1=a?sub2=b", "a-b"],
    ["/c/demo??sub1=a", "a-"],
    ["/c/demo?sub1=a&amp;sub2=b", "a-b"],
  ])("keeps its sub-ids as people carry them: %s", async (path, subs) => {
    const answer = await visit({ destination: "https://s.example/?c={click_id}&s={sub1}-{sub2}" }, path);
    expect(locationOf(answer).searchParams.get("s")).toBe(subs);
  });

  it.each(["/c/demo.php", "/c/demo/x", "/c/demo%41", "/c/demo.a&sub1=x", "/c/demo%2Fx"])(
    "is none of another link: %s",
    async (path) => {
      expect((await visit({}, path)).status).toBe(404);
    },
  );

  it("a thousand at once have a thousand IDs, and KV is asked once", async () => {
    const edge = startEdge();
    await edge.visit("/c/demo");
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => edge.visit("/c/demo")));
    expect(new Set(answers.map((answer) => locationOf(answer).searchParams.get("click_id"))).size).toBe(1_000);
    expect(edge.reads).toEqual(["link:demo"]);
  });

  it.each<[path: string, destination: string, location: RegExp]>([
    [
      "/c/demo?sub1=a%20b&sub2=c",
      "https://s.example/{sub1}/?x={sub2}&c={click_id}",
      /^https:\/\/s\.example\/a%20b\/\?x=c&c=\w{36}$/,
    ],
    [
      "/c/demo?aff_sub=a&external_id=e",
      "https://s.example/?x={sub1}&e={external_id}&c={click_id}",
      /\?x=a&e=e&c=\w{36}$/,
    ],
    ["/c/demo?sub1=$%26", "https://s.example/?x={sub1}&c={click_id}", /\?x=%24%26&c=\w{36}$/],
    ["/c/demo?sub1={click_id}", "https://s.example/?x={sub1}&c={click_id}", /\?x=%7Bclick_id%7D&c=\w{36}$/],
    [
      "/c/demo",
      "https://s.example/?o={offer}&l={link}&a={affiliate}&v={advertiser}",
      /\?o=shoes&l=demo&a=blog&v=acme&click_id=\w{36}$/,
    ],
    [
      "/c/demo",
      "https://s.example/?t={timestamp}&d={date}&r={random}",
      /\?t=\d{10}&d=\d{4}-\d\d-\d\d&r=\d+&click_id=\w{36}$/,
    ],
    ["/c/demo", "https://s.example/#top", /^https:\/\/s\.example\/\?click_id=\w{36}#top$/],
    ["/c/demo?color=red", "https://s.example/", /^https:\/\/s\.example\/\?click_id=\w{36}$/],
  ])("%s to %s", async (path, destination, location) => {
    expect((await visit({ destination }, path)).headers.get("location")).toMatch(location);
  });

  it("says where and on what the visitor is", async () => {
    const destination = "https://s.example/?c={country}&d={device}&o={os}&i={click_id}";
    const answer = await visit({ destination }, "/c/demo", { cf: { country: "DE" }, headers: { "user-agent": PHONE } });
    expect(answer.headers.get("location")).toMatch(/\?c=DE&d=mobile&o=ios&i=\w{36}$/);
    const unknown = await visit({ destination }, "/c/demo", { cf: { country: "XX" } });
    expect(unknown.headers.get("location")).toMatch(/\?c=&d=desktop&o=windows&i=\w{36}$/);
  });

  it("passes unknown parameters on where the offer says so", async () => {
    const record: Partial<LinkRecord> = { passThrough: true, destination: "https://s.example/?c={click_id}" };
    const answer = await visit(record, "/c/demo?color=red&c=forged&click_id=forged&gclid=g&sub1=s&consent=1");
    expect(answer.headers.get("location")).toMatch(/^https:\/\/s\.example\/\?c=\w{36}&color=red&gclid=g$/);
  });
});

describe("deep links", () => {
  const record: Partial<LinkRecord> = { deepLinkHosts: ["shop.example"] };
  const deep = (url: string) => `/c/demo?url=${encodeURIComponent(url)}`;

  it("lead to the page that was asked for, with the parameters that tell the click", async () => {
    const answer = await visit(record, deep("https://shop.example/p/1?size=42#reviews"));
    expect(answer.headers.get("location")).toMatch(
      /^https:\/\/shop\.example\/p\/1\?size=42&click_id=\w{36}&from=blog#reviews$/,
    );
  });

  it.each([
    ["//evil.example"],
    ["\\\\evil.example"],
    ["https:evil.example"],
    ["https://shop.example@evil.example"],
    ["https://shop.example.evil.example/"],
    ["http://shop.example/"],
    ["javascript:alert(1)"],
    ["https://shop.example./"],
    ["https://xn--hop-2hd.example/"],
    ["\r\nhttps://shop.example/"],
  ])("%j is ignored", async (url) => {
    expect(locationOf(await visit(record, deep(url))).href).toMatch(
      /^https:\/\/shop\.example\/shoes\?click_id=\w{36}&from=blog$/,
    );
  });

  it("a rule's destination goes before a deep link", async () => {
    const rules = [{ countries: ["DE"], destination: "https://de.example/" }];
    const answer = await visit({ ...record, rules }, deep("https://shop.example/p"), { cf: { country: "DE" } });
    expect(locationOf(answer).host).toBe("de.example");
  });
});

describe("without consent", () => {
  it("the destination carries no click ID, no sub-id and no external ID", async () => {
    const destination = "https://s.example/{sub1}?c={click_id}&x={sub2}&e={external_id}&a={affiliate}";
    const answer = await visit(
      { destination, passThrough: true },
      "/c/demo?consent=0&sub1=a&sub2=b&external_id=e&gclid=g",
    );
    expect(answer.headers.get("location")).toBe("https://s.example/?c=&x=&e=&a=blog");
  });

  it("none is appended either", async () => {
    const answer = await visit({ destination: "https://s.example/p#f" }, "/c/demo?consent=0");
    expect(answer.headers.get("location")).toBe("https://s.example/p#f");
  });
});

describe("test clicks", () => {
  it.each([
    [true, "?test=1", true],
    [true, "?test=0", false],
    [true, "", false],
    [undefined, "?test=1", false],
  ])("link marked %s, %j: %s", async (marked, query, test) => {
    const answer = await visit(marked ? { test: marked } : {}, `/c/demo${query}`);
    expect(await clickOf(answer)).toMatchObject({ test });
  });
});

describe("what is no visit yet gets a working click ID that says so", () => {
  it.each<[string, Visit, boolean]>([
    ["a browser", {}, false],
    ["HEAD", { method: "HEAD" }, true],
    ["Sec-Purpose", { headers: { "sec-purpose": "prefetch;prerender" } }, true],
    ["Purpose", { headers: { purpose: "prefetch" } }, true],
    ["X-Moz", { headers: { "x-moz": "prefetch" } }, true],
    ["X-Purpose", { headers: { "x-purpose": "preview" } }, true],
    ["a previewer", { headers: { "user-agent": "facebookexternalhit/1.1" } }, true],
    ["a previewer the platform knows", { cf: { verifiedBotCategory: "Page Preview" } }, true],
    ...[
      "image",
      "iframe",
      "frame",
      "embed",
      "object",
      "script",
      "style",
      "font",
      "audio",
      "video",
      "empty",
      "report",
    ].map((destination): [string, Visit, boolean] => [
      `Sec-Fetch-Dest: ${destination}`,
      { headers: { "sec-fetch-dest": destination } },
      true,
    ]),
    ["Sec-Fetch-Dest: document", { headers: { "sec-fetch-dest": "document" } }, false],
    ["an empty Sec-Fetch-Dest", { headers: { "sec-fetch-dest": "" } }, false],
    ["a crawler the platform knows", { cf: { verifiedBotCategory: "Search Engine Crawler" } }, false],
    ["a bot by its name", { headers: { "user-agent": "Googlebot/2.1" } }, false],
  ])("%s", async (_, how, provisional) => {
    const answer = await visit({}, "/c/demo", how);
    expect(answer.status).toBe(302);
    expect(await clickOf(answer)).toMatchObject({ provisional });
  });
});

const FALLBACK = "https://fallback.example/gone?a={affiliate}";

it("what does not say what it is, is no visitor until somebody buys", async () => {
  for (const headers of [{ "user-agent": "" }, { "user-agent": BROWSER }]) {
    const answer = await visit({}, "/c/demo", { headers });
    expect((await clickOf(answer)).provisional).toBe(headers["user-agent"] === "");
  }
});

describe("states: fallback, or 410 without one", () => {
  it.each<[string, Partial<LinkRecord>]>([
    ["link paused", { closed: "link_paused" }],
    ["link ended", { closed: "link_ended" }],
    ["offer paused", { closed: "offer_paused" }],
    ["offer ended", { closed: "offer_ended" }],
    ["affiliate blocked", { closed: "affiliate_blocked" }],
    ["advertiser closed", { closed: "advertiser_closed" }],
    ["not started", { startsAtMs: Date.now() + 3_600_000 }],
    ["over", { endsAtMs: Date.now() - 1 }],
    ["blocked by a rule", { rules: [{ devices: ["desktop"], block: true }] }],
    ["destination unreadable", { destination: "https://{sub1}/" }],
  ])("%s", async (_, record) => {
    const quiet = vi.spyOn(console, "error").mockReturnValue();
    const gone = await visit(record);
    expect(gone.status).toBe(410);
    expect(gone.headers.get("location")).toBeNull();
    expect(gone.headers.get("cache-control")).toBe("no-store");
    const edge = startEdge();
    edge.publish("demo", { ...record, fallbackUrl: FALLBACK, redirectStatus: 307 });
    const sent = await edge.visit("/c/demo?sub1=x");
    expect(sent.status).toBe(302);
    // No click ID: one would prove that the link was live.
    expect(sent.headers.get("location")).toBe("https://fallback.example/gone?a=blog");
    await edge.settle();
    expect(edge.clicks()).toEqual([]);
    quiet.mockRestore();
  });

  it.each<[string, Partial<LinkRecord>]>([
    ["started", { startsAtMs: Date.now() - 1 }],
    ["not yet over", { endsAtMs: Date.now() + 3_600_000 }],
    ["another device's rule", { rules: [{ devices: ["mobile"], block: true }] }],
    ["a rule before the block lets it pass", { rules: [{ devices: ["desktop"] }, { block: true }] }],
  ])("%s: open", async (_, record) => {
    expect((await visit(record)).status).toBe(302);
    expect(locationOf(await visit(record)).host).toBe("shop.example");
  });

  it("rules send visitors where the offer says", async () => {
    const rules = [
      { countries: ["DE", "AT"], destination: "https://de.example/?c={click_id}" },
      { systems: ["ios"], destination: "https://ios.example/" },
    ];
    const host = async (how: Visit) => locationOf(await visit({ rules }, "/c/demo", how)).host;
    expect(await host({ cf: { country: "AT" }, headers: { "user-agent": PHONE } })).toBe("de.example");
    expect(await host({ cf: { country: "US" }, headers: { "user-agent": PHONE } })).toBe("ios.example");
    expect(await host({ cf: { country: "US" }, headers: { "user-agent": BROWSER } })).toBe("shop.example");
    expect(await host({})).toBe("shop.example");
  });
});

describe("caps", () => {
  it("over the cap clicks go to the fallback, and back after it", async () => {
    const edge = startEdge("0");
    edge.publish("demo", { capped: true, fallbackUrl: "https://fallback.example/" });
    const host = async () => locationOf(await edge.visit("/c/demo")).host;
    expect(await host()).toBe("shop.example");
    edge.publishCap(LINK.offer, { untilMs: Date.now() + 3_600_000 });
    expect(await host()).toBe("fallback.example");
    edge.publishCap(LINK.offer, { untilMs: Date.now() - 1 });
    expect(await host()).toBe("shop.example");
  });

  it("the record is held like the link's, and not read for offers without a cap", async () => {
    const edge = startEdge();
    edge.publish("capped", { capped: true });
    for (const path of ["/c/demo", "/c/capped", "/c/demo", "/c/capped"]) await edge.visit(path);
    expect(edge.reads).toEqual(["link:demo", "link:capped", "cap:3"]);
  });

  it("when it cannot be read, clicks pass", async () => {
    const quiet = vi.spyOn(console, "error").mockReturnValue();
    const edge = startEdge("0");
    edge.publish("demo", { capped: true });
    edge.faults.kv = (key) => (key.startsWith("cap:") ? Promise.reject(new Error("KV is down")) : undefined);
    expect((await edge.visit("/c/demo")).status).toBe(302);
    quiet.mockRestore();
  });
});

describe("everything else", () => {
  it.each([
    ["/c/unknown"],
    ["/"],
    ["/c"],
    ["/c/"],
    ["/c//"],
    ["/c/demo/more"],
    ["/c/demo%2f"],
    ["/c/%00"],
    ["/c/..%2fdemo"],
    ["//c/demo"],
    ["/p/acme"],
    ["/c/__proto__"],
    ["/c/constructor"],
    [`/c/${"x".repeat(64)}`],
    [`/c/${"x".repeat(60_000)}`],
    ["/c/ünknown"],
    ["/favicon.ico"],
  ])("%s is 404", async (path) => {
    const answer = await startEdge().visit(path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect((await answer.text()).length).toBeLessThan(100);
  });

  it("what cannot be a slug is not looked up: only whether the host is another tracker's, and that once", async () => {
    const edge = startEdge();
    await edge.visit(`/c/${"x".repeat(600)}`);
    await edge.visit("/c/-x");
    expect(edge.reads).toEqual(["tracker:go.example"]);
  });

  it.each([["PUT"], ["DELETE"], ["PATCH"], ["OPTIONS"]])("%s is 405", async (method) => {
    const answer = await startEdge().visit("/c/demo", { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD, POST");
  });

  it("HEAD of what is not there has no body", async () => {
    const answer = await startEdge().visit("/c/unknown", { method: "HEAD" });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe("");
  });

  it("a change is live at once where records are never fresh", async () => {
    const edge = startEdge("0");
    expect((await edge.visit("/c/demo")).status).toBe(302);
    edge.publish("demo", { closed: "link_paused" });
    expect((await edge.visit("/c/demo")).status).toBe(410);
    edge.stored.clear();
    expect((await edge.visit("/c/demo")).status).toBe(404);
    edge.publish("demo", {});
    expect((await edge.visit("/c/demo")).status).toBe(302);
  });

  it("IDs are of the shape that the contract promises", async () => {
    expect(locationOf(await visit({})).searchParams.get("click_id")).toMatch(CLICK_ID);
  });
});
