/** Parameters as they were sent, whichever way: a query, a form, a JSON object, a row of a table. */
import { isRecord } from "../is-record.ts";
import { readMembers } from "./json-members.ts";
import { WRAPPERS } from "./parameter-names.ts";

/** How many parameters one message may have. */
export const MAX_PARAMETERS = 256;

/** `text` is null when there is no text to read: broken percent-encoding or UTF-8, a list or an object where a value belongs. */
export interface Parameter {
  name: string;
  text: string | null;
  /** Set where it is a number of JSON, whose digits may be those of floating point. */
  isNumber?: true;
}

/** Found behind every name of a JSON object, and perhaps within text: where it is found oftener than there are names, one may have come twice. */
const COLON = /"\s*:/g;
/** `%TXID%`, and in the middle of a value one whose name does not begin like an escape. */
const PERCENT_MACRO = /^%+\w+%+$|%(?![0-9A-Fa-f]{2})[A-Za-z_]\w*%/;
/** `&` as HTML writes it, where a template escaped a link once more (or twice) than it should. */
const ESCAPED_AMPERSAND = /^(?:amp;)+/i;

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
 * twice is two parameters, as in a query. An object that holds nothing but another under a wrapper's name (`{"data":{…}}`) is that one, and so is a list of one.
 */
export function parseJsonObject(json: string): Parameter[] | "malformed_body" | "too_large" {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json, keepNumbersAsWritten);
  } catch {
    // Also when it is nested deeper than the stack.
    return "malformed_body";
  }
  const meant = unwrap(parsed);
  if (!meant) return "malformed_body";
  const { meta, ...flat } = meant;
  const nested = objectOf(meta);
  const pairs = Object.entries(nested ? flat : meant);
  for (const [name, value] of Object.entries(nested ?? {})) pairs.push([`meta.${name}`, value]);
  const members = pairs.length + (nested ? 1 : 0);
  // In a wrapper a name that comes twice is not told; the last one counts, as everywhere in JSON.
  const mayRepeat = meant === parsed && (json.match(COLON)?.length ?? 0) > members;
  const all = mayRepeat ? readEveryMember(json) : pairs;
  if (all.length > MAX_PARAMETERS) return "too_large";
  return all.filter(([, value]) => value !== null).map(([name, value]) => writeParameter(name, value));
}

function unwrap(parsed: unknown): Record<string, unknown> | null {
  if (Array.isArray(parsed)) return parsed.length === 1 ? objectOf(parsed[0]) : null;
  const whole = objectOf(parsed);
  const [only, ...others] = Object.entries(whole ?? {});
  if (!only || others.length > 0 || !WRAPPERS.has(only[0].toLowerCase())) return whole;
  return objectOf(only[1]) ?? whole;
}

function objectOf(value: unknown): Record<string, unknown> | null {
  return isRecord(value) && !isWrittenNumber(value) ? value : null;
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
  const name = (equals < 0 ? pair : pair.slice(0, equals)).replace(ESCAPED_AMPERSAND, "");
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

/** A number of JSON, with its digits as they were written. No JSON has a symbol for a name. */
const DIGITS = Symbol("digits");
interface WrittenNumber {
  [DIGITS]: string;
}

function isWrittenNumber(value: unknown): value is WrittenNumber {
  return typeof value === "object" && value !== null && DIGITS in value;
}

function keepNumbersAsWritten(_name: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? { [DIGITS]: context?.source ?? String(value) } : value;
}

function writeParameter(name: string, value: unknown): Parameter {
  if (isWrittenNumber(value)) return { name, text: value[DIGITS], isNumber: true };
  if (typeof value === "string") return { name, text: value };
  return { name, text: typeof value === "boolean" ? String(value) : null };
}
