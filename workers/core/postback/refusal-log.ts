/** What the postback log keeps of a refused request: enough to answer "why is my conversion not there?", and no secret. */
import type { RefusalMessage } from "../../../schema/messages.ts";
import { type Dialect, meaningOf } from "./dialect.ts";
import type { Parameter } from "./parameter.ts";
import { CREDENTIAL_NAMES, type ParameterName } from "./parameter-names.ts";
import type { Refused } from "./postback.ts";

const MAX_PARAMETERS = 40;
const MAX_NAME_LENGTH = 64;
const MAX_TEXT_LENGTH = 256;
/** What is kept of the words of someone who did not prove who it is, in bytes of JSON. */
export const MAX_STRANGER_BYTES = 300;
/** Of these each of its names takes at most so many; the parameters take the rest. */
const MAX_STRANGER_NAME_BYTES = 50;
/** Less of a parameter says nothing. */
const MIN_PART_BYTES = 8;
/** Names that speak of a secret, whoever's it is. */
const SECRET_NAME = /token|secret|passw|signature|auth|api_?key/i;
/** Secrets of ours under a name that is not theirs. */
const SECRET = /cbt_[0-9a-z]+|whsec_[A-Za-z0-9+/=_-]+/gi;
const HIDDEN = "(hidden)";
const UNREADABLE = "(unreadable)";
const ENCODER = new TextEncoder();
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** The message for the queue `refusals`. */
export function writeRefusal(
  dialect: Dialect,
  refused: Refused,
  stamp: Pick<RefusalMessage, "receipt" | "advertiser" | "receivedAtMs" | "addressHash">,
): RefusalMessage {
  const message = wholeRefusal(dialect, refused, stamp);
  return refused.proven ? message : cutStranger(message);
}

function wholeRefusal(
  dialect: Dialect,
  refused: Refused,
  stamp: { receipt: string; advertiser: number; receivedAtMs: number },
): RefusalMessage {
  const { refusal, fields, channel } = refused;
  const message: RefusalMessage = {
    kind: "refusal",
    ...stamp,
    channel,
    reason: refusal.reason,
    params: loggedParameters(dialect, refused.parameters),
  };
  if (refusal.parameter !== undefined) message.parameter = printable(refusal.parameter, MAX_NAME_LENGTH);
  const clickId = textOf(fields, "click_id");
  if (clickId) message.clickId = clickId.toLowerCase();
  const event = textOf(fields, "event");
  if (event) message.event = event;
  const txid = textOf(fields, "txid");
  if (txid) message.txid = txid;
  if (["1", "true"].includes(textOf(fields, "test").toLowerCase())) message.test = true;
  return message;
}

/** Cuts what a stranger said to `MAX_STRANGER_BYTES`: names first, then its parameters in their order as long as there is room. */
function cutStranger(message: RefusalMessage): RefusalMessage {
  const { params, ...rest } = message;
  const cut: RefusalMessage = { ...rest, stranger: true, params: {} };
  let left = MAX_STRANGER_BYTES;
  for (const name of ["parameter", "clickId", "event", "txid"] as const) {
    const text = rest[name];
    if (text === undefined) continue;
    cut[name] = cutToBytes(text, MAX_STRANGER_NAME_BYTES);
    left -= jsonBytes(cut[name]);
  }
  const kept: [string, string][] = [];
  for (const [name, text] of Object.entries(params)) {
    // Quotes, colon and comma.
    const room = left - jsonBytes(name) - 4;
    if (room < MIN_PART_BYTES) break;
    const part = cutToBytes(text, room);
    kept.push([name, part]);
    left = room - jsonBytes(part);
  }
  // Defines each name as the object's own, also `__proto__`.
  return { ...cut, params: Object.fromEntries(kept) };
}

/** As much of the beginning of `text` as `maxBytes` of JSON hold, whole characters. */
function cutToBytes(text: string, maxBytes: number): string {
  let bytes = 2;
  let length = 0;
  for (const character of text) {
    bytes += jsonBytes(character) - 2;
    if (bytes > maxBytes) return text.slice(0, length);
    length += character.length;
  }
  return text;
}

/** A text as JSON in UTF-8, its quotes included. */
function jsonBytes(text: string): number {
  return ENCODER.encode(JSON.stringify(text)).length;
}

/** The parameters as sent, without credentials; cut, and with what cannot be shown replaced. */
function loggedParameters(dialect: Dialect, parameters: readonly Parameter[]): Record<string, string> {
  const shown = parameters
    .filter(({ name }) => !isCredential(dialect, name))
    .slice(0, MAX_PARAMETERS)
    .map(({ name, text }): [string, string] => [
      printable(name, MAX_NAME_LENGTH),
      text === null ? UNREADABLE : printable(text, MAX_TEXT_LENGTH),
    ]);
  // Defines each name as the object's own, also `__proto__`.
  return Object.fromEntries(shown);
}

function isCredential(dialect: Dialect, name: string): boolean {
  const lower = name.toLowerCase();
  return SECRET_NAME.test(name) || CREDENTIAL_NAMES.has(meaningOf(dialect, lower)?.parameter ?? lower);
}

function textOf(fields: Refused["fields"], parameter: ParameterName): string {
  return printable(fields.named.get(parameter)?.text ?? "", 128).trim();
}

function printable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(SECRET, HIDDEN).toWellFormed().replace(CONTROL, "\ufffd");
}
