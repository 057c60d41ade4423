/** Signed GET: the signature as openssl would write it, and every byte that it covers. */
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSigningSecret } from "../../../workers/core/credentials.ts";
import {
  normalisePercents,
  signTarget,
  splitSignedTarget,
  verifyTarget,
} from "../../../workers/core/postback/signed-url.ts";

const BYTES = Buffer.alloc(32, 0x33);
const key = readSigningSecret(`whsec_${BYTES.toString("base64")}`);
if (!key) throw new Error("no key");
const SIGNED = "/p/acme?click_id=x&amount=40&txid=A%2F1&ts=1795420800&nonce=k3Jd92Lx";

describe("the signature of a target", () => {
  it("is the hex HMAC-SHA256 of what stands before it", () => {
    const signature = signTarget(key, SIGNED);
    expect(signature).toBe(createHmac("sha256", BYTES).update(SIGNED).digest("hex"));
    expect(signature).toBe("2ba9fc07acbfd7dd1bb55cde1ca76c8925a485ae765445e40aca9a62a038f8a0");
    expect(verifyTarget(key, SIGNED, signature)).toBe(true);
    expect(verifyTarget(key, SIGNED, signature.toUpperCase())).toBe(true);
  });

  it("covers every byte, and has no other form", () => {
    const signature = signTarget(key, SIGNED);
    for (let at = 0; at < SIGNED.length; at++)
      for (const letter of ["", "~", "0"]) {
        const changed = SIGNED.slice(0, at) + letter + SIGNED.slice(at + 1);
        if (changed !== SIGNED) expect(verifyTarget(key, changed, signature), changed).toBe(false);
      }
    for (const text of [
      "",
      "0",
      signature.slice(1),
      `${signature}0`,
      `${signature}00`,
      ` ${signature}`,
      "0".repeat(64),
    ])
      expect(verifyTarget(key, SIGNED, text), text).toBe(false);
  });

  it("holds when a zone normalises the address on its way, if what was signed was normal", () => {
    const signature = signTarget(key, normalisePercents("/p/acme?txid=a%7eb%2fc%41"));
    for (const sent of ["/p/acme?txid=a%7eb%2fc%41", "/p/acme?txid=a~b%2FcA", "/p/%61cme?txid=a~b%2fcA"])
      expect(verifyTarget(key, sent, signature), sent).toBe(true);
    expect(verifyTarget(key, "/p/acme?txid=a~b/cA", signature)).toBe(false);
  });
});

describe("a target", () => {
  it.each([
    [`${SIGNED}&sig=ab`, { signed: SIGNED, signature: "ab", trailing: false }],
    [`${SIGNED}&sig=`, { signed: SIGNED, signature: "", trailing: false }],
    [`${SIGNED}&sig=ab&x=1`, { signed: SIGNED, signature: "ab&x=1", trailing: true }],
    [`${SIGNED}&sig=ab&sig=cd`, { signed: `${SIGNED}&sig=ab`, signature: "cd", trailing: false }],
    [SIGNED, null],
    ["/p/acme?sig=ab", null],
    ["/p/acme?x=1&SIG=ab", null],
  ])("%s is cut at its signature", (target, cut) => {
    expect(splitSignedTarget(target)).toEqual(cut);
  });
});

describe("percent-encodings", () => {
  it.each([
    ["%7e%41%2d%5f%2e", "~A-_."],
    ["%2f%3a%c3%a4", "%2F%3A%C3%A4"],
    ["%", "%"],
    ["%zz%4", "%zz%4"],
    ["a+b c", "a+b c"],
    ["%2541", "%2541"],
  ])("of %s are normal as %s", (text, normal) => {
    expect(normalisePercents(text)).toBe(normal);
  });

  it("are normal once normalised, and decode to what they did", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const encoded = encodeURIComponent(text).toLowerCase();
        const normal = normalisePercents(encoded);
        expect(normalisePercents(normal)).toBe(normal);
        expect(decodeURIComponent(normal)).toBe(decodeURIComponent(encoded));
      }),
    );
  });
});
