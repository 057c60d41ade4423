/** The click log's way out: what is said of a click, how clicks are packed, who counts as the same visitor, and what a broken queue costs. */
import { setImmediate } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import type { ClicksMessage } from "../../schema/messages.ts";
import { createClickCollector } from "../../workers/click/click-collector.ts";
import { createVisitorHash } from "../../workers/click/visitor.ts";
import { NO_PARAMETERS } from "../../workers/core/click/click-parameters.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { BROWSER, CLICK_KEYS, LINK, locationOf, startEdge, type Visit } from "./edge.ts";

const MESSAGE_LIMIT_BYTES = 128_000 - 100;
const size = (message: ClicksMessage) => new TextEncoder().encode(JSON.stringify(message)).length;
const FROM = (address: string, headers: Record<string, string> = {}): Visit => ({
  headers: { "cf-connecting-ip": address, ...headers },
});

describe.concurrent("a logged click", () => {
  it("says everything that the log keeps, and nothing else", async () => {
    const edge = startEdge();
    const answer = await edge.visit("/c/demo?sub1=a&sub3=c&external_id=e&wbraid=e&ad_consent=0&color=red&url=x", {
      headers: { "cf-connecting-ip": "203.0.113.7", referer: "https://user:pass@blog.example:8443/post?secret=1#f" },
      cf: { country: "DE", verifiedBotCategory: "Search Engine Crawler" },
    });
    await edge.settle();
    expect(edge.clicks()).toEqual([
      {
        clickId: locationOf(answer).searchParams.get("click_id"),
        offer: LINK.offer,
        affiliate: LINK.affiliate,
        advertiser: LINK.advertiser,
        bot: true,
        country: "DE",
        device: "desktop",
        os: "windows",
        userAgent: BROWSER,
        referrer: "blog.example",
        externalId: "e",
        externalKind: "wbraid",
        adConsent: "0",
        subs: ["a", "", "c"],
        visitor: expect.stringMatching(/^[0-9a-hjkmnp-tv-z]{20}$/),
      },
    ]);
    expect(JSON.stringify(edge.sent)).not.toMatch(/203\.0\.113|secret|pass/);
  });

  it("of a prefetch is provisional", async () => {
    const edge = startEdge();
    await edge.visit("/c/demo", { headers: { "sec-purpose": "prefetch" } });
    await edge.settle();
    expect(edge.clicks()).toMatchObject([{ provisional: true }]);
  });

  it("of a page's image is embedded", async () => {
    const edge = startEdge();
    await edge.visit("/c/demo", { headers: { "sec-fetch-dest": "image" } });
    await edge.settle();
    expect(edge.clicks()).toMatchObject([{ embedded: true }]);
    expect(edge.clicks()[0]).not.toHaveProperty("provisional");
  });

  it("without consent has no visitor, no sub-ids and no external ID", async () => {
    const edge = startEdge();
    await edge.visit("/c/demo?consent=0&sub1=a&external_id=e&gclid=g", FROM("203.0.113.7"));
    await edge.settle();
    expect(Object.keys(edge.clicks()[0] ?? {}).sort()).toEqual(
      ["advertiser", "affiliate", "clickId", "device", "offer", "os", "userAgent"].sort(),
    );
  });

  it.each([[""], ["not an address"], ["about:blank"], [`https://${"x".repeat(300)}.example/`]])(
    "referrer %j gives no host",
    async (referer) => {
      const edge = startEdge();
      await edge.visit("/c/demo", { headers: { referer } });
      await edge.settle();
      expect(edge.clicks()[0]).not.toHaveProperty("referrer");
    },
  );
});

