/** Who is calling: what a bearer token proves, and what its role may see. */
import { and, eq, isNull } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { tokens } from "../../../schema/tables.ts";
import { equalText } from "../../core/equal.ts";
import type { Role } from "../../core/roles.ts";
import { sha256 } from "../../core/sha256.ts";
import type { Env } from "../env.ts";

/** Everything there is, or what belongs to one advertiser or one affiliate (by number). */
export type Scope = "everything" | { advertiser: number } | { affiliate: number };

export interface Caller {
  /** The token's name, for the audit log. */
  name: string;
  role: Role;
  scope: Scope;
}

/** The token of `Authorization: Bearer`; null when there is none. */
export function bearerToken(request: Request): string | null {
  const match = /^Bearer +([^\s]+) *$/i.exec(request.headers.get("authorization") ?? "");
  return match?.[1] ?? null;
}

/** The caller whose token this is: the admin token of the configuration, or one that was made with `POST /api/tokens` and not revoked. */
export async function findCaller(env: Pick<Env, "CONSOLE_TOKEN" | "DB">, token: string): Promise<Caller | null> {
  return findCallerByHash(env, hashToken(token));
}

/** The same, by the token's hash: a session holds no more of it. */
export async function findCallerByHash(env: Pick<Env, "CONSOLE_TOKEN" | "DB">, hash: string): Promise<Caller | null> {
  if (env.CONSOLE_TOKEN !== "" && equalText(hash, hashToken(env.CONSOLE_TOKEN)))
    return { name: "console token", role: "admin", scope: "everything" };
  const [row] = await drizzle(env.DB)
    .select({ name: tokens.name, role: tokens.role, subject: tokens.subject })
    .from(tokens)
    .where(and(eq(tokens.hash, hash), isNull(tokens.revokedAtMs)));
  return row ? { name: row.name, role: row.role, scope: scopeOf(row.role, row.subject) } : null;
}

/** How tokens are stored. They are 160 random bits, so nothing slower is needed. */
export function hashToken(token: string): string {
  return sha256(token);
}

/** A scoped role without a subject (which the table's check forbids) sees nothing: no number is 0. */
export function scopeOf(role: Role, subject: number | null): Scope {
  if (role === "advertiser") return { advertiser: subject ?? 0 };
  if (role === "affiliate") return { affiliate: subject ?? 0 };
  return "everything";
}
