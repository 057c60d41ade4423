/** Is it really the sender? An address on the list, and what the advertiser's mode asks for: nothing, a token, a signature over everything that is read. */
import { equalText } from "../equal.ts";
import type { RefusalReason } from "../reasons.ts";
import { accept, type Result, refuse } from "../result.ts";
import { makeDialect } from "./dialect.ts";
import { type UnderstoodParameters, understand } from "./parameter-meanings.ts";
import { trimBlanks } from "./postback-reader.ts";
import { type Refusal, refuseFor } from "./refusal.ts";
import type { DoorRequest, RequestParameters } from "./request-parameters.ts";
import { NO_ADVERTISER, type Sender, validSecrets } from "./sender.ts";
import { isInRanges } from "./sender-address.ts";
import { normalisePercents, splitSignedTarget, verifyTarget } from "./signed-url.ts";
import { isWebhookId, verifyWebhook } from "./signed-webhook.ts";

export const TOLERANCE_S = 300;
/** A signed batch names itself in its signed `webhook-id`, so that a single message cannot be replayed as one, nor the other way round. */
const BATCH_ID = /^batch[_-]/;
const UNIX_SECONDS = /^\d{10}$/;
const NONCE = /^[A-Za-z0-9_-]{8,64}$/;
const BEARER = /^Bearer +(\S+)$/i;

/** Why a message is not believed. `known`: a secret of the advertiser's was right, and what it vouched for was not, so that the sender can hear why. */
export interface Disbelief extends Refusal {
  known?: true;
}

/** An advertiser that there is not. */
const NOBODY: Sender = {
  advertiser: NO_ADVERTISER,
  auth: "token",
  pixel: false,
  promisedAs: null,
  addresses: null,
  dialect: makeDialect(undefined),
  secrets: [],
};

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
): Result<Proof, Disbelief> {
  if (sender.auth === "open") return accept({});
  if (sender.auth === "signed") return proveSignature(sender, request, fields, nowMs);
  const token = proveToken(sender, request.headers, fields, nowMs);
  if (!looksSigned(request) || (!token.ok && token.refusal.reason !== "missing_token")) return token;
  const signature = proveSignature(sender, request, fields, nowMs);
  if (!token.ok) return signature.ok ? refuseKnown("token_besides", "token") : token;
  if (!signature.ok) return accept({ ...token.value, signature: signature.refusal.reason });
  return accept({ ...signature.value, ...token.value, signature: "valid" });
}

/** True where what the mode does not ask for is right: a token in signed mode, a signature in token mode. Such a sender can hear what is missing. */
export function provesOtherwise(
  sender: Sender,
  request: DoorRequest,
  fields: UnderstoodParameters,
  nowMs: number,
): boolean {
  if (sender.auth === "signed") return proveToken(sender, request.headers, fields, nowMs).ok;
  if (!looksSigned(request)) return false;
  const signature = proveSignature(sender, request, fields, nowMs);
  return signature.ok || signature.refusal.known === true;
}

/**
 * What somebody hears who proved nothing: what is wrong with the request at an advertiser that there is not, whichever it names, so that nobody learns which
 * there are. `sent` is what it brings, read as in token mode. A token that is wrong goes before a signature that is.
 */
export function refusalOfStranger(
  request: DoorRequest,
  sent: Pick<RequestParameters, "query" | "body" | "fault">,
  nowMs: number,
): Refusal {
  const fields = understand(NOBODY.dialect, sent.query, sent.body);
  const token = proveToken(NOBODY, request.headers, fields, nowMs);
  const lacksToken = !token.ok && token.refusal.reason === "missing_token";
  const proof = lacksToken && triesToSign(request, fields) ? proveSignature(NOBODY, request, fields, nowMs) : token;
  if (proof.ok) throw new Error("nobody has no secrets");
  return unhide(proof.refusal, sent.fault);
}

/** A token that is missing may have stood in the part that could not be read. */
export function unhide(refusal: Refusal, fault: RefusalReason | undefined): Refusal {
  return refusal.reason === "missing_token" && fault !== undefined ? { reason: fault } : refusal;
}

