/**
 * A destination: the template of an address, read once, and written out for each click with every value encoded for its place.
 *
 * The template decides scheme, host and port; what an affiliate or a visitor puts in stays inside the path segment, the parameter or the fragment
 * where its macro stands.
 */

import { accept, type Result, refuse } from "../result.ts";
import { type ClickFacts, MACRO, macroOf, macroValue } from "./macros.ts";

export const MAX_TEMPLATE_LENGTH = 2_048;
export const CLICK_ID_PARAMETER = "click_id";
/** The macros that say the click ID, in either spelling. */
const CLICK_ID_MACROS: readonly string[] = [CLICK_ID_PARAMETER, "click_id_hex"];

/** Why a template is refused when it is saved. */
export type DestinationRefusal =
  | "too_long"
  | "control_character"
  | "not_http"
  | "macro_in_origin"
  | "credentials"
  | "unreadable";

/** Fixed text, and the macro after it (our own name; empty where the macro is unknown; null at the end). */
interface TemplatePart {
  text: string;
  macro: string | null;
}

/** A query parameter of the template that holds a macro, with its name as a reader would decode it. */
interface Tracking {
  name: string;
  parts: TemplatePart[];
}

/** A template that was read. Every text in it is ASCII, as browsers normalise it. */
export interface LinkDestination {
  /** Scheme, host and path. */
  base: TemplatePart[];
  /** Without its question mark. */
  query: TemplatePart[];
  /** With its number sign; empty when there is none. */
  fragment: TemplatePart[];
  /** True when {click_id} stands somewhere in it, in either spelling. */
  carriesClickId: boolean;
  /** Names of its query parameters. */
  names: ReadonlySet<string>;
  tracking: Tracking[];
  /** Macros that do not exist: they become empty, and the operator should be warned. */
  unknownMacros: string[];
}

/** A query parameter, decoded. */
export type PassedParameter = readonly [name: string, value: string];

