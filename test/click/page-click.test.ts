/** `POST /c/{slug}`: a page of the shop's is told a click ID, which is counted and sealed as a redirect's is; nobody else's page is. */
import { describe, expect, it } from "vitest";
import { readClickId } from "../../workers/core/click-id.ts";
import { openKeyRing } from "../../workers/core/key-ring.ts";
import { BROWSER, CLICK_KEYS, LINK, startEdge } from "./edge.ts";

const SHOP = { origin: "https://shop.example", referer: "https://shop.example/shoes", "sec-fetch-dest": "empty" };

async function ask(path: string, headers: Record<string, string> = SHOP) {
  const edge = startEdge();
  const answer = await edge.visit(path, { method: "POST", headers });
  const body: unknown = await answer.json();
  await edge.settle();
  return { edge, answer, clickId: Object(body).click_id };
}

describe("the click of a shop's page", () => {
  it("has an ID like any other, and is counted as one, with where its visitor came from", async () => {
    const { edge, answer, clickId } = await ask(
      "/c/demo?gclid=G-1&sub1=a&ad_consent=0&referrer=https%3A%2F%2Fnews.example",
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://shop.example");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const ring = await openKeyRing("CLICK_KEYS", CLICK_KEYS);
    const read = readClickId(ring, clickId);
    expect(read).toMatchObject({ ok: true, value: { link: LINK.link, provisional: false, test: false } });
    expect(edge.clicks()).toEqual([
      {
        clickId,
        offer: LINK.offer,
        affiliate: LINK.affiliate,
        advertiser: LINK.advertiser,
        device: "desktop",
        os: "windows",
        userAgent: BROWSER,
        referrer: "news.example",
        externalId: "G-1",
        externalKind: "gclid",
        adConsent: "0",
        subs: ["a"],
        visitor: expect.any(String),
      },
    ]);
  });

  it("in a frame counts only if a conversion follows", async () => {
    const { edge } = await ask("/c/demo?gclid=G-1&framed=1");
    expect(edge.clicks()).toMatchObject([{ embedded: true }]);
  });

  it("without consent is counted, and has no ID that anybody hears of", async () => {
    const { edge, answer, clickId } = await ask("/c/demo?gclid=G-1&consent=0");
    expect([answer.status, clickId]).toEqual([200, null]);
    expect(edge.clicks()).toHaveLength(1);
    expect(edge.clicks()[0]).not.toHaveProperty("visitor");
    expect(edge.clicks()[0]).not.toHaveProperty("externalId");
  });

  it.each([
    ["another site's page", { ...SHOP, origin: "https://blog.example" }],
    ["a page that says no origin", { referer: "https://shop.example/" }],
    ["a sandbox", { ...SHOP, origin: "null" }],
  ])("is not for %s", async (_, headers) => {
    const { edge, answer, clickId } = await ask("/c/demo?gclid=G-1", headers);
    expect([answer.status, clickId]).toEqual([403, null]);
    expect(edge.clicks()).toEqual([]);
  });

  it("is none where the link is closed, and where there is no link", async () => {
    const edge = startEdge();
    edge.publish("closed", { closed: "link_paused", fallbackUrl: "https://shop.example/over" });
    const closed = await edge.visit("/c/closed", { method: "POST", headers: SHOP });
    expect([closed.status, await closed.json()]).toEqual([410, { click_id: null }]);
    expect(closed.headers.get("location")).toBeNull();
    expect((await edge.visit("/c/nothing", { method: "POST", headers: SHOP })).status).toBe(404);
    await edge.settle();
    expect(edge.clicks()).toEqual([]);
  });
});

it("serves the script to every site's pages, and keeps it small", async () => {
  const edge = startEdge();
  const answer = await edge.visit("/click.js");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toContain("text/javascript");
  expect(answer.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  const { gzipSync } = await import("node:zlib");
  expect(gzipSync(await answer.text()).length).toBeLessThan(2_048);
  expect((await edge.visit("/click.js", { method: "POST" })).status).toBe(404);
});
