/** A session: what a sealed cookie says of who signed in with a token, and until when. It holds no token, only its hash. */
import * as v from "valibot";
import { encodeBase32 } from "../../core/base32.ts";
import { derive, type KeyRing } from "../../core/key-ring.ts";

/** A working day; then one signs in again. */
export const SESSION_S = 12 * 3_600;
const CSRF_LENGTH = 32;

const session = v.object({
  /** Signing out ends it. */
  jti: v.string(),
  /** SHA-256 of the token that opened it, so that revoking the token ends it. */
  token: v.string(),
  /** In seconds, as JWTs have it. */
  exp: v.number(),
});
export type Session = v.InferOutput<typeof session>;
/** How it is sealed into the cookie. */
export const SESSION = { purpose: "console-session", claims: session };

/** A new session of whoever holds the token with this hash. */
export function newSession(tokenHash: string, nowMs: number): Session {
  return { jti: crypto.randomUUID(), token: tokenHash, exp: Math.floor(nowMs / 1_000) + SESSION_S };
}

/** What every form of this session carries, so that no other site can send one in its name. */
export async function csrfToken(ring: KeyRing, sessionId: string): Promise<string> {
  const bytes = await derive(ring, ring.signing, `csrf/${sessionId}`);
  if (!bytes) throw new Error("the key ring lacks its signing key");
  return encodeBase32(bytes, CSRF_LENGTH);
}
