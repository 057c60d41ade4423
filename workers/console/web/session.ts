/** A session: what a sealed cookie says of who signed in, and until when. It holds no token and no link, only whose it is. */
import * as v from "valibot";
import { may } from "../../core/rights.ts";
import { isSeenBy, OPERATORS, type Role } from "../../core/roles.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";

/** Of who brought a token: a working day; then one signs in again. */
export const SESSION_S = (12 * HOUR_MS) / 1_000;
/** Of who came by a link, and could come again only by another one. It can be ended at once, here and by an admin. */
export const SESSION_BY_LINK_S = (30 * DAY_MS) / 1_000;
/** Of who came by a link, and may see secrets of the programme, or where its money goes. */
const SESSION_WITH_SECRETS_S = (7 * DAY_MS) / 1_000;

const session = v.object({
  /** Signing out ends it. */
  jti: v.string(),
  /** SHA-256 of the token that opened it, so that revoking the token ends it. */
  token: v.optional(v.string()),
  /** Number of the user who opened it by a link, so that pausing the user ends it. */
  user: v.optional(v.number()),
  /** When it began, in milliseconds; sessions of before this was said began `SESSION_S` before their end. */
  sinceMs: v.optional(v.number()),
  /** In seconds, as JWTs have it. */
  exp: v.number(),
});
export type Session = v.InferOutput<typeof session>;
/** How it is sealed into the cookie. */
export const SESSION = { purpose: "console-session", claims: session };

/** A new session of whoever holds the token with this hash. */
export function newSession(tokenHash: string, nowMs: number): Session {
  return { token: tokenHash, ...lasting(SESSION_S, nowMs) };
}

/** A new session of the user who came by a link, shorter for who holds everybody's secrets or money. Another role ends it, so that the length stays the role's. */
export function newSessionOfUser(user: number, caller: { role: Role }, nowMs: number): Session {
  const hasSecrets =
    (isSeenBy({ seenBy: OPERATORS }, caller.role) && may(caller, "credentials")) || may(caller, "payment_details");
  return { user, ...lasting(hasSecrets ? SESSION_WITH_SECRETS_S : SESSION_BY_LINK_S, nowMs) };
}

function lasting(seconds: number, nowMs: number) {
  return { jti: crypto.randomUUID(), sinceMs: nowMs, exp: Math.floor(nowMs / 1_000) + seconds };
}

/** When it began. */
export function sinceOf({ sinceMs, exp }: Session): number {
  return sinceMs ?? (exp - SESSION_S) * 1_000;
}

/** Whose sessions end together: all of a token, or of a user. */
export function holderOf({ token, user }: Pick<Session, "token" | "user">): string {
  return user === undefined ? `token ${token}` : `user ${user}`;
}
