/** Parameters as they were sent, whichever way: a query, a form, a JSON object, a row of a table. */
import { isRecord } from "../is-record.ts";
import { readMembers } from "./json-members.ts";

/** How many parameters one message may have. */
export const MAX_PARAMETERS = 256;

/** `text` is null when there is no text to read: broken percent-encoding or UTF-8, a list or an object where a value belongs. */
export interface Parameter {
  name: string;
  text: string | null;
}

/** Found behind every name of a JSON object, and perhaps within text: where it is found oftener than there are names, one may have come twice. */
const COLON = /"\s*:/g;
const PERCENT_MACRO = /^%\w+%$/;

/** Reads a query string (without `?`) or the text of an `application/x-www-form-urlencoded` body. */
export function parseQuery(query: string): Parameter[] | "too_large" {
  const parameters: Parameter[] = [];
  let start = 0;
  while (start < query.length) {
    let end = query.indexOf("&", start);
    if (end < 0) end = query.length;
    if (end > start) {
      if (parameters.length === MAX_PARAMETERS) return "too_large";
      parameters.push(parsePair(query.slice(start, end)));
    }
    start = end + 1;
  }
  return parameters;
}

/**
 * Reads a flat JSON object. Numbers keep the digits they were written with; null counts as absent; `meta` may be an object of its own. A name that comes
 * twice is two parameters, as in a query.
 */
export function parseJsonObject(json: string): Parameter[] | "malformed_body" | "too_large" {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json, keepNumbersAsWritten);
  } catch {
    // Also when it is nested deeper than the stack.
    return "malformed_body";
  }
  if (!isRecord(parsed)) return "malformed_body";
  const { meta, ...flat } = parsed;
  const pairs = Object.entries(isRecord(meta) ? flat : parsed);
  if (isRecord(meta)) for (const [name, value] of Object.entries(meta)) pairs.push([`meta.${name}`, value]);
  const members = pairs.length + (isRecord(meta) ? 1 : 0);
  const all = (json.match(COLON)?.length ?? 0) > members ? readEveryMember(json) : pairs;
  if (all.length > MAX_PARAMETERS) return "too_large";
  return all.filter(([, value]) => value !== null).map(([name, value]) => ({ name, text: textOf(value) }));
}

function readEveryMember(json: string): [string, unknown][] {
  const flat = readMembers(json).flatMap(([name, source]): [string, string][] =>
    name === "meta" && source.trimStart().startsWith("{")
      ? readMembers(source).map(([key, value]) => [`meta.${key}`, value])
      : [[name, source]],
  );
  return flat.map(([name, source]) => [name, JSON.parse(source, keepNumbersAsWritten)]);
}

function parsePair(pair: string): Parameter {
  const equals = pair.indexOf("=");
  const name = equals < 0 ? pair : pair.slice(0, equals);
  // A name that cannot be decoded is a name that we do not know.
  return { name: decode(name) ?? name, text: equals < 0 ? "" : decode(pair.slice(equals + 1)) };
}

function decode(text: string): string | null {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    // A template's macro in percent signs is broken percent-encoding, and is told as what it is.
    return PERCENT_MACRO.test(text) ? text : null;
  }
}

function keepNumbersAsWritten(_name: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? (context?.source ?? String(value)) : value;
}

function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "boolean" ? String(value) : null;
}
