/** The link builder of the pages takes the deep links that the redirect takes, and no others. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readDeepLink } from "../../workers/core/click/deep-link.ts";

const HOSTS = ["shop.example", "*.shops.example", "shop.example:8443"];
const script = readFileSync("workers/console/shell/assets/link-builder.client.js", "utf8");
const deepLinkFault: unknown = new Function("document", `${script.replaceAll("export ", "")}\nreturn deepLinkFault;`)({
  querySelectorAll: () => [],
});

function faultOf(text: string, hosts: readonly string[] = HOSTS): unknown {
  if (typeof deepLinkFault !== "function") throw new Error("the script has no deepLinkFault");
  return deepLinkFault(text, hosts);
}

const scheme = fc.constantFrom(
  "https://",
  "HTTPS://",
  "http://",
  "https:/",
  "https:",
  "//",
  "",
  "https%3a%2f%2f",
  "javascript:",
);
const host = fc.constantFrom(
  ...["shop.example", "SHOP.example", "shop.example:443", "shop.example:8443", "shop.example:1", "de.shops.example"],
  ...[
    "shops.example",
    ".shops.example",
    "evil.example",
    "shop.example.evil.example",
    "user@shop.example",
    "xn--hop-2hd.example",
  ],
  ...["shop.example\\", "shop .example", "[::1]", "2130706433", "%73hop.example", "{host}", "…", "shop.example."],
);
const rest = fc.constantFrom(
  "",
  "/",
  "/p?q=1#x",
  "?q=1",
  "/a b",
  "/p%2fq",
  "#",
  "\\x",
  "/\n",
  "/{campaign}",
  `/${"x".repeat(3_000)}`,
  "%2fp",
  "%zz",
);

test("an address is left out where clicks would go elsewhere, and nowhere else", () => {
  fc.assert(
    fc.property(scheme, host, rest, (scheme, host, rest) => {
      const text = scheme + host + rest;
      expect([text, faultOf(text) === null]).toEqual([text, readDeepLink(text, HOSTS) !== null]);
    }),
    { numRuns: 3_000 },
  );
});

test("what is wrong is said", () => {
  expect(faultOf("shop.example/p")).toContain("https://");
  expect(faultOf("http://shop.example/p")).toContain("https://");
  expect(faultOf("https://evil.example/p")).toContain("shop.example, *.shops.example");
  expect(faultOf("https://shop.example/p")).toBeNull();
});
