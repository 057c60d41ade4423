/** Who is calling: what a bearer token proves, and what its role may see. */
import { and, eq, isNull } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { advertisers, tokens, users } from "../../../schema/tables.ts";
import { isStrongConsoleToken } from "../../core/console-token.ts";
import { equalText } from "../../core/equal.ts";
import { derivePseudonyms, type Pseudonyms } from "../../core/pseudonyms.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Role } from "../../core/roles.ts";
import { sha256 } from "../../core/sha256.ts";
import type { Env } from "../env.ts";
import { advertiserKeys } from "./keys.ts";
import type { Trace } from "./trace.ts";

/**
 * Everything there is, or what belongs to one advertiser or one affiliate (by number). `pseudonyms` are what an advertiser knows its affiliates and their links by;
 * null where it is told their names.
 */
export type Scope = "everything" | { advertiser: number; pseudonyms: Pseudonyms | null } | { affiliate: number };

export interface Caller {
  /** The token's name or the user's e-mail address, for the audit log. */
  name: string;
  role: Role;
  scope: Scope;
  /** ID of the token, where it is one that was made. */
  token?: string;
  /** Number of the user, where it is one who was invited. */
  user?: number;
  /** When the token or the user was last seen, to the hour; absent where that is not kept. */
  seenAtMs?: number | null;
  /** How this call came; absent where a caller is only looked up. */
  trace?: Trace;
}

/** What a caller needs to be known by. */
type CallerEnv = Pick<Env, "CONSOLE_TOKEN" | "DB" | "ADVERTISER_KEYS">;

/** The token of `Authorization: Bearer`; null when there is none. */
export function bearerToken(request: Request): string | null {
  const match = /^Bearer +([^\s]+) *$/i.exec(request.headers.get("authorization") ?? "");
  return match?.[1] ?? null;
}

/** Why a token opens nothing. */
export type DeadToken = { reason: "unknown" } | { reason: "expired"; atMs: number };

/** The caller whose token this is: the admin token of the configuration, or one that was made with `POST /api/tokens`, and was not revoked and has not expired. */
export async function findCaller(env: CallerEnv, token: string, nowMs: number): Promise<Result<Caller, DeadToken>> {
  return findCallerByHash(env, hashToken(token), nowMs);
}

/** The same, by the token's hash: a session holds no more of it. */
export async function findCallerByHash(
  env: CallerEnv,
  hash: string,
  nowMs: number,
): Promise<Result<Caller, DeadToken>> {
  if (isStrongConsoleToken(env.CONSOLE_TOKEN) && equalText(hash, hashToken(env.CONSOLE_TOKEN)))
    return accept({ name: "console token", role: "admin", scope: "everything" });
  const [row] = await drizzle(env.DB)
    .select()
    .from(tokens)
    .where(and(eq(tokens.hash, hash), isNull(tokens.revokedAtMs)));
  if (!row) return refuse({ reason: "unknown" });
  const { id, name, role, subject, expiresAtMs, lastUsedAtMs } = row;
  if (expiresAtMs !== null && expiresAtMs <= nowMs) return refuse({ reason: "expired", atMs: expiresAtMs });
  return accept({ name, role, scope: await scopeOf(env, role, subject), token: id, seenAtMs: lastUsedAtMs });
}

/** The caller who is this user; null where there is none. */
export async function callerOfUser(
  env: Pick<Env, "DB" | "ADVERTISER_KEYS">,
  who: { number: number } | { email: string },
): Promise<Caller | "paused" | null> {
  const [row] = await drizzle(env.DB)
    .select()
    .from(users)
    .where("number" in who ? eq(users.number, who.number) : eq(users.email, who.email));
  if (!row) return null;
  const { number, email, role, subject, status, seenAtMs } = row;
  if (status !== "active") return "paused";
  return { name: email, role, scope: await scopeOf(env, role, subject), user: number, seenAtMs };
}

/** How tokens are stored. They are 160 random bits, so nothing slower is needed. */
export function hashToken(token: string): string {
  return sha256(token);
}

/** A scoped role without a subject (which the table's check forbids) sees nothing: no number is 0. */
export async function scopeOf(
  env: Pick<Env, "DB" | "ADVERTISER_KEYS">,
  role: Role,
  subject: number | null,
): Promise<Scope> {
  if (role === "affiliate") return { affiliate: subject ?? 0 };
  if (role !== "advertiser") return "everything";
  const advertiser = subject ?? 0;
  const [row] = await drizzle(env.DB)
    .select({ isTold: advertisers.shareAffiliates })
    .from(advertisers)
    .where(eq(advertisers.number, advertiser));
  if (row?.isTold) return { advertiser, pseudonyms: null };
  return { advertiser, pseudonyms: await derivePseudonyms(await advertiserKeys(env), advertiser) };
}

/** What the caller knows affiliates and links by, where it is not by their slugs. */
export function pseudonymsFor({ scope }: Pick<Caller, "scope">): Pseudonyms | null {
  return scope !== "everything" && "advertiser" in scope ? scope.pseudonyms : null;
}
