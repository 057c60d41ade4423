/** HMAC-SHA-256: the vectors of RFC 4231, and node's own as an oracle. */
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hmac, importHmacKey } from "../../workers/core/hmac-sha256.ts";

function hex(key: Uint8Array, message: Uint8Array): string {
  return Buffer.from(hmac(importHmacKey(key), message)).toString("hex");
}

describe("HMAC-SHA-256", () => {
  it.each([
    ["0b".repeat(20), "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
    [
      "4a656665",
      "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    ["aa".repeat(20), "dd".repeat(50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
  ])("of key %s over %s is RFC 4231's", (key, message, mac) => {
    expect(hex(Buffer.from(key, "hex"), Buffer.from(message, "hex"))).toBe(mac);
  });

  it("is node's, for every key of a block or less and every message", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 300 }), (key, message) => {
        expect(hex(key, message)).toBe(createHmac("sha256", key).update(message).digest("hex"));
      }),
      { numRuns: 1_000 },
    );
  });

  it("is node's at every length around the ends of blocks", () => {
    const key = new Uint8Array(32).fill(9);
    for (let length = 0; length <= 200; length++) {
      const message = Uint8Array.from({ length }, (_, index) => index * 7);
      expect(hex(key, message)).toBe(createHmac("sha256", key).update(message).digest("hex"));
    }
  });

  it("takes no key that would have to be hashed first", () => {
    expect(() => importHmacKey(new Uint8Array(65))).toThrow(RangeError);
  });
});
