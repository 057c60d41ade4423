/** A session: what a sealed cookie says of who signed in with a token, and until when. It holds no token, only its hash. */
import * as v from "valibot";

/** A working day; then one signs in again. */
export const SESSION_S = 12 * 3_600;

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
