/** Who looks at the console: signed in with a token, which a cookie remembers, or through Cloudflare Access. */

import { accept, type Result } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { findBearer } from "./bearer.ts";
import { type Caller, findCallerByHash, hashToken } from "./caller.ts";
import { accessCaller } from "./cloudflare-access.ts";
import { advertiserKeys } from "./keys.ts";
import type { Problem } from "./problem.ts";
import { seal, unseal } from "./sealing.ts";
import { newSession, SESSION, type Session } from "./session.ts";
import { forgetSession, keepSession, sessionCookieOf } from "./session-cookie.ts";
import { traceOf } from "./trace.ts";

export interface User {
  caller: Caller;
  through: "token" | "access";
}

/** The user whose request this is; `"stranger"` when Access knows them and our table does not; null when nobody does. */
export async function findUser(env: Env, request: Request, nowMs: number): Promise<User | "stranger" | null> {
  const session = await sessionOf(env, request, nowMs);
  const caller = session && (await findCallerByHash(env, session.token));
  if (caller) return { caller: { ...caller, trace: await traceOf(env, request, "page") }, through: "token" };
  const known = await accessCaller(env, request);
  if (known === null || known === "stranger") return known;
  return { caller: { ...known, trace: await traceOf(env, request, "access") }, through: "access" };
}

/** The user as a caller of the API: only of what changes nothing, since a cookie comes along unasked. */
export async function readingUser(env: Env, request: Request): Promise<Caller | null> {
  if (request.method !== "GET" && request.method !== "HEAD") return null;
  const user = await findUser(env, request, Date.now());
  return user === null || user === "stranger" ? null : user.caller;
}

/** The Set-Cookie header of a new session for the holder of `token`, and who that is. */
export async function signIn(
  env: Env,
  request: Request,
  token: string,
  nowMs: number,
): Promise<Result<{ cookie: string; caller: Caller }, Problem>> {
  const caller = await findBearer(env, request, token, nowMs);
  if (!caller.ok) return caller;
  const session = newSession(hashToken(token), nowMs);
  const sealed = await seal(await advertiserKeys(env), SESSION, session);
  return accept({ cookie: keepSession(new URL(request.url), sealed), caller: caller.value });
}

/** Ends the session of this request for good, whoever may have copied its cookie, and gives the Set-Cookie header that forgets it. */
export async function signOut(env: Env, request: Request, nowMs: number): Promise<string> {
  const session = await sessionOf(env, request, nowMs);
  if (session)
    await env.DB.batch([
      env.DB.prepare("INSERT INTO ended_sessions (id, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING").bind(
        session.jti,
        session.exp * 1_000,
      ),
      // What is over opens nothing anyway.
      env.DB.prepare("DELETE FROM ended_sessions WHERE expires_at <= ?").bind(nowMs),
    ]);
  return forgetSession(new URL(request.url));
}

async function sessionOf(env: Env, request: Request, nowMs: number): Promise<Session | null> {
  const sealed = sessionCookieOf(request);
  const session = sealed === null ? null : await unseal(await advertiserKeys(env), SESSION, sealed, nowMs);
  if (!session) return null;
  const ended = await env.DB.prepare("SELECT 1 AS ended FROM ended_sessions WHERE id = ?").bind(session.jti).first();
  return ended ? null : session;
}
