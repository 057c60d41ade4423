/** Reads a template when it is saved, and whenever a request is made of it: every macro known, in a place where it may stand, and its owner's to be told. */
import { accept, type Result, refuse } from "../result.ts";
import type { DestinationKind, DestinationOwner } from "./destination-settings.ts";
import type { Template } from "./template.ts";
import { CLICK_MACROS, macroNamed } from "./template-macros.ts";
import { type MacroFault, type MacroUse, readText, type TextPart, usesIn } from "./template-text.ts";

export const MAX_ADDRESS_LENGTH = 2_048;
export const MAX_BODY_LENGTH = 16_384;
export const MAX_HEADERS = 20;
const MAX_HEADER_LENGTH = 2_048;

/** Where something stands in a template, in words. */
export type TemplatePlace = "address" | "header" | "user" | "password" | "body" | "needs";

export type TemplateFault =
  | MacroFault["reason"]
  | "not_yours"
  | "macro_in_origin"
  | "not_an_address"
  | "fragment"
  | "secret_over_http"
  | "too_long"
  | "bad_header"
  | "too_many_headers"
  | "body_of_a_get"
  | "not_json"
  | "needs_nothing_known";

/** What is wrong with a template: where, and as it was written. */
export interface TemplateRefusal {
  place: TemplatePlace;
  reason: TemplateFault;
  written: string;
}

export const TEMPLATE_FAULTS: Record<TemplateFault, string> = {
  unknown_macro: "There is no macro of this name.",
  bad_digits: "Behind the colon of an amount stands how many decimals it has, from 0 to 6: {payout:2}.",
  bad_map: "Behind the colon of a word stand words for words: {status:approved=sale rejected=trash}.",
  not_yours: "This macro tells what the destination's owner does not see.",
  macro_in_origin:
    "Scheme, host and port are written out: a macro stands in the path, the query, a header or the body.",
  not_an_address: "Write a whole address that begins with https:// or http://.",
  fragment: "Nothing behind # is ever sent: leave it out.",
  secret_over_http: "A secret is sent by https alone: begin the address with https://.",
  too_long: "This is too long: an address and a header have at most 2,048 characters, a body 16,384.",
  bad_header:
    "A header's name is letters, digits and hyphens, is none that the connection needs, and its value is one line.",
  too_many_headers: "A template has at most 20 headers.",
  body_of_a_get: "A GET has no body: take POST.",
  not_json:
    "With values in the place of its macros, the body must be JSON. A text stands in quotes, or alone in the place of a value.",
  needs_nothing_known: "What is needed is the name of a macro, without braces.",
};

/** A part of a JSON body: its macro stands in a string, or in the place of a value. */
export interface JsonPart extends TextPart {
  inString: boolean;
}

/** A template that was read; texts are as written, but that a percent sign which begins no escape is one, and that the address is ASCII. */
export interface ReadTemplate {
  method: Template["method"];
  origin: string;
  path: TextPart[];
  /** Null where there is no question mark. */
  query: TextPart[] | null;
  headers: { name: string; value: TextPart[] }[];
  basic: { user: TextPart[]; password: TextPart[] } | null;
  body: { form: "form"; parts: TextPart[] } | { form: "json"; parts: JsonPart[] } | null;
  /** Names of macros without a value of which nothing is sent. */
  needs: ReadonlySet<string>;
  /** Names of the secrets that it takes. */
  secrets: ReadonlySet<string>;
}

