/**
 * Is it really the shop? What its webhook brings is verified over the body as it came, before anything of it is read. Schemes are those of `SourceProof`:
 *
 *     hmac               HMAC-SHA-256 of the body in a header, base64 or hexadecimal (Shopify, WooCommerce, Lemon Squeezy)
 *     stamped            HMAC-SHA-256 of time, joint and body in a header of pairs (Stripe, Paddle)
 *     standard_webhooks  https://www.standardwebhooks.com
 *     header, url        the secret itself (RevenueCat)
 *     digistore24        SHA-512 of the sorted fields, each followed by the passphrase
 *     clickbank          AES-256-CBC: that it can be decrypted is all there is
 */
import { createDecipheriv, createHash, createHmac } from "node:crypto";
import { decodeBase64 } from "../base64.ts";
import { readSigningSecret } from "../credentials.ts";
import { equalText } from "../equal.ts";
import { isRecord } from "../is-record.ts";
import { parseTargetQuery } from "../postback/request-parameters.ts";
import { isWebhookId, verifyWebhook } from "../postback/signed-webhook.ts";
import type { RefusalReason } from "../reasons.ts";
import { accept, type Result, refuse } from "../result.ts";
import { parseForm } from "./json-tree.ts";
import type { SourceProof } from "./source-table.ts";

/** What came, as far as it is verified. `text` is the body, null where it is no UTF-8. */
export interface SourceRequest {
  target: string;
  headers: Headers;
  body: Uint8Array;
  text: string | null;
}

/** What was proved: the body, or what was in it. A form that had to be read is not read again. */
export interface ProvenBody {
  text: string | null;
  form?: Record<string, string>;
}

const MAX_HEADER_LENGTH = 2_048;
const MAX_MACS = 16;
const UNIX_SECONDS = /^\d{10}$/;
const DIGISTORE_SIGNATURES = ["sha_sign", "SHASIGN"];
/** ClickBank's cipher takes so many characters of the secret's hash, and so many bytes of an initialization vector. */
const CLICKBANK_KEY_LENGTH = 32;
const CLICKBANK_IV_BYTES = 16;

/** Tries every secret, so that the time tells nothing about which one was near. */
export function proveSource(
  proof: SourceProof,
  secrets: readonly string[],
  request: SourceRequest,
  nowMs: number,
): Result<ProvenBody, RefusalReason> {
  switch (proof.scheme) {
    case "hmac":
      return proveMac(proof, secrets, request);
    case "stamped":
      return proveStamped(proof, secrets, request, nowMs);
    case "standard_webhooks":
      return proveStandard(proof.toleranceS, secrets, request, nowMs);
    case "header":
      return proveSecret(secrets, withoutPrefix(headerOf(request, proof.header), proof.prefix), request);
    case "url":
      return proveSecret(secrets, secretInTarget(request.target), request);
    case "digistore24":
      return proveDigistore(secrets, request);
    case "clickbank":
      return proveClickBank(secrets, request);
  }
}

/** True for a secret that a scheme can use. */
export function isUsableSecret({ scheme }: SourceProof, secret: string): boolean {
  return scheme === "standard_webhooks" ? readSigningSecret(secret) !== null : secret !== "";
}

function proveMac(
  { header, encoding, prefix }: Extract<SourceProof, { scheme: "hmac" }>,
  secrets: readonly string[],
  request: SourceRequest,
): Result<ProvenBody, RefusalReason> {
  const sent = withoutPrefix(headerOf(request, header), prefix);
  if (sent === null) return refuse("missing_signature");
  const text = encoding === "hex" ? sent.toLowerCase() : sent;
  const fits = secrets.map((secret) =>
    equalText(text, createHmac("sha256", secret).update(request.body).digest(encoding)),
  );
  return fits.includes(true) ? accept({ text: request.text }) : refuse("bad_signature");
}

function proveStamped(
  { header, between, time, mac, joint, toleranceS }: Extract<SourceProof, { scheme: "stamped" }>,
  secrets: readonly string[],
  request: SourceRequest,
  nowMs: number,
): Result<ProvenBody, RefusalReason> {
  const pairs = headerOf(request, header)?.split(between).map(pairOf) ?? [];
  const stamp = pairs.find(([name]) => name === time)?.[1];
  const macs = pairs.filter(([name]) => name === mac).slice(0, MAX_MACS);
  if (stamp === undefined || macs.length === 0) return refuse("missing_signature");
  if (!UNIX_SECONDS.test(stamp)) return refuse("bad_signature");
  const fits = secrets.map((secret) => {
    const due = createHmac("sha256", secret).update(`${stamp}${joint}`).update(request.body).digest("hex");
    return macs.map(([, sent]) => equalText(sent.toLowerCase(), due)).includes(true);
  });
  if (!fits.includes(true)) return refuse("bad_signature");
  return isStale(stamp, toleranceS, nowMs) ? refuse("stale") : accept({ text: request.text });
}

