/** What the postback log keeps of a refused request: enough to answer "why is my conversion not there?", and no secret. */
import type { RefusalMessage } from "../../../schema/messages.ts";
import { plainClickId } from "../click-id-hex.ts";
import type { Dialect } from "./dialect.ts";
import { loggedParameters, MAX_LOGGED_NAME, printable } from "./logged-parameters.ts";
import type { ParameterName } from "./parameter-names.ts";
import type { Refused } from "./postback.ts";

/** What is kept of the words of someone who did not prove who it is, in bytes of JSON. */
export const MAX_STRANGER_BYTES = 300;
/** Of these each of its names takes at most so many; the parameters take the rest. */
const MAX_STRANGER_NAME_BYTES = 50;
/** Less of a parameter says nothing. */
const MIN_PART_BYTES = 8;
const ENCODER = new TextEncoder();

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
  if (refusal.parameter !== undefined) message.parameter = printable(refusal.parameter, MAX_LOGGED_NAME);
  if (refused.version !== undefined) message.credentialVersion = refused.version;
  const clickId = textOf(fields, "click_id");
  if (clickId) message.clickId = plainClickId(clickId);
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

function textOf(fields: Refused["fields"], parameter: ParameterName): string {
  return printable(fields.named.get(parameter)?.text ?? "", 128).trim();
}
