/**
 * Signed GET: a request whose path and query vouch for themselves.
 *
 *     /p/acme?click_id=…&amount=40&ts=1790000000&nonce=k3Jd92Lx&sig=<hex>
 *     └────────────────────── signed ─────────────────────────┘
 *
 * `sig` is the hex HMAC-SHA256 of everything from the path's slash up to, not including, `&sig=`, as sent, under the decoded bytes of the
 * `whsec_…` secret, by `node:crypto`: unlike identifiers, what is signed can be long. A zone may normalise a URL before a worker sees it, so the same bytes with normalised percent-encodings are taken too.
 */
import { createHmac } from "node:crypto";
import { equalText } from "../equal.ts";
import { passingBytes } from "../passing-bytes.ts";

const SIGNATURE = /^[0-9a-f]{64}$/i;
const MARK = "&sig=";
/** Characters that never need percent-encoding (RFC 3986, 2.3). */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

/** A target cut at its signature: what is signed, the signature's text, and whether anything stands after it. */
export interface SignedTarget {
  signed: string;
  signature: string;
  trailing: boolean;
}

/** Null when the target has no `&sig=`. */
export function splitSignedTarget(target: string): SignedTarget | null {
  const at = target.lastIndexOf(MARK);
  if (at < 0) return null;
  const signature = target.slice(at + MARK.length);
  return { signed: target.slice(0, at), signature, trailing: signature.includes("&") };
}

/** The signature of `signed` (path and query without `&sig=…`), 64 hex digits. */
export function signTarget(key: Uint8Array, signed: string): string {
  return createHmac("sha256", key).update(passingBytes(signed)).digest("hex");
}

/** Blanks behind it, as a client may have encoded them, are no part of it. */
const BLANKS = /(?:%20|%09|\+)+$/;

/** True when `signature` is that of `signed`, as it is or with its percent-encodings normalised. */
export function verifyTarget(key: Uint8Array, signed: string, signature: string): boolean {
  const sent = signature.replace(BLANKS, "").toLowerCase();
  if (!SIGNATURE.test(sent)) return false;
  if (equalText(signTarget(key, signed), sent)) return true;
  const normal = normalisePercents(signed);
  return normal !== signed && equalText(signTarget(key, normal), sent);
}

/** Unreserved characters bare, every other percent-encoding with upper-case digits. What is no percent-encoding stays. */
export function normalisePercents(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (encoding) => {
    const letter = String.fromCharCode(Number.parseInt(encoding.slice(1), 16));
    return UNRESERVED.test(letter) ? letter : encoding.toUpperCase();
  });
}