function proveStandard(
  toleranceS: number,
  secrets: readonly string[],
  request: SourceRequest,
  nowMs: number,
): Result<ProvenBody, RefusalReason> {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((part) =>
    headerOf(request, `webhook-${part}`),
  );
  if (!id || !timestamp || !signatures) return refuse("missing_signature");
  if (!isWebhookId(id) || !UNIX_SECONDS.test(timestamp)) return refuse("bad_signature");
  const fits = secrets.map((secret) => {
    const key = readSigningSecret(secret);
    return key !== null && verifyWebhook(key, { id, timestamp }, request.body, signatures);
  });
  if (!fits.includes(true)) return refuse("bad_signature");
  return isStale(timestamp, toleranceS, nowMs) ? refuse("stale") : accept({ text: request.text });
}

function proveSecret(
  secrets: readonly string[],
  sent: string | null,
  request: SourceRequest,
): Result<ProvenBody, RefusalReason> {
  if (sent === null) return refuse("missing_token");
  const fits = secrets.map((secret) => equalText(secret, sent));
  return fits.includes(true) ? accept({ text: request.text }) : refuse("bad_token");
}

/** `key=value` and the passphrase of every field that is not empty, sorted by key, joined with nothing between them. */
function proveDigistore(secrets: readonly string[], { text }: SourceRequest): Result<ProvenBody, RefusalReason> {
  const form = text === null ? refuse("malformed_body" as const) : parseForm(text);
  if (!form.ok) return form;
  const sent = DIGISTORE_SIGNATURES.map((name) => form.value[name]).find((one) => one);
  if (!sent) return refuse("missing_signature");
  const fits = secrets.map((secret) => equalText(sent.toUpperCase(), signDigistore(form.value, secret)));
  return fits.includes(true) ? accept({ text, form: form.value }) : refuse("bad_signature");
}

/** The signature of Digistore24 over a form, in upper-case hexadecimal digits. */
export function signDigistore(form: Readonly<Record<string, string>>, passphrase: string): string {
  const hash = createHash("sha512");
  const signed = Object.keys(form).filter((name) => !DIGISTORE_SIGNATURES.includes(name) && form[name] !== "");
  for (const name of signed.sort((left, right) => (left < right ? -1 : 1)))
    hash.update(`${name}=${form[name]}${passphrase}`);
  return hash.digest("hex").toUpperCase();
}

function proveClickBank(secrets: readonly string[], { text }: SourceRequest): Result<ProvenBody, RefusalReason> {
  const sealed = parseSealed(text);
  if (!sealed) return refuse("missing_signature");
  for (const secret of secrets) {
    const opened = openClickBank(sealed, secret);
    if (opened !== null) return accept({ text: opened });
  }
  return refuse("bad_signature");
}

interface SealedNotification {
  notification: Uint8Array;
  iv: Uint8Array;
}

function parseSealed(text: string | null): SealedNotification | null {
  try {
    const body: unknown = JSON.parse(text ?? "");
    if (!isRecord(body) || typeof body.notification !== "string" || typeof body.iv !== "string") return null;
    const [notification, iv] = [decodeBase64(body.notification), decodeBase64(body.iv)];
    return notification && iv?.length === CLICKBANK_IV_BYTES ? { notification, iv } : null;
  } catch {
    return null;
  }
}

/** The notification without the control characters that it is filled up with; null where it is no JSON of ClickBank's, which only the right key gives. */
function openClickBank({ notification, iv }: SealedNotification, secret: string): string | null {
  try {
    const decipher = createDecipheriv("aes-256-cbc", clickBankKey(secret), iv).setAutoPadding(false);
    const text = Buffer.concat([decipher.update(notification), decipher.final()]).toString("utf8");
    const json = text.replace(/[\u0000-\u001f]+/g, "");
    // Looked for one by one: a pattern of all three tries the mark's every place anew, and a body has room for forty thousand.
    return json.startsWith("{") && json.endsWith("}") && json.includes('"transactionType"') ? json : null;
  } catch {
    return null;
  }
}

/** The first 32 hexadecimal digits of the secret's SHA-1, as text. */
export function clickBankKey(secret: string): Buffer {
  return Buffer.from(createHash("sha1").update(secret).digest("hex").slice(0, CLICKBANK_KEY_LENGTH), "ascii");
}

function headerOf({ headers }: SourceRequest, name: string): string | null {
  const text = headers.get(name)?.trim();
  return text && text.length <= MAX_HEADER_LENGTH ? text : null;
}

function withoutPrefix(text: string | null, prefix = ""): string | null {
  return text?.startsWith(prefix) ? text.slice(prefix.length) : null;
}

function secretInTarget(target: string): string | null {
  const query = parseTargetQuery(target);
  return query === "too_large" ? null : (query.find(({ name }) => name === "secret")?.text ?? null);
}

function pairOf(text: string): [name: string, value: string] {
  const equals = text.indexOf("=");
  return [text.slice(0, Math.max(equals, 0)).trim(), text.slice(equals + 1).trim()];
}

function isStale(timestampS: string, toleranceS: number, nowMs: number): boolean {
  return Math.abs(nowMs - Number(timestampS) * 1000) > toleranceS * 1000;
}
