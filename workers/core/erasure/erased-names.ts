/**
 * What stands in the place of a name by which somebody could be found, once it is erased: an HMAC under a secret of the ledger. The same name is replaced by the same
 * text, so that what comes later under it is still known as a repeat; nobody without the secret can tell whose it was.
 *
 *     click ID   36 characters in the shape of one, its reserved flag 1 set, which no click ID in the field has: time, key number, flags and link stay, since the books say
 *                them anyway, and the 88 bits of counter and tag are those of the HMAC
 *     others     `erased-` and 130 bits in base32
 */
import { ALPHABET, decodeBase32, encodeBase32 } from "../base32.ts";
import { decodeBase64 } from "../base64.ts";
import { CLICK_ID_LENGTH, type Click, peekClickId } from "../click-id.ts";
import { type HmacKey, hmac, importHmacKey } from "../hmac-sha256.ts";
import { passingBytes } from "../passing-bytes.ts";

const KEY_BYTES = 32;
const PREFIX = "erased-";
const DIGEST_LENGTH = 26;
const WRITTEN = new RegExp(`^${PREFIX}[${ALPHABET}]{${DIGEST_LENGTH}}$`);

/** The flags are the last four bits of the twelfth character. */
const FLAGS_AT = 11;
const ERASED_FLAG = 0b0001;
/** Time, key number, flags and link: 92 bits. Of the nineteenth character three bits are the counter's. */
const TOLD_LENGTH = 18;
const LAST_TOLD_BITS = 0b11000;

/** What was erased, or is to be: click IDs, and order numbers of one advertiser with their other names. */
export interface PersonNames {
  clickIds: string[];
  txids: string[];
}

/** What replaces the names of one advertiser's messages. What is replaced already stays as it is. */
export interface Replacement {
  clickId(clickId: string): string;
  txid(txid: string): string;
  refundId(refundId: string): string;
}

/** Reads the secret `ERASURE_KEY`, the base64 of 32 bytes. Throws, without repeating it, where it is none. It is never changed: what was erased is known by it. */
export function importErasureKey(secret: string): HmacKey {
  const bytes = decodeBase64(secret);
  if (bytes?.length !== KEY_BYTES) throw new Error(`ERASURE_KEY: expected the base64 of ${KEY_BYTES} bytes`);
  return importHmacKey(bytes);
}

/** What replaces the names that the messages of `advertiser` (number) say. */
export function replacementFor(key: HmacKey, advertiser: number): Replacement {
  const text = (kind: string) => (name: string) =>
    isErasedText(name) ? name : erasedText(key, [kind, advertiser, name]);
  return { clickId: (name) => erasedClickId(key, name), txid: text("txid"), refundId: text("refund") };
}

/** What replaces a click ID, whoever names it. */
export function erasedClickId(key: HmacKey, clickId: string): string {
  if (isErasedClickId(clickId) || isErasedText(clickId)) return clickId;
  // What is no click ID of ours has no time and no link to keep.
  if (!peekClickId(clickId)) return erasedText(key, ["click", clickId]);
  const told = clickId.toLowerCase();
  const digest = hmac(key, passingBytes(JSON.stringify(["click", told])));
  const own = encodeBase32(digest, CLICK_ID_LENGTH - TOLD_LENGTH);
  const flags = valueAt(told, FLAGS_AT) | ERASED_FLAG;
  const last = (valueAt(told, TOLD_LENGTH) & LAST_TOLD_BITS) | (valueAt(own, 0) & ~LAST_TOLD_BITS);
  return `${told.slice(0, FLAGS_AT)}${ALPHABET.charAt(flags)}${told.slice(FLAGS_AT + 1, TOLD_LENGTH)}${ALPHABET.charAt(last)}${own.slice(1)}`;
}

/** What replaces the hash of a visitor. */
export function erasedVisitor(key: HmacKey, visitor: string): string {
  return isErasedText(visitor) ? visitor : erasedText(key, ["visitor", visitor]);
}

/** What an erased click ID still says; null where it is none. */
export function readErasedClickId(text: string): Click | null {
  return isErasedClickId(text) ? peekClickId(withFlag(text, valueAt(text, FLAGS_AT) & ~ERASED_FLAG)) : null;
}

export function isErasedClickId(text: string): boolean {
  return (
    text.length === CLICK_ID_LENGTH && (valueAt(text, FLAGS_AT) & ERASED_FLAG) !== 0 && decodeBase32(text) !== null
  );
}

/** True for what stands in the place of an order number, another name, a refund or a visitor. */
export function isErasedText(text: string): boolean {
  return WRITTEN.test(text);
}

function erasedText(key: HmacKey, parts: readonly (string | number)[]): string {
  return PREFIX + encodeBase32(hmac(key, passingBytes(JSON.stringify(parts))), DIGEST_LENGTH);
}

function withFlag(text: string, flags: number): string {
  return text.slice(0, FLAGS_AT) + ALPHABET.charAt(flags) + text.slice(FLAGS_AT + 1);
}

/** Of a character that is none of the alphabet, −1. */
function valueAt(text: string, place: number): number {
  return ALPHABET.indexOf(text.charAt(place).toLowerCase());
}