const ADDRESS = /^(https?:\/\/[^/?#\\\s]+)([^?#]*)(?:\?([^#]*))?(#.*)?$/i;
const HEADER_NAME = /^[A-Za-z0-9-]{1,64}$/;
const LINE = /^[\u0020-\u007e]*$/;
/** Of the connection, of the body's form, or signed by us. */
const OWN_HEADERS =
  /^(?:host|connection|content-length|content-type|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*|cf-.*|x-forwarded-.*|webhook-.*)$/i;

/** Reads a template of a destination of this kind and owner, whose secrets have these names; all that is wrong with it where something is. */
export function readTemplate(
  template: Template,
  { kind, owner }: { kind: DestinationKind; owner: DestinationOwner },
): Result<ReadTemplate, TemplateRefusal[]> {
  const faults: TemplateRefusal[] = [];
  const read = (place: TemplatePlace, written: string, isJson = false): TextPart[] => {
    const parts = readText(written, isJson);
    if (!parts.ok) {
      faults.push(...parts.refusal.map((fault) => ({ place, ...fault })));
      return [];
    }
    for (const { name, macro } of usesIn(parts.value))
      if (macro && !macro.owners.includes(owner.type))
        faults.push({ place, reason: "not_yours", written: `{${name}}` });
    return parts.value;
  };
  const address = readAddress(template.url, faults, read);
  const headers = readHeaders(template, faults, read);
  const basic = template.basic && {
    user: read("user", template.basic.user),
    password: read("password", template.basic.password),
  };
  const body = readBody(template, faults, read);
  const everything = [
    ...address.path,
    ...(address.query ?? []),
    ...headers.flatMap(({ value }) => value),
    ...(basic ? [...basic.user, ...basic.password] : []),
    ...(body?.parts ?? []),
  ];
  const uses = usesIn(everything);
  const secrets = new Set(uses.filter(({ macro }) => macro === null).map(({ name }) => name.slice("secret.".length)));
  const isSecret = secrets.size > 0 || basic !== null || headers.some(({ name }) => /^authorization$/i.test(name));
  if (/^http:/i.test(address.origin) && (isSecret || kind !== "postback"))
    faults.push({ place: "address", reason: "secret_over_http", written: template.url });
  for (const name of template.needs)
    if (!macroNamed(name)) faults.push({ place: "needs", reason: "needs_nothing_known", written: name });
  if (faults.length > 0) return refuse(faults);
  const needs = new Set([...template.needs, ...uses.filter(isNeeded).map(({ name }) => name)]);
  return accept({ method: template.method, ...address, headers, basic, body, needs, secrets });
}

/** A click's name, unless the template says what stands for none. */
function isNeeded({ name, fallback }: MacroUse): boolean {
  return fallback === null && CLICK_MACROS.includes(name);
}

type Reader = (place: TemplatePlace, written: string, isJson?: boolean) => TextPart[];

function readAddress(
  written: string,
  faults: TemplateRefusal[],
  read: Reader,
): Pick<ReadTemplate, "origin" | "path" | "query"> {
  const nothing = { origin: "", path: [], query: null };
  const fail = (reason: TemplateFault) => {
    faults.push({ place: "address", reason, written });
    return nothing;
  };
  const text = written.trim();
  if (text.length > MAX_ADDRESS_LENGTH) return fail("too_long");
  // Everything before the first slash behind the host decides where a request goes.
  if (/^[^/?#]*(?:[/\\]+[^/?#\\]*)?/.exec(text)?.[0].includes("{")) return fail("macro_in_origin");
  const match = ADDRESS.exec(text);
  const origin = match?.[1] === undefined ? null : URL.parse(match[1]);
  if (!match || !origin) return fail("not_an_address");
  if (origin.username !== "" || origin.password !== "") return fail("not_an_address");
  if (match[4] !== undefined) return fail("fragment");
  const path = match[2] === undefined || match[2] === "" ? "/" : match[2].replaceAll("\\", "/");
  return {
    origin: origin.origin,
    path: inAddress(read("address", path)),
    query: match[3] === undefined ? null : inAddress(read("address", match[3])),
  };
}

/** Fixed texts as an address may hold them: what browsers encode is, and a percent sign that begins no escape is written as one. */
function inAddress(parts: readonly TextPart[]): TextPart[] {
  return parts.map(({ text, use }) => ({
    text: text
      .replace(/%(?![0-9a-f]{2})/gi, "%25")
      .replace(/[^\u0021-\u007e]|["<>`{}|\\^]/gu, (letter) => encodeURIComponent(letter)),
    use,
  }));
}

function readHeaders({ headers }: Template, faults: TemplateRefusal[], read: Reader): ReadTemplate["headers"] {
  if (headers.length > MAX_HEADERS)
    faults.push({ place: "header", reason: "too_many_headers", written: `${headers.length}` });
  return headers.map(({ name, value }) => {
    const isGood = HEADER_NAME.test(name) && !OWN_HEADERS.test(name) && LINE.test(value);
    if (!isGood) faults.push({ place: "header", reason: "bad_header", written: name });
    if (value.length > MAX_HEADER_LENGTH) faults.push({ place: "header", reason: "too_long", written: name });
    return { name: name.toLowerCase(), value: read("header", value) };
  });
}

function readBody({ method, body }: Template, faults: TemplateRefusal[], read: Reader): ReadTemplate["body"] {
  if (body === null) return null;
  const fail = (reason: TemplateFault) => {
    faults.push({ place: "body", reason, written: body.text });
    return null;
  };
  if (method === "GET") return fail("body_of_a_get");
  if (body.text.length > MAX_BODY_LENGTH) return fail("too_long");
  if (body.form === "form") return { form: "form", parts: inAddress(read("body", body.text)) };
  const parts = placed(read("body", body.text, true));
  if (parts.length > 0 && !isJsonWith(parts)) return fail("not_json");
  return { form: "json", parts };
}

/** Each macro with whether it stands in a string: behind an odd number of quotes that no backslash takes away. */
function placed(parts: readonly TextPart[]): JsonPart[] {
  let inString = false;
  return parts.map((part) => {
    for (const [quote] of part.text.matchAll(/\\.|"/gs)) if (quote === '"') inString = !inString;
    return { ...part, inString };
  });
}

function isJsonWith(parts: readonly JsonPart[]): boolean {
  const filled = parts.map(({ text, use, inString }) => text + (use === null || inString ? "" : "0")).join("");
  try {
    JSON.parse(filled);
    return true;
  } catch {
    return false;
  }
}
