/**
 * The signature of a webhook that leaves, as Standard Webhooks 1.0.0 has it: HMAC-SHA-256 under a secret that both know (`v1`), or ed25519, whose public half the receiver
 * has (`v1a`). Keys are derived, as an advertiser's are, and nothing of them is stored: a destination has a version, and signs with the one before it too while that lasts.
 */
import { encodeBase64 } from "../base64.ts";
import { derive, type KeyRing } from "../key-ring.ts";
import { must } from "../must.ts";
import { signWebhook } from "../postback/signed-webhook.ts";

export type SignatureForm = "v1" | "v1a";

/** A version of a destination's key: under which master key it was derived, and until when the one before it goes on signing. */
export interface SigningVersion {
  key: number;
  version: number;
  /** Unix milliseconds; null for the present one. */
  untilMs: number | null;
}

/** What a receiver has to know to verify: `whsec_…`, or the public half `whpk_…`. */
export interface WebhookSigner {
  form: SignatureForm;
  shown: string;
  sign(stamp: { id: string; timestamp: string }, body: Uint8Array): Promise<string>;
}

/** PKCS #8 of an Ed25519 key is this and the 32 bytes of its seed (RFC 8410, section 7). */
const PKCS8_ED25519 = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32);

/** The signer of one version of a destination's key. Throws where the ring lacks the master key, which is kept for as long as it signs. */
export async function webhookSigner(
  ring: KeyRing,
  { key, version }: Pick<SigningVersion, "key" | "version">,
  destination: number,
  form: SignatureForm,
): Promise<WebhookSigner> {
  const bytes = must(await derive(ring, key, `webhook/${form}/${destination}/${version}`), "master key", key);
  return form === "v1" ? hmacSigner(bytes) : edSigner(bytes);
}

function hmacSigner(bytes: Uint8Array): WebhookSigner {
  return {
    form: "v1",
    shown: `whsec_${encodeBase64(bytes)}`,
    sign: async (stamp, body) => signWebhook(bytes, stamp, body),
  };
}

async function edSigner(seed: Uint8Array): Promise<WebhookSigner> {
  const pkcs8 = Uint8Array.from([...PKCS8_ED25519, ...seed]);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const jwk = await crypto.subtle.exportKey("jwk", key);
  const { x = "" } = jwk instanceof ArrayBuffer ? {} : jwk;
  const publicHalf = x.replaceAll("-", "+").replaceAll("_", "/");
  return {
    form: "v1a",
    shown: `whpk_${publicHalf.padEnd(Math.ceil(publicHalf.length / 4) * 4, "=")}`,
    sign: async ({ id, timestamp }, body) => {
      const head = new TextEncoder().encode(`${id}.${timestamp}.`);
      const signed = new Uint8Array(head.length + body.length);
      signed.set(head);
      signed.set(body, head.length);
      return `v1a,${encodeBase64(new Uint8Array(await crypto.subtle.sign("Ed25519", key, signed)))}`;
    },
  };
}

/** The versions that sign now: the present one first, and those before it that still last. */
export function signingVersions(versions: readonly SigningVersion[], nowMs: number): SigningVersion[] {
  return versions
    .filter(({ untilMs }) => untilMs === null || nowMs < untilMs)
    .sort((left, right) => right.version - left.version);
}

/** The version that a destination has which was never rotated: under the oldest master key, since that one was there when it was made. */
export function firstVersion(masterKeys: Iterable<number>): SigningVersion {
  return { key: Math.min(...masterKeys), version: 1, untilMs: null };
}

/** A new version under the newest master key; those before it go on signing until `untilMs` at most. Numbers are never used again while a version with them lasts. */
export function rotatedVersions(
  versions: readonly SigningVersion[],
  masterKeys: readonly number[],
  { untilMs, nowMs }: { untilMs: number; nowMs: number },
): SigningVersion[] {
  const present = versions.length > 0 ? versions : [firstVersion(masterKeys)];
  const version = 1 + Math.max(...present.map((one) => one.version));
  const before = present.map((one) => ({ ...one, untilMs: Math.min(one.untilMs ?? untilMs, untilMs) }));
  return [{ key: Math.max(...masterKeys), version, untilMs: null }, ...signingVersions(before, nowMs)];
}

/** The headers of one try: the delivery's ID, which stays over all tries, the time of this one, and a signature by each of `signers`. */
export async function webhookHeaders(
  signers: readonly WebhookSigner[],
  { id, nowMs }: { id: string; nowMs: number },
  body: string,
): Promise<[name: string, value: string][]> {
  const stamp = { id, timestamp: String(Math.floor(nowMs / 1_000)) };
  const bytes = new TextEncoder().encode(body);
  const signatures = await Promise.all(signers.map((signer) => signer.sign(stamp, bytes)));
  return [
    ["content-type", "application/json"],
    ["webhook-id", stamp.id],
    ["webhook-timestamp", stamp.timestamp],
    ["webhook-signature", signatures.join(" ")],
  ];
}