describe.concurrent("the visitor", () => {
  it("is the same for one address, user agent and link, and another for any other", async () => {
    const edge = startEdge();
    edge.publish("other", { link: 8 });
    await edge.visit("/c/demo", FROM("203.0.113.7"));
    await edge.visit("/c/demo?sub1=x", FROM("203.0.113.7"));
    await edge.visit("/c/demo", FROM("203.0.113.8"));
    await edge.visit("/c/demo", FROM("203.0.113.7", { "user-agent": `${BROWSER} x` }));
    await edge.visit("/c/other", FROM("203.0.113.7"));
    await edge.settle();
    const [one, same, ...others] = edge.clicks().map((click) => click.visitor);
    expect(same).toBe(one);
    expect(new Set([one, ...others]).size).toBe(4);
  });

  it("is the same in every isolate", async () => {
    const [here, there] = [startEdge(), startEdge()];
    for (const edge of [here, there]) await edge.visit("/c/demo", FROM("203.0.113.7"));
    await Promise.all([here.settle(), there.settle()]);
    expect(here.clicks()[0]?.visitor).toBe(there.clicks()[0]?.visitor);
  });

  it("is another one tomorrow, and under another key", async () => {
    const ringOf = async (fill: number) => {
      const ring = await importKeyRing(
        JSON.stringify({ signing: 1, keys: { 1: Buffer.alloc(32, fill).toString("base64") } }),
      );
      if (!ring.ok) throw new Error(ring.refusal);
      return ring.value;
    };
    const hash = createVisitorHash();
    const visit = {
      address: "203.0.113.7",
      userAgent: BROWSER,
      link: 7,
      atMs: Date.UTC(2026, 10, 23, 23, 59, 59, 999),
    };
    const today = await hash(await ringOf(1), visit);
    // Golden: all isolates of all deploys must agree on it for a day.
    expect(today).toBe("khvxzf5xrrdf4jq0jzrd");
    expect(await hash(await ringOf(1), { ...visit, atMs: visit.atMs + 1 })).not.toBe(today);
    expect(await hash(await ringOf(1), { ...visit, atMs: Date.UTC(2026, 10, 23) })).toBe(today);
    expect(await createVisitorHash()(await ringOf(2), visit)).not.toBe(today);
  });
});

describe.concurrent("packing", () => {
  it("clicks of a moment go in one message, after their answers", async () => {
    const edge = startEdge();
    for (let visit = 0; visit < 50; visit++) await edge.visit("/c/demo");
    expect(edge.sent).toEqual([]);
    await edge.settle();
    expect(edge.sent.map(({ clicks }) => clicks.length)).toEqual([50]);
  });

  it("a full message goes at once, and none is lost between messages", async () => {
    const edge = startEdge();
    const ids: (string | null)[] = [];
    for (let visit = 0; visit < 400; visit++)
      ids.push(locationOf(await edge.visit("/c/demo?sub1=abc", FROM("203.0.113.7"))).searchParams.get("click_id"));
    await vi.waitFor(() => expect(edge.sent.length).toBeGreaterThan(1), { timeout: 500 });
    await edge.settle();
    expect(edge.clicks().map((click) => click.clickId)).toEqual(ids);
    for (const message of edge.sent) expect(size(message)).toBeLessThan(64_000);
    expect(edge.sent.length).toBeLessThan(10);
  });

  it.each([
    ["control characters", "\0"],
    ["quotes", '"'],
    ["long characters", "\u20ac"],
    ["pairs", "👟"],
    ["plain", "x"],
  ])("the longest clicks, of %s, stay within a message's limit", async (_, letter) => {
    const edge = startEdge();
    const long = encodeURIComponent(letter.repeat(300));
    const id = encodeURIComponent(letter.repeat(512));
    const query = [...Array.from({ length: 10 }, (_, index) => `sub${index + 1}=${long}`), `li_fat_id=${id}`].join("&");
    const how = FROM("203.0.113.7", { "user-agent": "é".repeat(20_000), referer: `https://${"a.".repeat(126)}b/` });
    for (let visit = 0; visit < 60; visit++) {
      await edge.visit(`/c/demo?${query}`, how);
      // As requests come: messages go out between them.
      await setImmediate();
    }
    await edge.settle();
    expect(edge.clicks()).toHaveLength(60);
    for (const message of edge.sent) expect(size(message)).toBeLessThan(MESSAGE_LIMIT_BYTES);
  });

  it("after the moment that the setting says, and tells once a minute how many clicks went in how many messages", async () => {
    const told = vi.spyOn(console, "log").mockReturnValue();
    const edge = startEdge();
    const { left, sink, click } = await startCollecting(edge, 5);
    const log = createClickCollector();
    for (const atMs of [10_000, 10_001, 20_000, 70_000, 130_000]) {
      log.add(click(atMs), sink);
      // The second comes within the first one's moment.
      if (atMs !== 10_000) await Promise.all(left.splice(0));
    }
    expect(edge.sent.map(({ clicks }) => clicks.length)).toEqual([2, 1, 1, 1]);
    expect(told.mock.calls).toEqual([[{ event: "clicks_sent", clicks: 5, messages: 4 }]]);
    told.mockRestore();
  });

  it("when the request that promised to send is cut off, a later one takes over", async () => {
    const edge = startEdge();
    const { left, sink, click } = await startCollecting(edge, 1_000);
    const log = createClickCollector();
    // The platform cancels the first request's timer.
    const never = setTimeout(() => {}, 1_000_000);
    const timer = vi.spyOn(globalThis, "setTimeout").mockReturnValueOnce(never);
    log.add(click(10_000), sink);
    timer.mockRestore();
    clearTimeout(never);
    log.add(click(14_999), sink);
    expect(left).toHaveLength(1);
    log.add(click(15_000), sink);
    expect(left).toHaveLength(2);
    await left[1];
    expect(edge.clicks().map(({ clickId }) => clickId)).toEqual(["10000", "14999", "15000"]);
  });
});

