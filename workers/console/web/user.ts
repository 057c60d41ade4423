/** Who looks at the console: signed in with a token or by a link, which a cookie remembers, or through Cloudflare Access. */

import { drizzle } from "drizzle-orm/d1";
import { accept, type Result } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { findBearer } from "./bearer.ts";
import { type Caller, callerOfUser, findCallerByHash, hashToken } from "./caller.ts";
import { accessCaller } from "./cloudflare-access.ts";
import { endingSessionsOf, endSession, hasEnded } from "./ended-sessions.ts";
import { advertiserKeys } from "./keys.ts";
import { noteUse } from "./last-use.ts";
import type { Problem } from "./problem.ts";
import { seal, unseal } from "./sealing.ts";
import { holderOf, newSession, newSessionOfUser, SESSION, type Session } from "./session.ts";
import { forgetSession, keepSession, sessionCookieOf } from "./session-cookie.ts";
import { takeLink } from "./sign-in-link.ts";
import { traceOf } from "./trace.ts";

export interface User {
  caller: Caller;
  through: "token" | "link" | "access";
  /** The session that it has here; null through Access, which has its own. */
  session: Session | null;
}

/** The user whose request this is; `"stranger"` when Access knows them and we do not; null when nobody does. */
export async function findUser(env: Env, request: Request, nowMs: number): Promise<User | "stranger" | null> {
  const session = await sessionOf(env, request, nowMs);
  const caller = session && (await callerOfSession(env, session, nowMs));
  if (session && caller) {
    noteUse(request, caller, nowMs);
    const through = session.user === undefined ? "token" : "link";
    return { caller: { ...caller, trace: await traceOf(env, request, "page") }, through, session };
  }
  const known = await accessCaller(env, request);
  if (known === null || known === "stranger") return known;
  noteUse(request, known, nowMs);
  return { caller: { ...known, trace: await traceOf(env, request, "access") }, through: "access", session: null };
}

/** The user as a caller of the API: only of what changes nothing, since a cookie comes along unasked. */
export async function readingUser(env: Env, request: Request): Promise<Caller | null> {
  if (request.method !== "GET" && request.method !== "HEAD") return null;
  const user = await findUser(env, request, Date.now());
  return user === null || user === "stranger" ? null : user.caller;
}

interface SignedIn {
  /** The Set-Cookie header of the new session. */
  cookie: string;
  caller: Caller;
}

/** Signs in the holder of `token`. */
export async function signIn(
  env: Env,
  request: Request,
  token: string,
  nowMs: number,
): Promise<Result<SignedIn, Problem>> {
  const caller = await findBearer(env, request, token, nowMs);
  if (!caller.ok) return caller;
  return accept({ cookie: await cookieOf(env, request, newSession(hashToken(token), nowMs)), caller: caller.value });
}

/** Signs in the user to whom a link was given, which it takes. */
export async function signInByLink(
  env: Env,
  request: Request,
  key: string,
  nowMs: number,
): Promise<Result<SignedIn, Problem>> {
  const taken = await takeLink(env, request, key, nowMs);
  if (!taken.ok) return taken;
  const { user, caller } = taken.value;
  noteUse(request, caller, nowMs);
  return accept({ cookie: await cookieOf(env, request, newSessionOfUser(user, caller, nowMs)), caller });
}

async function cookieOf(env: Env, request: Request, session: Session): Promise<string> {
  return keepSession(new URL(request.url), await seal(await advertiserKeys(env), SESSION, session), session);
}

/** Ends the session of this request for good, whoever may have copied its cookie, and gives the Set-Cookie header that forgets it. */
export async function signOut(env: Env, request: Request, nowMs: number): Promise<string> {
  const session = await sessionOf(env, request, nowMs);
  if (session) await endSession(env, session, nowMs);
  return forgetSession(new URL(request.url));
}

/** Ends all sessions of whose session this is, and gives the Set-Cookie header that forgets this one. */
export async function signOutEverywhere(env: Env, request: Request, session: Session, nowMs: number): Promise<string> {
  const db = drizzle(env.DB);
  await db.batch(endingSessionsOf(db, holderOf(session), nowMs));
  return forgetSession(new URL(request.url));
}

async function sessionOf(env: Env, request: Request, nowMs: number): Promise<Session | null> {
  const sealed = sessionCookieOf(request);
  const session = sealed === null ? null : await unseal(await advertiserKeys(env), SESSION, sealed, nowMs);
  return session && !(await hasEnded(env, session)) ? session : null;
}

async function callerOfSession(env: Env, { token, user }: Session, nowMs: number): Promise<Caller | null> {
  if (user !== undefined) {
    const caller = await callerOfUser(env, { number: user });
    return caller === "paused" ? null : caller;
  }
  const caller = token === undefined ? null : await findCallerByHash(env, token, nowMs);
  return caller?.ok ? caller.value : null;
}
