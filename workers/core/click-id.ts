/**
 * The click ID: 36 characters that carry what money needs, sealed so that nobody else can make one.
 *
 *     bits   field
 *        4   version (1)
 *       48   issued at, Unix milliseconds          → ids sort by time
 *        4   key number
 *        4   flags: test, provisional, adopted, erased (no click ID in the field has the last: see erasure/erased-names.ts)
 *       32   link number
 *       28   counter: random at an isolate's start, then counting up
 *       60   tag: HMAC-SHA256 over all bits before it, cut to 60
 *
 * The first 120 bits are 15 bytes and 24 characters; the tag is the other 12 characters. In hexadecimal the same bits are 45 digits: see click-id-hex.ts.
 */
import { decodeBase32, encodeBase32 } from "./base32.ts";
import { HEX_CLICK_ID_LENGTH, isHexClickId, plainClickId } from "./click-id-hex.ts";
import { equalText } from "./equal.ts";
import { type HmacKey, hmac } from "./hmac-sha256.ts";
import type { KeyRing } from "./key-ring.ts";
import { accept, type Result, refuse } from "./result.ts";

const VERSION = 1;
const BODY_LENGTH = 24;
const TAG_LENGTH = 12;
export const CLICK_ID_LENGTH = BODY_LENGTH + TAG_LENGTH;
const TEST_FLAG = 0b1000;
export const PROVISIONAL_FLAG = 0b0100;
const ADOPTED_FLAG = 0b0010;
const ERASED_FLAG = 0b0001;

/** Where bodies are written and read: a buffer of its own for each would cost more than the HMAC. */
const BODY = new Uint8Array(15);
const BODY_VIEW = new DataView(BODY.buffer);

/** What a click ID says. `link` is 32 bits; `counter` counts up without end, its last 28 bits are written. */
export interface Click {
  issuedAtMs: number;
  link: number;
  counter: number;
  test: boolean;
  provisional: boolean;
  /** Of a click that another tracker had before the move: it stands in `adopted_clicks`, and not in the click log. */
  adopted?: true;
}

export type ClickIdRefusal = "malformed" | "unknown_version" | "unknown_key" | "forged";

/** Writes and seals a click ID with the ring's signing key. */
export function issueClickId(ring: KeyRing, click: Click): string {
  const key = ring.hmac.get(ring.signing);
  if (!key) throw new Error(`the key ring lacks its signing key ${ring.signing}`);
  writeBody(click, ring.signing);
  return encodeBase32(BODY, BODY_LENGTH) + seal(key);
}

/** Reads a click ID that we wrote, in either case and spelling; refuses every other string with the reason. */
export function readClickId(ring: KeyRing, text: string): Result<Click, ClickIdRefusal> {
  if (text.length !== CLICK_ID_LENGTH)
    return isHexClickId(text) ? readClickId(ring, plainClickId(text)) : refuse("malformed");
  const tag = text.slice(BODY_LENGTH);
  if (!decodeBase32(text.slice(0, BODY_LENGTH), BODY) || !decodeBase32(tag)) return refuse("malformed");
  if (BODY_VIEW.getUint8(0) >> 4 !== VERSION) return refuse("unknown_version");
  // Bytes 6 and 7 hold: the time's last four bits, the key number, the flags, the link's first four bits.
  const key = ring.hmac.get(BODY_VIEW.getUint8(6) & 15);
  if (!key) return refuse("unknown_key");
  return equalText(seal(key), tag.toLowerCase()) ? readBody() : refuse("forged");
}

/** Reads what a click ID says without its key, so without knowing whether we wrote it: for statistics, never for money. Null when it has not the shape of one. */
export function peekClickId(text: string): Click | null {
  if (text.length === HEX_CLICK_ID_LENGTH && isHexClickId(text)) return peekClickId(plainClickId(text));
  if (text.length !== CLICK_ID_LENGTH || !decodeBase32(text)) return null;
  decodeBase32(text.slice(0, BODY_LENGTH), BODY);
  if (BODY_VIEW.getUint8(0) >> 4 !== VERSION) return null;
  const read = readBody();
  return read.ok ? read.value : null;
}

function writeBody(click: Click, keyNumber: number): void {
  // A field that ran over would change its neighbour and be sealed all the same.
  if (!fits(click.issuedAtMs, 48) || !fits(click.link, 32)) throw new RangeError("a click ID cannot hold this click");
  const flags =
    (click.test ? TEST_FLAG : 0) | (click.provisional ? PROVISIONAL_FLAG : 0) | (click.adopted ? ADOPTED_FLAG : 0);
  const { link, counter } = click;
  const timeHigh = Math.floor(click.issuedAtMs / 2 ** 20);
  const timeLow = click.issuedAtMs % 2 ** 20;
  // Each value is cut to its lowest eight bits.
  BODY[0] = (VERSION << 4) | (timeHigh >>> 24);
  BODY[1] = timeHigh >>> 16;
  BODY[2] = timeHigh >>> 8;
  BODY[3] = timeHigh;
  BODY[4] = timeLow >>> 12;
  BODY[5] = timeLow >>> 4;
  BODY[6] = (timeLow << 4) | keyNumber;
  BODY[7] = (flags << 4) | (link >>> 28);
  BODY[8] = link >>> 20;
  BODY[9] = link >>> 12;
  BODY[10] = link >>> 4;
  BODY[11] = (link << 4) | ((counter >>> 24) & 15);
  BODY[12] = counter >>> 16;
  BODY[13] = counter >>> 8;
  BODY[14] = counter;
}

function fits(value: number, bits: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** bits;
}

function readBody(): Result<Click, ClickIdRefusal> {
  const flags = BODY_VIEW.getUint8(7) >> 4;
  if (flags & ERASED_FLAG) return refuse("malformed");
  return accept({
    issuedAtMs: (BODY_VIEW.getUint32(0) % 2 ** 28) * 2 ** 20 + Math.floor(BODY_VIEW.getUint32(4) / 2 ** 12),
    link: (BODY_VIEW.getUint32(4) % 2 ** 4) * 2 ** 28 + Math.floor(BODY_VIEW.getUint32(8) / 2 ** 4),
    counter: (BODY_VIEW.getUint32(8) % 2 ** 4) * 2 ** 24 + BODY_VIEW.getUint8(12) * 2 ** 16 + BODY_VIEW.getUint16(13),
    test: (flags & TEST_FLAG) !== 0,
    provisional: (flags & PROVISIONAL_FLAG) !== 0,
    ...((flags & ADOPTED_FLAG) !== 0 && { adopted: true }),
  });
}

/** The tag of the body, as its 12 characters: the first 60 bits of the HMAC. */
function seal(key: HmacKey): string {
  return encodeBase32(hmac(key, BODY), TAG_LENGTH);
}