describe("a broken queue", () => {
  it("is tried once more", async () => {
    const edge = startEdge();
    let tries = 0;
    edge.faults.queue = () => (++tries === 1 ? Promise.reject(new Error("queue is down")) : undefined);
    await edge.visit("/c/demo");
    await edge.settle();
    expect(tries).toBe(2);
    expect(edge.clicks()).toHaveLength(1);
  });

  it("that stays broken is told in one line with the number of clicks, and the next ones are sent again", async () => {
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const edge = startEdge();
    edge.faults.queue = () => Promise.reject(new Error("queue is down"));
    for (let visit = 0; visit < 3; visit++) expect((await edge.visit("/c/demo")).status).toBe(302);
    await edge.settle();
    expect(logged.mock.calls).toEqual([
      [{ event: "clicks_lost", clicks: 3, lostSinceStart: 3, error: "Error: queue is down" }],
    ]);
    edge.faults.queue = null;
    await edge.visit("/c/demo");
    await edge.settle();
    expect(edge.clicks()).toHaveLength(1);
    logged.mockRestore();
  });

  it("that hangs does not fill the memory: what is too much is given up, and counted", async () => {
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const edge = startEdge();
    edge.faults.queue = () => new Promise<never>(() => {});
    const long = encodeURIComponent("💥".repeat(256));
    const query = Array.from({ length: 10 }, (_, index) => `sub${index + 1}=${long}`).join("&");
    // Some five of these fill a message.
    for (let visit = 0; visit < 300; visit++) expect((await edge.visit(`/c/demo?${query}`)).status).toBe(302);
    await vi.waitFor(() => expect(logged).toHaveBeenCalled());
    for (const [line] of logged.mock.calls)
      expect(line).toMatchObject({ event: "clicks_lost", error: expect.stringContaining("under way") });
    logged.mockRestore();
  });
});

/** A collector's surroundings without the worker: what was left for later, where clicks go, and clicks of these times. */
async function startCollecting(edge: ReturnType<typeof startEdge>, momentMs: number) {
  const ring = await importKeyRing(CLICK_KEYS);
  if (!ring.ok) throw new Error(ring.refusal);
  const left: Promise<unknown>[] = [];
  const source = {
    userAgent: "",
    referrer: "",
    address: "",
    country: undefined,
    device: "other",
    os: "other",
    provisional: false,
    embedded: false,
    bot: false,
  };
  return {
    left,
    sink: {
      queue: edge.env.CLICK_LOG,
      momentMs,
      ring: ring.value,
      ctx: { waitUntil: (promise: Promise<unknown>) => void left.push(promise) },
    },
    click: (atMs: number) => ({ clickId: `${atMs}`, atMs, record: LINK, parameters: NO_PARAMETERS, source }),
  };
}