/** Proves a batch: by the token in its header or query before it is read, or, in signed mode, by its signature once it was read whole. */
export function proveBatch(
  sender: Sender,
  request: DoorRequest,
  fields: UnderstoodParameters,
  nowMs: number,
): Result<Proof, Disbelief> {
  if (sender.auth === "open") return accept({});
  if (sender.auth === "token") return proveToken(sender, request.headers, fields, nowMs);
  return proveWebhook(sender, request, true, nowMs);
}

function proveToken(
  sender: Sender,
  headers: Headers,
  fields: UnderstoodParameters,
  nowMs: number,
): Result<Proof, Disbelief> {
  const field = fields.named.get("token");
  const sent = [bearerOf(headers), trimBlanks(field?.text ?? "")].filter((token) => !!token);
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

/** Also where it is no signature yet. */
function triesToSign({ headers }: DoorRequest, fields: UnderstoodParameters): boolean {
  return fields.named.has("sig") || ["id", "timestamp", "signature"].some((part) => headers.has(`webhook-${part}`));
}

function proveSignature(
  sender: Sender,
  request: DoorRequest,
  fields: UnderstoodParameters,
  nowMs: number,
): Result<Proof, Disbelief> {
  return request.method === "GET"
    ? proveTarget(sender, request, fields, nowMs)
    : proveWebhook(sender, request, false, nowMs);
}

function proveTarget(
  sender: Sender,
  { target, body }: DoorRequest,
  fields: UnderstoodParameters,
  nowMs: number,
): Result<Proof, Disbelief> {
  const cut = splitSignedTarget(target);
  if (!cut) return refuseFor("missing_signature", "sig");
  if (cut.trailing || body.length > 0) return refuseFor("unsigned_content");
  for (const [parameter, form] of [
    ["ts", UNIX_SECONDS],
    ["nonce", NONCE],
  ] as const) {
    const field = fields.named.get(parameter);
    const text = trimBlanks(field?.text ?? "");
    if (!field || (text === "" && field.text !== null)) return refuseFor("missing_signature", parameter);
    if (!form.test(text)) return refuseFor("malformed_parameter", parameter);
  }
  const secrets = validSecrets(sender, nowMs).find(({ signing }) => verifyTarget(signing, cut.signed, cut.signature));
  if (!secrets) return refuseFor("bad_signature");
  if (isStale(trimBlanks(fields.named.get("ts")?.text ?? ""), nowMs)) return refuseKnown("stale", "ts");
  return accept({ version: secrets.version, signedAs: normalisePercents(cut.signed) });
}

function proveWebhook(
  sender: Sender,
  { target, headers, body }: DoorRequest,
  batch: boolean,
  nowMs: number,
): Result<Proof, Disbelief> {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((part) => headers.get(`webhook-${part}`));
  if (!id || !timestamp || !signatures) return refuseFor("missing_signature");
  if (target.includes("?")) return refuseFor("unsigned_content");
  if (!isWebhookId(id)) return refuseFor("malformed_parameter", "webhook-id");
  if (!UNIX_SECONDS.test(timestamp)) return refuseFor("malformed_parameter", "webhook-timestamp");
  const secrets = validSecrets(sender, nowMs).find(({ signing }) =>
    verifyWebhook(signing, { id, timestamp }, body, signatures),
  );
  if (!secrets) return refuseFor("bad_signature");
  if (isStale(timestamp, nowMs)) return refuseKnown("stale", "webhook-timestamp");
  if (BATCH_ID.test(id) !== batch) return refuseKnown("unsigned_content", "webhook-id");
  return accept({ version: secrets.version });
}

function isStale(timestampS: string, nowMs: number): boolean {
  return Math.abs(nowMs - Number(timestampS) * 1000) > TOLERANCE_S * 1000;
}

function refuseKnown(reason: RefusalReason, parameter: string): { ok: false; refusal: Disbelief } {
  return refuse({ reason, parameter, known: true });
}
