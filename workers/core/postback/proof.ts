/** Is it really the sender? An address on the list, and what the advertiser's mode asks for: nothing, a token, a signature over everything that is read. */
import { equalText } from "../equal.ts";
import type { RefusalReason } from "../reasons.ts";
import { accept, type Result } from "../result.ts";
import type { UnderstoodParameters } from "./parameter-meanings.ts";
import { type Refusal, refuseFor } from "./refusal.ts";
import type { DoorRequest } from "./request-parameters.ts";
import { type Sender, validSecrets } from "./sender.ts";
import { isInRanges } from "./sender-address.ts";
import { normalisePercents, splitSignedTarget, verifyTarget } from "./signed-url.ts";
import { isWebhookId, verifyWebhook } from "./signed-webhook.ts";

export const TOLERANCE_S = 300;
/** A signed batch names itself in its signed `webhook-id`, so that a single message cannot be replayed as one, nor the other way round. */
const BATCH_ID = /^batch[_-]/;
const UNIX_SECONDS = /^\d{10}$/;
const NONCE = /^[A-Za-z0-9_-]{8,64}$/;
const BEARER = /^Bearer +(\S+)$/i;

/** Which version of the secrets vouched (absent in open mode), how the signed bytes name the message, and, in token mode, what became of a signature that came along. */
export interface Proof {
  version?: number;
  signedAs?: string;
  signature?: "valid" | RefusalReason;
}

/** True unless the advertiser has a list and `CF-Connecting-IP` is not on it. No other header counts: a sender can write those itself. */
export function mayComeFrom(sender: Sender, headers: Headers): boolean {
  return sender.addresses === null || isInRanges(sender.addresses, headers.get("CF-Connecting-IP"));
}

/** Proves a single message. */
export function prove(
  sender: Sender,
  request: DoorRequest,
  fields: UnderstoodParameters,
  nowMs: number,
): Result<Proof, Refusal> {
  if (sender.auth === "open") return accept({});
  if (sender.auth === "signed") return proveSignature(sender, request, fields, nowMs);
  const token = proveToken(sender, request.headers, fields, nowMs);
  if (!token.ok || !looksSigned(request)) return token;
  const signature = proveSignature(sender, request, fields, nowMs);
  if (!signature.ok) return accept({ ...token.value, signature: signature.refusal.reason });
  return accept({ ...signature.value, ...token.value, signature: "valid" });
}

/** Proves a batch: by the token in its header or query before it is read, or, in signed mode, by its signature once it was read whole. */
export function proveBatch(
  sender: Sender,
  request: DoorRequest,
  fields: UnderstoodParameters,
  nowMs: number,
): Result<Proof, Refusal> {
  if (sender.auth === "open") return accept({});
  if (sender.auth === "token") return proveToken(sender, request.headers, fields, nowMs);
  return proveWebhook(sender, request, true, nowMs);
}

function proveToken(
  sender: Sender,
  headers: Headers,
  fields: UnderstoodParameters,
  nowMs: number,
): Result<Proof, Refusal> {
  const field = fields.named.get("token");
  const sent = [bearerOf(headers), field?.text].filter((token) => !!token);
  if (sent.length === 0) return field?.text === null ? refuseFor("bad_token", field.name) : refuseFor("missing_token");
  // Every secret is compared with every token, so that the time tells nothing about which one was near.
  const vouching = validSecrets(sender, nowMs).filter(({ token }) =>
    sent.map((text) => equalText(token, text ?? "")).includes(true),
  );
  return vouching[0] ? accept({ version: vouching[0].version }) : refuseFor("bad_token", field?.name);
}

function bearerOf(headers: Headers): string | undefined {
  const authorization = headers.get("Authorization");
  return authorization === null ? undefined : BEARER.exec(authorization)?.[1];
}

function looksSigned({ method, target, headers }: DoorRequest): boolean {
  return method === "GET" ? splitSignedTarget(target) !== null : headers.has("webhook-signature");
}

function proveSignature(
  sender: Sender,
  request: DoorRequest,
  fields: UnderstoodParameters,
  nowMs: number,
): Result<Proof, Refusal> {
  return request.method === "GET"
    ? proveTarget(sender, request, fields, nowMs)
    : proveWebhook(sender, request, false, nowMs);
}

function proveTarget(
  sender: Sender,
  { target, body }: DoorRequest,
  fields: UnderstoodParameters,
  nowMs: number,
): Result<Proof, Refusal> {
  const cut = splitSignedTarget(target);
  if (!cut) return refuseFor("missing_signature", "sig");
  if (cut.trailing || body.length > 0) return refuseFor("unsigned_content");
  for (const [parameter, form] of [
    ["ts", UNIX_SECONDS],
    ["nonce", NONCE],
  ] as const) {
    const field = fields.named.get(parameter);
    if (!field || field.text === "") return refuseFor("missing_signature", parameter);
    if (!form.test(field.text ?? "")) return refuseFor("malformed_parameter", parameter);
  }
  const secrets = validSecrets(sender, nowMs).find(({ signing }) => verifyTarget(signing, cut.signed, cut.signature));
  if (!secrets) return refuseFor("bad_signature");
  if (isStale(fields.named.get("ts")?.text ?? "", nowMs)) return refuseFor("stale", "ts");
  return accept({ version: secrets.version, signedAs: normalisePercents(cut.signed) });
}

function proveWebhook(
  sender: Sender,
  { target, headers, body }: DoorRequest,
  batch: boolean,
  nowMs: number,
): Result<Proof, Refusal> {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((part) => headers.get(`webhook-${part}`));
  if (!id || !timestamp || !signatures) return refuseFor("missing_signature");
  if (target.includes("?")) return refuseFor("unsigned_content");
  if (!isWebhookId(id)) return refuseFor("malformed_parameter", "webhook-id");
  if (!UNIX_SECONDS.test(timestamp)) return refuseFor("malformed_parameter", "webhook-timestamp");
  const secrets = validSecrets(sender, nowMs).find(({ signing }) =>
    verifyWebhook(signing, { id, timestamp }, body, signatures),
  );
  if (!secrets) return refuseFor("bad_signature");
  if (isStale(timestamp, nowMs)) return refuseFor("stale", "webhook-timestamp");
  if (BATCH_ID.test(id) !== batch) return refuseFor("unsigned_content", "webhook-id");
  return accept({ version: secrets.version });
}

function isStale(timestampS: string, nowMs: number): boolean {
  return Math.abs(nowMs - Number(timestampS) * 1000) > TOLERANCE_S * 1000;
}
