/**
 * Crockford base32 in lower case, five bits a character, for identifiers that people and systems pass on.
 * It has no case to lose and no punctuation to be stripped; `i l o u` are not letters of it (https://www.crockford.com/base32.html).
 */
export const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Value of each ASCII code, −1 where it is no letter. Upper case reads like lower case; the letters Crockford would guess at are refused. Left out of a bundle that only writes. */
const VALUES = /* @__PURE__ */ Int8Array.from({ length: 128 }, (_, code) =>
  ALPHABET.indexOf(String.fromCharCode(code).toLowerCase()),
);

/** Every two characters by their ten bits: written by twos, an identifier takes half as long. */
const PAIRS = Array.from({ length: 1024 }, (_, bits) => ALPHABET.charAt(bits >> 5) + ALPHABET.charAt(bits & 31));

/** Writes the first `length` characters (five bits each) of `bytes`, most significant bit first. Bits beyond the bytes read as zero. */
export function encodeBase32(bytes: Uint8Array, length: number): string {
  let text = "";
  let bits = 0;
  let held = 0;
  let next = 0;
  for (let left = length; left > 0; left -= 2) {
    while (held < 10) {
      bits = ((bits & 1023) << 8) | (bytes[next++] ?? 0);
      held += 8;
    }
    held -= 10;
    const pair = (bits >> held) & 1023;
    text += left === 1 ? ALPHABET.charAt(pair >> 5) : PAIRS[pair];
  }
  return text;
}

/**
 * Reads `text` into whole bytes, most significant bit first; a last part of less than a byte is padded with zero bits. Null when a character is not of the
 * alphabet. `bytes` is where they are written, if they are to go somewhere.
 */
export function decodeBase32(
  text: string,
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(Math.ceil((text.length * 5) / 8)),
): Uint8Array<ArrayBuffer> | null {
  let bits = 0;
  let held = 0;
  let next = 0;
  for (let index = 0; index < text.length; index++) {
    const value = VALUES[text.charCodeAt(index)] ?? -1;
    if (value < 0) return null;
    bits = ((bits & 255) << 5) | value;
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes[next++] = (bits >> held) & 255;
    }
  }
  if (held > 0) bytes[next] = (bits << (8 - held)) & 255;
  return bytes;
}
