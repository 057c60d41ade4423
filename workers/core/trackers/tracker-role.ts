/** Which role a request has on a tracker's host: a click, a postback, a pixel, something else of the tracker's, or nothing that its table speaks of. */
import { isPlainText } from "../postback/plain-text.ts";
import type { TrackerPlace, TrackerRoute, TrackerTable } from "./tracker-table.ts";

/** What is looked at. `path` is decoded nowhere, and begins behind the host, or behind `/t/{slug}`; `query` has its question mark, or is empty. */
export interface TrackerRequest {
  method: string;
  path: string;
  query: string;
}

/**
 * `alias` is the canonical text of a placed link (see `tracker-tables.ts`), and `otherwise` the one that is meant where that is not known. A click's `query` is the one
 * for the redirect, with our names for sub-ids. A click whose alias nobody knows is `unlisted`. `segments` are what was captured of the path.
 */
export type TrackerRole =
  | { role: "click"; alias: string; otherwise?: string; query: string }
  | { role: "postback"; segments: Readonly<Record<string, string>> }
  | { role: "pixel"; segments: Readonly<Record<string, string>> }
  | { role: "listed"; what: string; answer: "image" | "old" | "nothing" }
  | { role: "unlisted" };

/** Links are placed where texts are, and these stick to them, plain or encoded. */
const STICKING =
  /^(?:[.,;:!)\]}>"'*]|%(?:2[0-29c-e]|3[a-be]|5d|7d)|%e2%80%(?:8[bcd]|9[89cd])|%c2%(?:a0|bb)|%ef%bb%bf)$/i;
/** What one of them is as text: encoded, of one, two or three bytes. */
const STICKING_LENGTHS = [1, 3, 6, 9];
/** What browsers and robots ask of every host, which no tracker placed anywhere: nothing is lost where nothing is there. */
const ASKED_OF_ALL = /^\/(?:favicon\.ico|robots\.txt|apple-touch-icon[\w.-]*\.png|\.well-known\/.*)$/;
export const MAX_ALIAS_LENGTH = 128;
/** What forms of aliases call the name of the query's first parameter. */
export const FIRST_NAME = "?";

/** The role of a request; `subIds` are names of parameters that set-up says are sub-ids. Never throws, whatever came. */
export function roleOf(
  table: TrackerTable,
  request: TrackerRequest,
  subIds: Readonly<Record<string, string>> = {},
): TrackerRole {
  if (ASKED_OF_ALL.test(request.path))
    return { role: "listed", what: "what browsers ask of every host", answer: "nothing" };
  const query = splitQuery(request.query);
  const told = findRole(table, request, query, subIds);
  const bare = withoutSticking(request.path);
  if (bare === request.path || (told.role !== "unlisted" && told.role !== "click")) return told;
  const meant = findRole(table, { ...request, path: bare }, query, subIds);
  if (told.role === "unlisted") return meant;
  return meant.role === "click" ? { otherwise: meant.alias, ...told } : told;
}

/** What its aliases are written with, for people to read, such as `{offer_id}/{aff_id}` or `?{alias}`, in the order of its routes. */
export function aliasForms({ routes }: TrackerTable): string[] {
  const forms = routes.flatMap((route) =>
    route.role === "click" ? [route.alias, route.otherwise ?? route.alias] : [],
  );
  return [...new Set(forms)].map((form) => form.replace(`{${FIRST_NAME}}`, "{alias}"));
}

function withoutSticking(path: string): string {
  for (let end = path.length; ; ) {
    const length = STICKING_LENGTHS.find((one) => one < end && STICKING.test(path.slice(end - one, end)));
    if (length === undefined) return path.slice(0, end);
    end -= length;
  }
}

interface QueryPair {
  name: string;
  /** Without its first `=`, as sent. */
  value: string;
  sent: string;
}

function findRole(
  table: TrackerTable,
  { method, path }: TrackerRequest,
  query: readonly QueryPair[],
  subIds: Readonly<Record<string, string>>,
): TrackerRole {
  const segments = segmentsOf(path);
  for (const route of table.routes) {
    if (!fitsMethod(route, method) || !fitsQuery(route, query)) continue;
    const captured = capture(table, route.path, segments);
    const role = captured && roleAt(table, route, captured, query, subIds);
    if (role) return role;
  }
  return { role: "unlisted" };
}

