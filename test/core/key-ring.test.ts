/** Key rings: what is one, what is not, and what is derived from it. */
import { hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { deriveSigningSecret, deriveToken, readSigningSecret } from "../../workers/core/credentials.ts";
import { derive, importKeyRing } from "../../workers/core/key-ring.ts";
import { ringOf } from "./keys.ts";

const KEY = Buffer.alloc(32, 0x11).toString("base64");

describe("a key ring", () => {
  it("holds its keys by number", async () => {
    const ring = await importKeyRing(`{"signing":15,"keys":{"0":"${KEY}","15":"${KEY}"}}`);
    expect(ring.ok && [ring.value.signing, [...ring.value.hmac.keys()]]).toEqual([15, [0, 15]]);
  });

  it.each([
    ["", "expected"],
    ["null", "expected"],
    ["[]", "expected"],
    ['{"signing":1}', "expected"],
    [`{"keys":{"1":"${KEY}"}}`, "expected"],
    [`{"signing":"1","keys":{"1":"${KEY}"}}`, "expected"],
    [`{"signing":1,"keys":[]}`, "expected"],
    [`{"signing":2,"keys":{"1":"${KEY}"}}`, "signing key 2 is not in the list"],
    [`{"signing":1,"keys":{"16":"${KEY}"}}`, "key numbers go from 0 to 15"],
    [`{"signing":1,"keys":{"01":"${KEY}"}}`, "key numbers go from 0 to 15"],
    [`{"signing":0,"keys":{"":"${KEY}"}}`, "key numbers go from 0 to 15"],
    [`{"signing":1,"keys":{"1":"c2hvcnQ="}}`, "key 1 is not the base64 of 32 bytes"],
    [`{"signing":1,"keys":{"1":"?"}}`, "key 1 is not the base64 of 32 bytes"],
    [`{"signing":1,"keys":{"1":7}}`, "key 1 is not the base64 of 32 bytes"],
  ])("%s is none, and the refusal does not repeat it", async (secret, sentence) => {
    const ring = await importKeyRing(secret);
    expect(!ring.ok && ring.refusal).toContain(sentence);
    expect(!ring.ok && ring.refusal).not.toContain(KEY);
  });

  it("derives as HKDF does, for each purpose something else", async () => {
    const ring = await ringOf({ 1: 0x11 }, 1);
    const expected = Buffer.from(hkdfSync("sha256", Buffer.alloc(32, 0x11), "clickback", "token/7/1", 32));
    expect(Buffer.from((await derive(ring, 1, "token/7/1")) ?? []).equals(expected)).toBe(true);
    expect(await derive(ring, 2, "token/7/1")).toBeNull();
  });
});

describe("an advertiser's secrets", () => {
  it("are written as they always were", async () => {
    const ring = await ringOf({ 1: 0x11 }, 1);
    expect(await deriveToken(ring, 7, 1, 1)).toBe("cbt_dft43dmehpdbt78x0rn2zydq3z0tm8ez");
    expect(await deriveSigningSecret(ring, 7, 1, 1)).toBe("whsec_TcTFy4LbNRHHSdPvxWiTtBok5vwsjRLjtkbgpgb+W8I=");
  });

  it("differ by advertiser, version, master key and purpose, and are none where the master key is not held", async () => {
    const ring = await ringOf({ 1: 0x11, 2: 0x22 }, 2);
    const tokens = await Promise.all([
      deriveToken(ring, 7, 1, 1),
      deriveToken(ring, 8, 1, 1),
      deriveToken(ring, 7, 2, 1),
      deriveToken(ring, 71, 1, 1),
      deriveToken(ring, 7, 11, 1),
      deriveToken(ring, 7, 1, 2),
    ]);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(await deriveToken(ring, 7, 1, 3)).toBeNull();
    expect(await deriveSigningSecret(ring, 7, 1, 3)).toBeNull();
  });

  it.each(["", "whsec_", "secret", "whsec_?"])("%j is no signing secret", (text) => {
    expect(readSigningSecret(text)).toBeNull();
  });
});
