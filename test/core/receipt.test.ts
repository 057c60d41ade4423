/** Receipts: known as ours, and as whose, without a look-up. */
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveReceiptKeys } from "../../workers/core/credentials.ts";
import {
  isOfRefused,
  isReceiptOf,
  nameOfMessage,
  nameOfRefused,
  RECEIPT_LENGTH,
  writeReceipt,
} from "../../workers/core/receipt.ts";
import { ringOf } from "./keys.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const keys = await deriveReceiptKeys(await ringOf({ 1: 0x11 }, 1));
const [key] = keys;
const otherKeys = await deriveReceiptKeys(await ringOf({ 1: 0x22 }, 1));
const NAME = Uint8Array.from({ length: 11 }, (_, index) => index + 1);

describe("a receipt", () => {
  it("is written as it always was", async () => {
    expect(await writeReceipt(key, 7, NAME)).toBe("01081g81860w40j2gbkba7f466");
    expect(await writeReceipt(key, 7, await nameOfMessage(key, 7, ["key", "order-1", "{}"]))).toBe(
      "2x58wcmh8092ayf2qyxy8575am",
    );
  });

  it("holds two zero bits and its name's first 88, whatever follows them", async () => {
    const names = fc.uint8Array({ minLength: 11, maxLength: 32 });
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const receipt = await writeReceipt(key, 7, name);
        expect(receipt).toHaveLength(RECEIPT_LENGTH);
        let bits = 0n;
        for (const letter of receipt.slice(0, 18)) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(letter));
        expect(bits.toString(16).padStart(22, "0")).toBe(Buffer.from(name.subarray(0, 11)).toString("hex"));
      }),
    );
  });

  it("of a refused request is known as such, by its key and advertiser; no other one is", async () => {
    const random = fc.uint8Array({ minLength: 11, maxLength: 11 });
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), random, async (own, other, name) => {
        fc.pre(own !== other);
        const refused = writeReceipt(key, own, nameOfRefused(key, own, name));
        expect(isReceiptOf(keys, own, refused)).toBe(true);
        expect(isOfRefused(keys, own, refused)).toBe(true);
        expect(isOfRefused(keys, other, refused)).toBe(false);
        expect(isOfRefused(otherKeys, own, refused)).toBe(false);
        expect(isOfRefused(keys, own, writeReceipt(key, own, name))).toBe(false);
        expect(isOfRefused(keys, own, writeReceipt(key, own, nameOfMessage(key, own, [String(name)])))).toBe(false);
      }),
      { numRuns: 200 },
    );
    // 56 random bits, then the HMAC's first 32 over advertiser and these.
    expect(Buffer.from(nameOfRefused(key, 7, NAME)).toString("hex", 0, 7)).toBe("01020304050607");
    expect(writeReceipt(key, 7, nameOfRefused(key, 7, NAME))).toBe("01081g81860x7hxe5gen5mbxb8");
  });

  it("is known as its advertiser's, and as nobody else's", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.nat(),
        fc.uint8Array({ minLength: 11, maxLength: 11 }),
        async (own, other, name) => {
          fc.pre(own !== other);
          const receipt = await writeReceipt(key, own, name);
          expect(await isReceiptOf(keys, own, receipt)).toBe(true);
          expect(await isReceiptOf(keys, other, receipt)).toBe(false);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("is refused with any one character changed, and so is every other text", async () => {
    const receipt = await writeReceipt(key, 7, NAME);
    for (let at = 0; at < RECEIPT_LENGTH; at++)
      for (const letter of ["0", "7", "a", "z", "i", "U", "é", ""]) {
        const changed = receipt.slice(0, at) + letter + receipt.slice(at + 1);
        if (changed !== receipt) expect(await isReceiptOf(keys, 7, changed), changed).toBe(false);
      }
    for (const text of ["", "0", `${receipt}0`, ` ${receipt}`, `8${receipt.slice(1)}`])
      expect(await isReceiptOf(keys, 7, text), text).toBe(false);
  });
});

describe("a message's name", () => {
  const name = async (advertiser: number, ...parts: string[]) =>
    Buffer.from(await nameOfMessage(key, advertiser, parts)).toString("hex");

  it("is of its advertiser and its parts, which cannot be shifted into one another", async () => {
    const names = await Promise.all([
      name(1, "a", "b"),
      name(2, "a", "b"),
      name(1, "ab"),
      name(1, "a", "b", ""),
      name(1, "b", "a"),
      name(1, 'a","b'),
      name(1, "a", "b "),
    ]);
    expect(new Set(names).size).toBe(names.length);
    expect(await name(1, "a", "b")).toBe(names[0]);
  });
});

describe("the keys of receipts", () => {
  it("stay the same when a new master key signs, so that named messages keep their receipts", async () => {
    const before = await deriveReceiptKeys(await ringOf({ 1: 0x11 }, 1));
    const after = await deriveReceiptKeys(await ringOf({ 1: 0x11, 2: 0x22 }, 2));
    const receipt = await writeReceipt(before[0], 7, NAME);
    expect(await writeReceipt(after[0], 7, NAME)).toBe(receipt);
    expect(after).toHaveLength(2);
  });

  it("verify what was sealed under any key still held", async () => {
    const receipt = await writeReceipt((await deriveReceiptKeys(await ringOf({ 2: 0x22 }, 2)))[0], 7, NAME);
    expect(await isReceiptOf(await deriveReceiptKeys(await ringOf({ 1: 0x11, 2: 0x22 }, 2)), 7, receipt)).toBe(true);
    expect(await isReceiptOf(keys, 7, receipt)).toBe(false);
  });

  it("are derived as HKDF derives (RFC 5869)", async () => {
    const hmac = (secret: Buffer, text: Buffer | string) => createHmac("sha256", secret).update(text).digest();
    const derived = hmac(hmac(Buffer.from("clickback"), Buffer.alloc(32, 0x11)), "receipts\u0001");
    for (const text of ["order-1", "bestellung-é"]) {
      const named = hmac(derived, JSON.stringify(["message", 7, "key", text]));
      expect(Buffer.from(nameOfMessage(key, 7, ["key", text])).toString("hex")).toBe(named.toString("hex"));
    }
  });
});