/** Reads a template; refuses one that is no http(s) address, or that lets a macro decide where it leads. */
export function readDestination(template: string): Result<LinkDestination, DestinationRefusal> {
  const text = template.trim();
  if (text.length > MAX_TEMPLATE_LENGTH) return refuse("too_long");
  if (/[\u0000-\u001f\u007f]/.test(text)) return refuse("control_character");
  const macros = [...text.matchAll(MACRO)].map((match) => match[1] ?? "");
  const mark = markFor(text);
  let index = 0;
  const marked = text.replace(MACRO, () => `${mark}n${index++}n`);
  // Browsers take any number of slashes and backslashes before a host, so everything before the first slash after it counts as origin.
  if (/^[^/?#\\]*(?:[/\\]+[^/?#\\]*)?/.exec(marked)?.[0].includes(mark)) return refuse("macro_in_origin");
  if (!/^https?:\/\/[^/?#\\]/i.test(marked)) return refuse("not_http");
  if (!URL.canParse(marked)) return refuse("unreadable");
  const url = new URL(marked);
  if (url.username !== "" || url.password !== "") return refuse("credentials");
  return accept(split(url, mark, macros));
}

/** What a deep link keeps of the ordinary destination: the parameters with macros, by which the advertiser knows the click. */
export function writeDeepLink(
  page: URL,
  destination: LinkDestination,
  click: ClickFacts,
  passed: readonly PassedParameter[],
): string {
  const ours = new Set([CLICK_ID_PARAMETER, ...destination.tracking.map(({ name }) => name)]);
  // Kept as it came, byte for byte, but for parameters that would contradict ours.
  const own = page.search.slice(1).split("&");
  const pairs = own.filter((pair) => pair !== "" && !ours.has(nameOf(pair)));
  pairs.push(...destination.tracking.map(({ parts }) => write(parts, click)));
  const taken = new Set(pairs.map(nameOf));
  pairs.push(...encodePairs(passed.filter(([name]) => !ours.has(name) && !taken.has(name))));
  const carried = destination.tracking.some(({ parts }) => parts.some(isClickId));
  if (!carried && click.clickId !== "") pairs.push(`${CLICK_ID_PARAMETER}=${click.clickId}`);
  return `${page.origin}${page.pathname}${pairs.length > 0 ? `?${pairs.join("&")}` : ""}${page.hash}`;
}

/** The address for one click. `passed` are parameters of the click that go on to the destination; those that the template names itself are left out. */
export function writeDestination(
  destination: LinkDestination,
  click: ClickFacts,
  passed: readonly PassedParameter[],
): string {
  let query = write(destination.query, click);
  if (passed.length > 0) {
    const unnamed = passed.filter(([name]) => name !== CLICK_ID_PARAMETER && !destination.names.has(name));
    for (const pair of encodePairs(unnamed)) query = join(query, pair);
  }
  if (!destination.carriesClickId && click.clickId !== "")
    query = join(query, `${CLICK_ID_PARAMETER}=${click.clickId}`);
  const address = writeBase(destination.base, click) + (query === "" ? "" : `?${query}`);
  return destination.fragment.length === 0 ? address : address + write(destination.fragment, click);
}

/**
 * What stands, with the macro's number between two `n`, for a macro while the address is parsed: it survives every normalisation, is no hexadecimal digit, and is
 * not in the template.
 */
function markFor(template: string): string {
  let mark = "m0";
  while (template.toLowerCase().includes(mark)) mark += "0";
  return mark;
}

function split(url: URL, mark: string, macros: readonly string[]): LinkDestination {
  const parts = (text: string) => partsOf(mendPercent(text), mark, macros);
  const [first, ...rest] = parts(url.pathname);
  const base = [{ text: url.origin + (first?.text ?? ""), macro: first?.macro ?? null }, ...rest];
  const pairs = url.search
    .slice(1)
    .split("&")
    .map((pair) => ({ name: nameOf(pair), parts: parts(pair) }));
  const query = parts(url.search.slice(1));
  const fragment = url.hash === "" ? [] : parts(url.hash);
  // Not every macro of the template is in them: `{sub1}/..` is nothing.
  const carriesClickId = [...base, ...query, ...fragment].some(isClickId);
  return {
    base,
    query,
    fragment,
    carriesClickId,
    names: new Set(pairs.map(({ name }) => name)),
    tracking: pairs.filter((pair) => pair.parts.some(({ macro }) => macro !== null)),
    unknownMacros: [...new Set(macros.filter((name) => macroOf(name) === null))],
  };
}

function partsOf(text: string, mark: string, macros: readonly string[]): TemplatePart[] {
  // Text and numbers by turns, since the pattern has one group.
  const pieces = text.split(new RegExp(`${mark}n(\\d+)n`));
  return Array.from({ length: (pieces.length + 1) / 2 }, (_, turn) => {
    const number = pieces[2 * turn + 1];
    const macro = number === undefined ? null : (macroOf(macros[Number(number)] ?? "") ?? "");
    return { text: pieces[2 * turn] ?? "", macro };
  });
}

function isClickId({ macro }: TemplatePart): boolean {
  return macro !== null && CLICK_ID_MACROS.includes(macro);
}

/** A percent sign that begins no escape is written as one, lest it make one with the value after it. */
function mendPercent(text: string): string {
  return text.replace(/%(?![0-9a-f]{2})/gi, "%25");
}

function write(parts: readonly TemplatePart[], click: ClickFacts): string {
  let text = "";
  for (const part of parts) {
    text += part.text;
    if (part.macro !== null) text += encode(macroValue(part.macro, click));
  }
  return text;
}

/** A segment of a path that climbs: `.` or `..`, also where dots are encoded. The slashes before a host begin none. */
const CLIMBING = /(?<!^https?:\/)\/(?:\.|%2e){1,2}(?=\/|$)/gi;

/** As `write`; a segment that values make `.` or `..` is left empty, since no encoding prevents climbing. It holds no click ID, and what stands in the others stays. */
function writeBase(parts: readonly TemplatePart[], click: ClickFacts): string {
  // Without macros it is as the browser's own reader wrote it: nothing climbs in it.
  return parts.length === 1 ? (parts[0]?.text ?? "") : write(parts, click).replace(CLIMBING, "/");
}

/** Leaves only characters that mean nothing in any place of an address: unreserved ones and `!*()`. */
function encode(value: string): string {
  return value === "" ? "" : encodeURIComponent(value.toWellFormed()).replaceAll("'", "%27");
}

function encodePairs(parameters: readonly PassedParameter[]): string[] {
  return parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`);
}

function join(query: string, pair: string): string {
  return query === "" || query.endsWith("&") ? query + pair : `${query}&${pair}`;
}

/** The name of an encoded pair, decoded where that can be done. */
function nameOf(pair: string): string {
  const name = (pair.split("=", 1)[0] ?? "").replaceAll("+", " ");
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
