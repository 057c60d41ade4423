/** What an advertiser's server proves itself with: derived from the master keys whenever it is shown, stored nowhere. */
import * as v from "valibot";
import type { Credential } from "../../../schema/records.ts";
import { deriveSigningSecret, deriveToken } from "../../core/credentials.ts";
import { formatInstant } from "../../core/instant.ts";
import type { KeyRing } from "../../core/key-ring.ts";
import type { Env } from "../env.ts";
import { advertiserKeys } from "../web/keys.ts";

const secrets = {
  version: v.number(),
  token: v.nullable(v.string()),
  signing_secret: v.nullable(v.string()),
  valid_until: v.nullable(v.string()),
};
/** Newest first; null where the master key is no longer held. */
export const credentialsAnswer = v.object({
  ...secrets,
  postback_url: v.string(),
  previous: v.array(v.object(secrets)),
});
export type CredentialsView = v.InferOutput<typeof credentialsAnswer>;

interface Holder {
  number: number;
  slug: string;
  credentials: Credential[];
}

/** The credentials that are valid at `nowMs`, in the order in which they are kept: newest first. */
export function validCredentials(credentials: readonly Credential[], nowMs: number): Credential[] {
  return credentials.filter(({ untilMs }) => untilMs === undefined || nowMs < untilMs);
}

/**
 * The credentials after a rotation at `nowMs`: a new version of master key `key` first, those before it valid until `untilMs` at most. Versions are never
 * used again, and ended ones stay, so that what was received while they were valid can be told from what was not, however late it is settled.
 */
export function rotateCredentials(
  credentials: readonly Credential[],
  key: number,
  { untilMs, nowMs }: { untilMs: number; nowMs: number },
): Credential[] {
  const version = 1 + credentials.reduce((highest, credential) => Math.max(highest, credential.version), 0);
  return [{ version, key }, ...credentials.map((credential) => endCredential(credential, untilMs, nowMs))];
}

/** The credential, valid until `untilMs` at most. Who has it end at a time that is over revokes it. */
export function endCredential(credential: Credential, untilMs: number, nowMs: number): Credential {
  if (credential.untilMs !== undefined && credential.untilMs <= untilMs) return credential;
  return { ...credential, untilMs, ...(untilMs <= nowMs ? { revoked: true } : {}) };
}

/** Token and signing secret of an advertiser: the newest ones, and those before them that are still valid. */
export async function credentialsView(env: Env, holder: Holder, nowMs: number): Promise<CredentialsView> {
  const ring = await advertiserKeys(env);
  const [newest, ...previous] = validCredentials(holder.credentials, nowMs);
  if (!newest) throw new Error(`advertiser ${holder.slug} has no valid credentials`);
  return {
    ...(await secretsOf(ring, holder.number, newest)),
    postback_url: `${env.POSTBACK_ORIGIN}/p/${holder.slug}`,
    previous: await Promise.all(previous.map((credential) => secretsOf(ring, holder.number, credential))),
  };
}

async function secretsOf(ring: KeyRing, advertiser: number, { version, key, untilMs }: Credential) {
  const token = await deriveToken(ring, advertiser, version, key);
  const secret = await deriveSigningSecret(ring, advertiser, version, key);
  // Null when the master key has been taken out of the ring: nothing can be proved with it any more.
  return { version, token, signing_secret: secret, valid_until: untilMs === undefined ? null : formatInstant(untilMs) };
}
