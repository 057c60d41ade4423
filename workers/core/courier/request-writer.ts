/** Writes the request of one delivery: every value encoded once, for the place where it stands. */
import { encodeBase64 } from "../base64.ts";
import { accept, type Result, refuse } from "../result.ts";
import type { SkipReason } from "./delivery-reasons.ts";
import type { Outgoing } from "./template.ts";
import { CLICK_MACROS, type Macro, macroNamed, moneyText, type OutgoingDelivery } from "./template-macros.ts";
import { type JsonPart, MAX_ADDRESS_LENGTH, type ReadTemplate } from "./template-reader.ts";
import type { MacroUse, TextPart } from "./template-text.ts";

type Encode = (value: string) => string;

/** A segment of a path that climbs: `.` or `..`, also where dots are encoded. */
const CLIMBING = /\/(?:\.|%2e){1,2}(?=\/|$)/gi;

/**
 * The request that tells `delivery`, with `secrets` by name; or why nothing is sent: a value that is needed is empty, or the address becomes too long. Throws where a
 * secret is missing, which is looked for before (`ReadTemplate.secrets`).
 */
export function writeRequest(
  template: ReadTemplate,
  delivery: OutgoingDelivery,
  secrets: Readonly<Record<string, string>>,
): Result<Outgoing, SkipReason> {
  const missing = [...template.needs].find((name) => valueNamed(name, delivery) === "");
  if (missing !== undefined) return refuse(CLICK_MACROS.includes(missing) ? "no_external_id" : "no_needed_value");
  const open = writeWith(template, delivery, (name) => {
    const secret = secrets[name];
    if (secret === undefined) throw new Error(`the secret ${name} was not opened`);
    return secret;
  });
  if (open.url.length > MAX_ADDRESS_LENGTH) return refuse("address_too_long");
  const { url, headers, body } = template.secrets.size === 0 ? open : writeWith(template, delivery, null);
  // A user and a password are one secret, even where nothing of them is sealed.
  const shown = headers.map(([name, value]): [string, string] => [
    name,
    template.basic && name === "authorization" ? "Basic …" : value,
  ]);
  return accept({ method: template.method, ...open, shown: { url, headers: shown, body } });
}

/** True where a value that is needed is empty, and may be so only until the click's row has landed. */
export function waitsForClick(template: ReadTemplate, delivery: OutgoingDelivery): boolean {
  return (
    delivery.notice.click === undefined &&
    delivery.notice.clickId !== undefined &&
    [...template.needs].some((name) => valueNamed(name, delivery) === "")
  );
}

type Written = Pick<Outgoing, "url" | "headers" | "body">;

/** With secrets; or, where `secretOf` is null, with their names in their places. */
function writeWith(
  template: ReadTemplate,
  delivery: OutgoingDelivery,
  secretOf: ((name: string) => string) | null,
): Written {
  const write = (parts: readonly TextPart[], encode: Encode) =>
    parts.map(({ text, use }) => text + (use ? writeUse(use, delivery, secretOf, encode) : "")).join("");
  const path = write(template.path, encodeForAddress).replace(CLIMBING, "/");
  const query = template.query && write(template.query, encodeForAddress);
  const headers = template.headers.map(({ name, value }): [string, string] => [name, write(value, encodeForHeader)]);
  if (template.basic) {
    const { user, password } = template.basic;
    const bytes = new TextEncoder().encode(`${write(user, asIs)}:${write(password, asIs)}`);
    headers.push(["authorization", `Basic ${encodeBase64(bytes)}`]);
  }
  const { body } = template;
  if (body)
    headers.push(["content-type", body.form === "json" ? "application/json" : "application/x-www-form-urlencoded"]);
  return {
    url: `${template.origin}${path}${query === null ? "" : `?${query}`}`,
    headers,
    body:
      body && (body.form === "form" ? write(body.parts, encodeForAddress) : writeJson(body.parts, delivery, secretOf)),
  };
}

function writeUse(
  use: MacroUse,
  delivery: OutgoingDelivery,
  secretOf: ((name: string) => string) | null,
  encode: Encode,
): string {
  if (use.macro !== null) return encode(usedValue(use, use.macro, delivery));
  return secretOf ? encode(secretOf(use.name.slice("secret.".length))) : `{${use.name}}`;
}

function usedValue(use: MacroUse, macro: Macro, { notice, ...rest }: OutgoingDelivery): string {
  const value = macro.kind === "money" ? moneyText(macro, notice, use.digits) : (macro.read({ notice, ...rest }) ?? "");
  if (value === "") return use.fallback ?? "";
  return use.map?.get(value) ?? value;
}

function valueNamed(name: string, delivery: OutgoingDelivery): string {
  const macro = macroNamed(name);
  if (!macro) return "";
  return macro.kind === "money" ? moneyText(macro, delivery.notice, null) : (macro.read(delivery) ?? "");
}

/** In a string the value's text; in the place of a value a number where it is one, else a text, or null where there is none. */
function writeJson(
  parts: readonly JsonPart[],
  delivery: OutgoingDelivery,
  secretOf: ((name: string) => string) | null,
): string {
  return parts
    .map(({ text, use, inString }) => {
      if (use === null) return text;
      if (inString) return text + writeUse(use, delivery, secretOf, encodeForJson);
      const value = writeUse(use, delivery, secretOf, asIs);
      const isNumber =
        use.macro !== null && use.macro.kind !== "text" && use.map === null && /^-?\d+(?:\.\d+)?$/.test(value);
      if (isNumber) return text + value;
      return text + (value === "" ? "null" : JSON.stringify(value));
    })
    .join("");
}

function asIs(value: string): string {
  return value;
}

/** Leaves only characters that mean nothing in any place of an address or a form: unreserved ones. */
function encodeForAddress(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** One line of visible ASCII and blanks: what is more is percent-encoded. */
function encodeForHeader(value: string): string {
  return value.toWellFormed().replace(/[^\u0020-\u007e]+/g, (letters) => encodeURIComponent(letters));
}

function encodeForJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}