function roleAt(
  table: TrackerTable,
  route: TrackerRoute,
  captured: Readonly<Record<string, string>>,
  query: readonly QueryPair[],
  subIds: Readonly<Record<string, string>>,
): TrackerRole | null {
  if (route.role === "listed") return { role: "listed", what: route.what, answer: route.answer };
  if (route.role !== "click") return { role: route.role, segments: captured };
  const alias = writeAlias(route, route.alias, captured, query);
  const otherwise = route.otherwise === undefined ? null : writeAlias(route, route.otherwise, captured, query);
  const found = alias ?? otherwise;
  if (found === null) return null;
  const used = new Set(namesIn(route.alias));
  const [first] = query;
  const rest = query.filter((pair) => !used.has(pair.name) && !(used.has(FIRST_NAME) && pair === first));
  const click = { role: "click", alias: found, query: renamed(rest, { ...table.clickNames, ...subIds }) } as const;
  return otherwise === null || otherwise === found ? click : { ...click, otherwise };
}

/** Null where a part of it says nothing. */
function writeAlias(
  route: { lower?: true },
  form: string,
  captured: Readonly<Record<string, string>>,
  query: readonly QueryPair[],
): string | null {
  let isWhole = true;
  const alias = form.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const text = captured[name] ?? (name === FIRST_NAME ? query[0]?.name : decoded(textOfName(query, name)));
    if (!text) isWhole = false;
    return text ?? "";
  });
  if (!isWhole || !isPlainText(alias, MAX_ALIAS_LENGTH)) return null;
  return route.lower ? alias.toLowerCase() : alias;
}

function namesIn(form: string): string[] {
  return [...form.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? "");
}

function renamed(pairs: readonly QueryPair[], names: Readonly<Record<string, string>>): string {
  const told = pairs.map(({ name, sent }) => {
    const ours = Object.hasOwn(names, name) ? names[name] : undefined;
    const equals = sent.indexOf("=");
    return ours === undefined ? sent : `${ours}${equals < 0 ? "" : sent.slice(equals)}`;
  });
  return told.length === 0 ? "" : `?${told.join("&")}`;
}

function fitsMethod({ role }: TrackerRoute, method: string): boolean {
  if (role === "click") return method === "GET" || method === "HEAD";
  return role === "listed" || method === "GET" || method === "POST";
}

function fitsQuery({ has, lacks, is }: TrackerPlace, query: readonly QueryPair[]): boolean {
  const isThere = (name: string) => query.some((pair) => pair.name === name);
  if (has && !has.some(isThere)) return false;
  if (lacks?.some(isThere)) return false;
  return Object.entries(is ?? {}).every(([name, value]) => decoded(textOfName(query, name)) === value);
}

function textOfName(query: readonly QueryPair[], name: string): string | undefined {
  return query.find((pair) => pair.name === name)?.value;
}

/** The captures of a path; null where the pattern does not fit. */
function capture(
  { shapes }: TrackerTable,
  pattern: string,
  segments: readonly string[],
): Readonly<Record<string, string>> | null {
  const parts = segmentsOf(pattern);
  const isAnywhere = pattern.startsWith("*");
  const isOpen = !isAnywhere && parts.at(-1) === "*";
  const due = isAnywhere ? parts.slice(1) : isOpen ? parts.slice(0, -1) : parts;
  const has = isAnywhere ? segments.slice(segments.length - due.length) : segments.slice(0, due.length);
  if (has.length < due.length || (!isAnywhere && !isOpen && segments.length > due.length)) return null;
  const captured: Record<string, string> = {};
  for (const [place, part] of due.entries()) {
    const sent = has[place] ?? "";
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) {
      if (part !== sent) return null;
      continue;
    }
    const text = decodedSegment(sent);
    if (!text || !shapeOf(shapes[name]).test(text)) return null;
    captured[name] = text;
  }
  return captured;
}

const SHAPES = new Map<string, RegExp>();

/** Of a whole text; of any where there is none. Tables are few, so that they are kept. */
export function shapeOf(source = "[^/]+"): RegExp {
  const known = SHAPES.get(source);
  if (known) return known;
  const shape = new RegExp(`^(?:${source})$`, "u");
  SHAPES.set(source, shape);
  return shape;
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function splitQuery(query: string): QueryPair[] {
  return query
    .slice(1)
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const sent = pair.replace(/^(?:amp;)+/, "");
      const equals = sent.indexOf("=");
      const name = equals < 0 ? sent : sent.slice(0, equals);
      return { name: decoded(name) ?? name, value: equals < 0 ? "" : sent.slice(equals + 1), sent };
    });
}

function decoded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : decodedSegment(text.replaceAll("+", " "));
}

/** Undefined for what is no text. */
function decodedSegment(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
