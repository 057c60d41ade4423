/** Whatever a stranger sends: an answer of the contract, a Location that stays where the offer says, and no line in the log that a stranger wrote. */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { locationOf, startEdge } from "./edge.ts";

const NASTY = fc.constantFrom(
  "\r\nSet-Cookie: x=1",
  "\n",
  "\0",
  "\ud800",
  "\udc00",
  "%0d%0a",
  "%00",
  "%",
  "%f",
  "%ff%fe",
  "%c0%af",
  "%ed%a0%80",
  "\ufeff",
  "\u202e",
  "../",
  "..%2f",
  "//evil.example",
  "\\\\evil.example",
  "https:evil.example",
  "https://shop.example@evil.example",
  "javascript:alert(1)",
  "https://xn--80ak6aa92e.example.",
  "https://shop.example.",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "' OR 1=1 --",
  '"; DROP TABLE clicks; --',
  "<script>alert(1)</script>",
  '=HYPERLINK("x")',
  "{click_id}",
  "{sub1}",
  "$&",
  "$1",
  "1e309",
  "-0",
  "１２",
  "𝓭𝓮𝓶𝓸",
);
const TEXT = fc.oneof(
  NASTY,
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constant("x".repeat(5_000)),
);
const NAME = fc.oneof(
  TEXT,
  fc.constantFrom("sub1", "sub1[]", "sub10", "s1", "external_id", "url", "consent", "test", "click_id", "gclid"),
);
const ENCODED = fc
  .tuple(NAME, TEXT, fc.boolean())
  .map(([name, value, raw]) =>
    raw ? `${name}=${value}` : `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`,
  );
const SLUG = fc.oneof({ weight: 3, arbitrary: fc.constant("demo") }, { weight: 1, arbitrary: TEXT });
const METHOD = fc.constantFrom("GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE");
const HEADER = fc
  .string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 60,
  })
  .map((text) => text.trim());
const HEADERS = fc.record(
  { "user-agent": HEADER, referer: HEADER, "cf-connecting-ip": HEADER, purpose: HEADER, host: HEADER, cookie: HEADER },
  { requiredKeys: [] },
);
const CF = fc.record(
  {
    country: fc.constantFrom("DE", "XX", "T1", "", "<b>", "de"),
    verifiedBotCategory: fc.constantFrom("", "x", "Page Preview"),
  },
  { requiredKeys: [] },
);

describe("hostile requests", () => {
  it("get an answer of the contract and cannot choose where they are sent", async () => {
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const edge = startEdge();
    edge.publish("demo", {
      passThrough: true,
      deepLinkHosts: ["shop.example"],
      destination: "https://shop.example/{sub2}/?c={click_id}&s={sub1}#{external_id}",
    });
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(
        SLUG,
        fc.array(ENCODED, { maxLength: 6 }),
        METHOD,
        HEADERS,
        CF,
        async (slug, pairs, method, headers, cf) => {
          const path = `/c/${slug.replace(/[?#]/g, "")}?${pairs.join("&").replaceAll("#", "")}`;
          if (!URL.canParse(path, "https://go.example")) return;
          const answer = await edge.visit(path, { method, headers, cf });
          seen.add(answer.status);
          expect([302, 403, 404, 405]).toContain(answer.status);
          if (answer.status !== 302) return;
          const location = answer.headers.get("location") ?? "";
          expect(location).toMatch(/^https:\/\/shop\.example\/[!-~]*$/);
          expect(locationOf(answer).origin).toBe("https://shop.example");
          expect([...answer.headers.keys()].sort()).toEqual([
            "cache-control",
            "location",
            "referrer-policy",
            "x-robots-tag",
          ]);
        },
      ),
      { numRuns: 1_200 },
    );
    expect([...seen].sort()).toEqual([302, 403, 404, 405]);
    await edge.settle();
    expect(logged).not.toHaveBeenCalled();
    logged.mockRestore();
  });

  it.each([
    ["10,000 parameters", Array.from({ length: 10_000 }, (_, index) => `sub1=${index}&p${index}=x`).join("&")],
    ["a value of 100 KB", `sub1=${"x".repeat(100_000)}`],
    ["a name of 100 KB", `${"x".repeat(100_000)}=1`],
    ["100 KB of percent signs", `sub1=${"%".repeat(100_000)}`],
    ["10,000 ampersands", "&".repeat(10_000)],
    ["arrays", "sub1[]=a&sub1[1]=b&sub1=c"],
    ["repeats", "sub1=a&sub1=b&url=x&url=y"],
    ["prototypes", "__proto__=x&constructor=y&__proto__[test]=1"],
  ])("%s", async (_, query) => {
    const edge = startEdge();
    edge.publish("demo", { passThrough: true });
    const startMs = performance.now();
    const answer = await edge.visit(`/c/demo?${query}`);
    expect(answer.status).toBe(302);
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect((answer.headers.get("location") ?? "").length).toBeLessThan(16_000);
    await edge.settle();
    expect(edge.clicks()).toHaveLength(1);
  });

  it("a flood of made-up slugs leaves the real link in memory", async () => {
    const edge = startEdge();
    await edge.visit("/c/demo");
    for (let slug = 0; slug < 3_000; slug++) await edge.visit(`/c/made-up-${slug}`);
    edge.reads.length = 0;
    expect((await edge.visit("/c/demo")).status).toBe(302);
    expect(edge.reads).toEqual([]);
  });
});
