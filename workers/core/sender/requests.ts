/** The requests of a sender: with its token, or signed as a GET or as a Standard Webhooks POST. Nothing is sent here. */
import { readSigningSecret } from "../credentials.ts";
import { signTarget } from "../postback/signed-url.ts";
import { signWebhook } from "../postback/signed-webhook.ts";

/** A request as fetch takes it. A body is the bytes that were signed, where it was. */
export interface SenderRequest {
  method: "GET" | "POST";
  url: string;
  headers: Record<string, string>;
  body?: Uint8Array;
}

/** The parameters of one postback, by the sender's names. */
export type Parameters = Readonly<Record<string, string>>;

/** What a signature needs besides the secret: Unix seconds, and a name that no other message has. */
export interface Stamp {
  nowS: number;
  name: string;
}

/** GET with the token in the query; `null` where nothing is asked for. */
export function tokenGet(address: string, parameters: Parameters, token: string | null): SenderRequest {
  const query = new URLSearchParams({ ...parameters, ...(token === null ? {} : { token }) });
  return { method: "GET", url: `${address}?${query}`, headers: {} };
}

/** POST of a JSON object with the token in the header. */
export function tokenPost(address: string, parameters: Parameters, token: string | null): SenderRequest {
  return post(address, encode(JSON.stringify(parameters)), "application/json", bearer(token));
}

/** POST of a form with the token in the header. */
export function formPost(address: string, parameters: Parameters, token: string | null): SenderRequest {
  const text = new URLSearchParams(parameters).toString();
  return post(address, encode(text), "application/x-www-form-urlencoded", bearer(token));
}

/** Signed GET; `stamp.name` is the nonce, 8 to 64 of `[A-Za-z0-9_-]`. */
export function signedGet(
  address: string,
  parameters: Parameters,
  secret: string,
  { nowS, name }: Stamp,
): SenderRequest {
  const { origin, pathname } = new URL(address);
  const signed = `${pathname}?${new URLSearchParams({ ...parameters, ts: String(nowS), nonce: name })}`;
  const signature = signTarget(keyOf(secret), signed);
  return { method: "GET", url: `${origin}${signed}&sig=${signature}`, headers: {} };
}

/** Signed POST of a JSON object; `stamp.name` is the `webhook-id`. */
export function signedPost(address: string, parameters: Parameters, secret: string, stamp: Stamp): SenderRequest {
  return signedBody(address, { bytes: encode(JSON.stringify(parameters)), type: "application/json" }, secret, stamp);
}

/** Signed POST of any body; the `webhook-id` of a batch, and of nothing else, begins with `batch_`. */
export function signedBody(
  address: string,
  { bytes, type }: { bytes: Uint8Array; type: string },
  secret: string,
  { nowS, name }: Stamp,
): SenderRequest {
  const stamp = { id: name, timestamp: String(nowS) };
  return post(address, bytes, type, {
    "webhook-id": stamp.id,
    "webhook-timestamp": stamp.timestamp,
    "webhook-signature": signWebhook(keyOf(secret), stamp, bytes),
  });
}

/** POST of any body with the token in the header. */
export function tokenBody(
  address: string,
  { bytes, type }: { bytes: Uint8Array; type: string },
  token: string | null,
): SenderRequest {
  return post(address, bytes, type, bearer(token));
}

/** The same request with the token in its header too, for an advertiser in token mode that also signs. */
export function withToken(request: SenderRequest, token: string | null): SenderRequest {
  return { ...request, headers: { ...request.headers, ...bearer(token) } };
}

/** The request as text for a terminal, with the secrets masked. A signature is none: it vouches for this message alone. */
export function describeRequest({ method, url, headers, body }: SenderRequest, secrets: readonly string[]): string {
  const lines = [`${method} ${url}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  if (body) lines.push("", new TextDecoder().decode(body));
  const written = secrets.flatMap((secret) => [secret, inQuery(secret)]);
  return written.reduce((text, secret) => text.replaceAll(secret, masked(secret)), lines.join("\n"));
}

function inQuery(text: string): string {
  return new URLSearchParams({ text }).toString().slice("text=".length);
}

function masked(secret: string): string {
  return `${/^(?:cbt_|whsec_)/.exec(secret)?.[0] ?? ""}…`;
}

function post(url: string, body: Uint8Array, type: string, headers: Record<string, string>): SenderRequest {
  return { method: "POST", url, headers: { "content-type": type, ...headers }, body };
}

function bearer(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

function keyOf(secret: string): Uint8Array {
  const key = readSigningSecret(secret);
  if (!key) throw new Error("a signing secret begins with whsec_: copy it again from the console");
  return key;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
