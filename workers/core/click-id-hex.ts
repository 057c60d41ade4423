/**
 * The other spelling of a click ID: its 180 bits as 45 hexadecimal digits, for systems that take no other letters (Affise's SDKs ask for 24 hexadecimal digits in a row:
 * https://github.com/affise/go-tracking `postback.go`). It is the same click: what is kept, compared and looked up is the spelling of 36 characters.
 */
import { ALPHABET } from "./base32.ts";

const PLAIN_LENGTH = 36;
export const HEX_CLICK_ID_LENGTH = 45;
/** Four characters are twenty bits, which are five digits. */
const GROUP = { letters: 4, digits: 5 } as const;

const DIGITS = /^[0-9a-f]{45}$/i;

/** A click ID's 36 characters in hexadecimal, lower case; empty for what has another length, such as the ID that a click without consent has not. */
export function hexClickId(clickId: string): string {
  if (clickId.length !== PLAIN_LENGTH) return "";
  let text = "";
  for (let at = 0; at < PLAIN_LENGTH; at += GROUP.letters) {
    let bits = 0;
    for (let index = at; index < at + GROUP.letters; index++)
      bits = (bits << 5) | ALPHABET.indexOf(clickId.charAt(index));
    text += bits.toString(16).padStart(GROUP.digits, "0");
  }
  return text;
}

/** True for a text that may be a click ID in hexadecimal, in either case. */
export function isHexClickId(text: string): boolean {
  return text.length === HEX_CLICK_ID_LENGTH && DIGITS.test(text);
}

/** The spelling that is kept, in lower case: of hexadecimal digits the 36 characters of the same bits; any other text as it is. */
export function plainClickId(text: string): string {
  if (!isHexClickId(text)) return text.toLowerCase();
  let plain = "";
  for (let at = 0; at < HEX_CLICK_ID_LENGTH; at += GROUP.digits) {
    const bits = Number.parseInt(text.slice(at, at + GROUP.digits), 16);
    for (let shift = 15; shift >= 0; shift -= 5) plain += ALPHABET.charAt((bits >> shift) & 31);
  }
  return plain;
}
