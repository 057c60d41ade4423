/** Who is calling: what a bearer token proves, and what its role may see. */
import { and, eq, isNull } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { advertisers, tokens } from "../../../schema/tables.ts";
import { isStrongConsoleToken } from "../../core/console-token.ts";
import { equalText } from "../../core/equal.ts";
import { derivePseudonyms, type Pseudonyms } from "../../core/pseudonyms.ts";
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
  /** The token's name, for the audit log. */
  name: string;
  role: Role;
  scope: Scope;
  /** ID of the token, where it is one that was made. */
  token?: string;
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

/** The caller whose token this is: the admin token of the configuration, or one that was made with `POST /api/tokens` and not revoked. */
export async function findCaller(env: CallerEnv, token: string): Promise<Caller | null> {
  return findCallerByHash(env, hashToken(token));
}

/** The same, by the token's hash: a session holds no more of it. */
export async function findCallerByHash(env: CallerEnv, hash: string): Promise<Caller | null> {
  if (isStrongConsoleToken(env.CONSOLE_TOKEN) && equalText(hash, hashToken(env.CONSOLE_TOKEN)))
    return { name: "console token", role: "admin", scope: "everything" };
  const [row] = await drizzle(env.DB)
    .select({ id: tokens.id, name: tokens.name, role: tokens.role, subject: tokens.subject })
    .from(tokens)
    .where(and(eq(tokens.hash, hash), isNull(tokens.revokedAtMs)));
  if (!row) return null;
  return { name: row.name, role: row.role, scope: await scopeOf(env, row.role, row.subject), token: row.id };
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
