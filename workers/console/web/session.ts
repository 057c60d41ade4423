/** A session: what a sealed cookie says of who signed in with a token, and until when. It holds no token, only its hash. */
import * as v from "valibot";
import { encodeBase32 } from "../../core/base32.ts";
import { derive, type KeyRing } from "../../core/key-ring.ts";
import { seal, unseal } from "./sealing.ts";

const PURPOSE = "console-session";
/** A working day; then one signs in again. */
export const SESSION_S = 12 * 3_600;
const ID_BYTES = 16;
const ID_LENGTH = 26;
const CSRF_LENGTH = 32;

const session = v.object({
  /** 128 random bits: signing out ends it, and the CSRF token is made from it. */
  id: v.string(),
  /** SHA-256 of the token that opened it, so that revoking the token ends it. */
  token: v.string(),
  expiresAtMs: v.number(),
});
export type Session = v.InferOutput<typeof session>;

/** A new session of whoever holds the token with this hash. */
export function newSession(tokenHash: string, nowMs: number): Session {
  const id = encodeBase32(crypto.getRandomValues(new Uint8Array(ID_BYTES)), ID_LENGTH);
  return { id, token: tokenHash, expiresAtMs: nowMs + SESSION_S * 1_000 };
}

export function sealSession(ring: KeyRing, value: Session): Promise<string> {
  return seal(ring, PURPOSE, JSON.stringify(value));
}

/** Null when it is none of ours, or over. */
export async function openSession(ring: KeyRing, sealed: string, nowMs: number): Promise<Session | null> {
  const text = await unseal(ring, PURPOSE, sealed);
  const read = text === null ? null : v.safeParse(session, JSON.parse(text));
  return read?.success && nowMs < read.output.expiresAtMs ? read.output : null;
}

/** What every form of this session carries, so that no other site can send one in its name. */
export async function csrfToken(ring: KeyRing, sessionId: string): Promise<string> {
  const bytes = await derive(ring, ring.signing, `csrf/${sessionId}`);
  if (!bytes) throw new Error("the key ring lacks its signing key");
  return encodeBase32(bytes, CSRF_LENGTH);
}
