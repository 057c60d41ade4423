/** Tokens of the API: who may read or change what. Shown once, stored as their SHA-256. */
import { and, asc, eq, gt, isNull, type SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { advertisers, affiliates, tokens } from "../../../schema/tables.ts";
import { encodeBase32 } from "../../core/base32.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { findSubject, subjectSlug } from "../people/role-subject.ts";
import { newColumns } from "../set-up/field-values.ts";
import { hashToken } from "../web/caller.ts";
import { type ListPage, rowsToRead } from "../web/listing.ts";
import { invalid, notFound, type Problem } from "../web/problem.ts";
import { type NewToken, type TokenList, type TokenView, tokenFields, tokenView } from "./fields.ts";

/** 160 random bits. */
const TOKEN_BYTES = 20;
const TOKEN_LENGTH = 32;
/** Five years: whoever means more means none, or has mistyped the year. */
const LONGEST_DAYS = 1_826;
const LONGEST_MS = LONGEST_DAYS * DAY_MS;
const ID_BYTES = 10;
const ID_LENGTH = 16;

/** Makes a token. Its text is in the answer and nowhere else. */
export async function createToken(env: Env, input: NewToken, change: ChangeStamp) {
  const subject = await findSubject(env, input.role, input.subject);
  if (!subject.ok) return subject;
  const fault = expiryFault(input.expires_at ?? null, change.atMs);
  if (fault) return refuse(fault);
  const token = `cbk_${encodeBase32(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)), TOKEN_LENGTH)}`;
  const row = {
    hash: hashToken(token),
    id: encodeBase32(crypto.getRandomValues(new Uint8Array(ID_BYTES)), ID_LENGTH),
    ...newColumns(tokenFields, input),
    subject: subject.value,
    createdAtMs: change.atMs,
    revokedAtMs: null,
    lastUsedAtMs: null,
  };
  const after = tokenView({ row, subject: input.subject ?? null }, { env, role: "admin" });
  const db = drizzle(env.DB);
  await db.batch([
    db.insert(tokens).values(row),
    logChange(db, change, { action: "create", kind: "token", subject: row.id, before: null, after }),
  ]);
  return accept({ ...after, token });
}

function expiryFault(expiresAtMs: number | null, nowMs: number): Problem | null {
  if (expiresAtMs === null) return null;
  if (expiresAtMs <= nowMs) return invalid("#/expires_at", "Write a time that is still to come.");
  if (expiresAtMs > nowMs + LONGEST_MS)
    return invalid(
      "#/expires_at",
      `A token expires after ${LONGEST_DAYS} days at most: leave it empty for one that does not.`,
    );
  return null;
}

/** The tokens that were not revoked. */
export async function listTokens(env: Env, query: TokenList): Promise<ListPage<TokenView>> {
  const behind = query.cursor === undefined ? undefined : gt(tokens.id, query.cursor);
  const found = await findTokens(env, behind, rowsToRead(query));
  const items = found.slice(0, rowsToRead(query) - 1);
  return { items, next: found.length > items.length ? (items.at(-1)?.id ?? null) : null };
}

/** Ends a token; from now on it opens nothing. */
export async function revokeToken(env: Env, id: string, change: ChangeStamp): Promise<Result<null, Problem>> {
  const [found] = await findTokens(env, eq(tokens.id, id), 1);
  if (!found) return refuse(notFound("token", id));
  const db = drizzle(env.DB);
  await db.batch([
    db.update(tokens).set({ revokedAtMs: change.atMs }).where(eq(tokens.id, id)),
    logChange(db, change, { action: "revoke", kind: "token", subject: id, before: found, after: null }),
  ]);
  return accept(null);
}

/** Tokens that were not revoked, by their IDs. */
async function findTokens(env: Env, condition: SQL | undefined, limit: number): Promise<TokenView[]> {
  const rows = await drizzle(env.DB)
    .select({
      row: tokens,
      subject: subjectSlug(tokens),
    })
    .from(tokens)
    .leftJoin(advertisers, eq(advertisers.number, tokens.subject))
    .leftJoin(affiliates, eq(affiliates.number, tokens.subject))
    .where(and(isNull(tokens.revokedAtMs), condition))
    .orderBy(asc(tokens.id))
    .limit(limit);
  return rows.map((token) => tokenView(token, { env, role: "admin" }));
}
