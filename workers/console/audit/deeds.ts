/** What is logged besides changes: who looked at secrets, took data out, signed in or tried to. */
import { drizzle } from "drizzle-orm/d1";
import { HOUR_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import type { Trace } from "../web/trace.ts";
import { type Actor, type ChangeRecord, type ChangeStamp, logChange } from "./change.ts";

/** What is the same as an hour ago is logged once an hour in an isolate: a caller that asks every second writes no more rows than that. */
const AGAIN_MS = HOUR_MS;
/** In an isolate and hour, of whoever holds no token. */
const MOST_BAD_SIGN_INS = 100;
const MOST_KEPT = 1_000;

let seen = new Map<string, number>();
let badSignIns = { fromMs: 0, count: 0 };

/** Logs it; what a deed shows is no secret. */
export async function logDeed(
  env: Pick<Env, "DB">,
  change: { by: Actor; atMs: number },
  deed: Omit<ChangeRecord, "before">,
): Promise<void> {
  await logChange(drizzle(env.DB), change, { ...deed, before: null });
}

/** The same for what may come again and again. */
export async function logDeedHourly(
  env: Pick<Env, "DB">,
  change: ChangeStamp,
  deed: Omit<ChangeRecord, "before">,
): Promise<void> {
  const { by, atMs } = change;
  const key = JSON.stringify([by.token, by.name, by.trace, deed.action, deed.kind, deed.subject]);
  if (atMs - (seen.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
  if (seen.size >= MOST_KEPT) seen = new Map();
  seen.set(key, atMs);
  await logDeed(env, change, deed);
}

/** A sign-in with a token or by a link; `caller` is null where that opens nothing. */
export async function logSignIn(
  env: Pick<Env, "DB">,
  caller: Caller | null,
  trace: Trace,
  atMs: number,
  brought: "token" | "link" = "token",
): Promise<void> {
  if (caller) {
    const by = { ...caller, trace };
    return logDeed(env, { by, atMs }, { action: "sign in", kind: "session", subject: caller.name, after: null });
  }
  if (atMs - badSignIns.fromMs >= HOUR_MS) badSignIns = { fromMs: atMs, count: 0 };
  badSignIns.count += 1;
  if (badSignIns.count > MOST_BAD_SIGN_INS) return;
  const stranger = { name: "nobody", role: "none", trace } as const;
  const last = badSignIns.count === MOST_BAD_SIGN_INS ? { and_more: "are not logged this hour" } : null;
  const deed = { action: "fail to sign in", kind: "session", subject: `unknown ${brought}`, after: last } as const;
  await logDeed(env, { by: stranger, atMs }, deed);
}
