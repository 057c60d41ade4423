/** A promise: the operator's signed word that a message which was taken in is entered in the journal of its advertiser by a stated time. docs/proofs.md draws it. */

import { hashBytes } from "../hmac-sha256.ts";
import { formatInstant, readInstant } from "../instant.ts";
import { toBase64 } from "../journal/commitments.ts";
import { DAY_MS } from "../time-units.ts";

/** What is said in the first line of a promise. */
const HEAD = "clickback promise";
/** Within so long it is entered, whatever fails meanwhile. */
const ENTERED_WITHIN_MS = DAY_MS;
const TEXT =
  /^clickback promise\n(?<receipt>[0-9a-z]{26})\n(?<advertiser>[^\n]+)\n(?<hash>[A-Za-z0-9+/]{43}=)\n(?<at>[^\n]+)\n(?<by>[^\n]+)\n$/;

export interface SignedPromise {
  receipt: string;
  /** Slug. */
  advertiser: string;
  /** Over the message as it was sent, in base64. */
  hash: string;
  atMs: number;
  /** When it has to be entered. */
  byMs: number;
}

/** What is promised of a message that was taken in now. */
export function promiseOf(said: Omit<SignedPromise, "byMs">): SignedPromise {
  return { ...said, byMs: said.atMs + ENTERED_WITHIN_MS };
}

/** The text that is signed: six lines. */
export function writePromise({ receipt, advertiser, hash, atMs, byMs }: SignedPromise): string {
  return `${[HEAD, receipt, advertiser, hash, formatInstant(atMs), formatInstant(byMs)].join("\n")}\n`;
}

/** Null where the text is no promise. */
export function readPromise(text: string): SignedPromise | null {
  const { receipt, advertiser, hash, at = "", by = "" } = TEXT.exec(text)?.groups ?? {};
  const [atMs, byMs] = [readInstant(at), readInstant(by)];
  if (receipt === undefined || advertiser === undefined || hash === undefined || atMs === null || byMs === null)
    return null;
  return { receipt, advertiser, hash, atMs, byMs };
}

/** SHA-256 over the method, a blank, path and query as they were sent, a line end, and the body. */
export function hashRequest(method: string, target: string, body: Uint8Array): string {
  const head = new TextEncoder().encode(`${method} ${target}\n`);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return toBase64(hashBytes(bytes));
}
