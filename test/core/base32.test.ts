/** Base32: bits in, letters out, and back. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase32, encodeBase32 } from "../../workers/core/base32.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

describe("base32", () => {
  it.each([
    [[], 0, ""],
    [[0], 2, "00"],
    [[255], 2, "zw"],
    [[0x08, 0x42, 0x10, 0x84, 0x21], 8, "11111111"],
    [[0xff, 0xff, 0xff, 0xff, 0xff], 8, "zzzzzzzz"],
    [[0x00, 0x44, 0x32, 0x14, 0xc7], 8, "01234567"],
  ])("writes %j in %i letters as %j", (bytes, length, text) => {
    expect(encodeBase32(Uint8Array.from(bytes), length)).toBe(text);
  });

  it("reads back every whole number of bytes, in either case", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const length = Math.ceil((bytes.length * 8) / 5);
        const text = encodeBase32(bytes, length);
        for (const written of [text, text.toUpperCase()])
          expect(decodeBase32(written)?.slice(0, bytes.length)).toEqual(bytes);
      }),
    );
  });

  it("sorts as its bytes sort", () => {
    const bytes = fc.uint8Array({ minLength: 15, maxLength: 15 });
    fc.assert(
      fc.property(bytes, bytes, (left, right) => {
        const [first, second] = [encodeBase32(left, 24), encodeBase32(right, 24)];
        expect(Math.sign(Buffer.compare(left, right))).toBe(first < second ? -1 : first > second ? 1 : 0);
      }),
    );
  });

  it("refuses every character that is not a letter of it", () => {
    for (let code = 0; code < 0x300; code++) {
      const letter = String.fromCharCode(code);
      const known = code < 128 && ALPHABET.includes(letter.toLowerCase());
      expect(decodeBase32(letter) !== null, letter).toBe(known);
    }
  });
});
