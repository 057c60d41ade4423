/**
 * The other spelling of a click ID: its 180 bits as 45 hexadecimal digits, for systems that take no other letters (Affise's SDKs ask for 24 hexadecimal digits in a row:
 * https://github.com/affise/go-tracking `postback.go`). It is the same click: what is kept, compared and looked up is the spelling of 36 characters.
 */
import { ALPHABET } from "./base32.ts";

const PLAIN_LENGTH = 36;
export const HEX_CLICK_ID_LENGTH = 45;

/** A click ID's 36 characters in hexadecimal, lower case; empty for what has another length, such as the ID that a click without consent has not. */
export function hexClickId(clickId: string): string {
  if (clickId.length !== PLAIN_LENGTH) return "";
  let bits = 0n;
  for (const letter of clickId) bits = bits * 32n + BigInt(ALPHABET.indexOf(letter));
  return bits.toString(16).padStart(HEX_CLICK_ID_LENGTH, "0");
}

/** True for a text that may be a click ID in hexadecimal, in either case. */
export function isHexClickId(text: string): boolean {
  return text.length === HEX_CLICK_ID_LENGTH && /^[0-9a-f]+$/i.test(text);
}

/** The spelling that is kept, in lower case: of hexadecimal digits the 36 characters of the same bits; any other text as it is. */
export function plainClickId(text: string): string {
  if (!isHexClickId(text)) return text.toLowerCase();
  let plain = "";
  for (let bits = BigInt(`0x${text}`); plain.length < PLAIN_LENGTH; bits >>= 5n)
    plain = ALPHABET.charAt(Number(bits & 31n)) + plain;
  return plain;
}
