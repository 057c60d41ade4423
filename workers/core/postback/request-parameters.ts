/** The parameters of a request: of its query, and of its body when that is a form or a JSON object; and the header that is one, `Idempotency-Key`. */
import type { Channel } from "../../../schema/messages.ts";
import type { RefusalReason } from "../reasons.ts";
import { type Parameter, parseJsonObject, parseQuery } from "./parameter.ts";

/** A request as the door has it. `target` is path and query as sent. `bodyFault` says why the body could not be taken in; then `body` is empty. */
export interface DoorRequest {
  method: "GET" | "POST";
  target: string;
  headers: Headers;
  body: Uint8Array;
  bodyFault?: "too_large" | "malformed_body";
}

/** `fault` says why the query or the body could not be read; what could be is there all the same. */
export interface RequestParameters {
  channel: Channel;
  query: readonly Parameter[];
  body: readonly Parameter[];
  fault?: RefusalReason;
}

const MAX_QUERY_LENGTH = 65_536;
const FORM = "application/x-www-form-urlencoded";
const JSON_OBJECT = /^(?:application|text)\/(?:[\w.-]+\+)?json$/;
/** What says nothing of the body: none, and the types of what browsers and tools send without being told. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(["", "text/plain", "application/octet-stream"]);
/** How a form begins: a name of plain letters, and a value. */
const LIKE_FORM = /^[A-Za-z_][\w.[\]%-]{0,127}=/;
const KEY_HEADER = "Idempotency-Key";
const OPENING_BRACE = 0x7b;
const OPENING_BRACKET = 0x5b;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Reads what came. An empty body has no type that matters, and a GET may have a body too. JSON under a form's type is JSON, since that is what many a tool calls
 * it that is not told otherwise; where the type says nothing, what is unmistakable is read. In signed mode the type is not looked at, since no signature covers it: a body that begins
 * with a brace is JSON, any other a form. Nor is the header.
 */
export function readParameters(request: DoorRequest, signed: boolean): RequestParameters {
  const query = signed ? parseTargetQuery(request.target) : readOutside(request);
  const get = request.method === "GET";
  if (query === "too_large") return { channel: get ? "get" : "form", query: [], body: [], fault: query };
  if (get && request.body.length === 0) return { channel: "get", query, body: [] };
  const channel = channelOf(request, signed);
  if (!channel) return { channel: "form", query, body: [], fault: "unsupported_content_type" };
  const text = decodeUtf8(request.body);
  const body = text === null ? "malformed_body" : channel === "json" ? parseJsonObject(text) : parseQuery(text);
  return typeof body === "string" ? { channel, query, body: [], fault: body } : { channel, query, body };
}

/** What stands outside the body: the query, and the header that names the message. */
export function readOutside({ target, headers }: Pick<DoorRequest, "target" | "headers">): Parameter[] | "too_large" {
  const query = parseTargetQuery(target);
  const key = headers.get(KEY_HEADER);
  return query === "too_large" || key === null ? query : [...query, { name: KEY_HEADER, text: key }];
}

/** The query of a path and query as sent. */
export function parseTargetQuery(target: string): Parameter[] | "too_large" {
  const mark = target.indexOf("?");
  if (mark < 0) return [];
  return target.length - mark > MAX_QUERY_LENGTH ? "too_large" : parseQuery(target.slice(mark + 1));
}

/** The media type without its parameters, in lower case. */
export function mediaType(headers: Headers): string {
  return (headers.get("Content-Type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** True for a body that would have to be unpacked first, which we do not do: it can unpack to anything. */
export function isCompressed(headers: Headers): boolean {
  const encoding = headers.get("Content-Encoding") ?? "";
  return encoding !== "" && encoding.toLowerCase() !== "identity";
}

/** UTF-8 as text, without a byte order mark. Null when it is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return null;
  }
}

/** Null for a body of a type that we do not read. */
function channelOf({ headers, body }: DoorRequest, signed: boolean): "form" | "json" | null {
  if (isCompressed(headers)) return null;
  if (body.length === 0) return "form";
  if (signed) return firstVisible(body) === OPENING_BRACE ? "json" : "form";
  const type = mediaType(headers);
  if (JSON_OBJECT.test(type)) return "json";
  if (type !== FORM && !SAYS_NOTHING.has(type)) return null;
  if (isJson(body)) return "json";
  return type === FORM || LIKE_FORM.test(decodeUtf8(body) ?? "") ? "form" : null;
}

/** True for an object or a list of JSON. */
function isJson(body: Uint8Array): boolean {
  const first = firstVisible(body);
  if (first !== OPENING_BRACE && first !== OPENING_BRACKET) return false;
  const text = decodeUtf8(body);
  return text !== null && parseJsonObject(text) !== "malformed_body";
}

/** The first byte that is no white space, behind a byte order mark. */
export function firstVisible(body: Uint8Array): number | undefined {
  const isMarked = BYTE_ORDER_MARK.every((byte, place) => body[place] === byte);
  return (isMarked ? body.subarray(BYTE_ORDER_MARK.length) : body).find((byte) => byte > 0x20);
}
