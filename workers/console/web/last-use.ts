/** When a token or a user was last seen: written after the answer, once an hour at most, so that no request waits for it and none costs a row of its own. */
import { and, eq, isNull, lte, or } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { MiddlewareHandler } from "hono";
import { tokens, users } from "../../../schema/tables.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { Env } from "../env.ts";
import type { Caller } from "./caller.ts";

/** Whose use is to be written once their requests are answered. */
const due = new WeakMap<Request, { caller: Caller; nowMs: number }>();

/** Notes that the caller is here, where what was read of it says that this is due. */
export function noteUse(request: Request, caller: Caller, nowMs: number): void {
  const { seenAtMs } = caller;
  const isDue = seenAtMs !== undefined && (seenAtMs === null || nowMs - seenAtMs >= HOUR_MS);
  if (isDue) due.set(request, { caller, nowMs });
}

/** Writes what was noted, after the answer. */
export const writeNotedUse: MiddlewareHandler<{ Bindings: Env }> = async (context, next) => {
  await next();
  const noted = due.get(context.req.raw);
  if (!noted) return;
  const written = writeUse(context.env, noted.caller, noted.nowMs).catch((error: unknown) => {
    console.warn({ event: "last_use_unwritten", error: String(error) });
  });
  context.executionCtx.waitUntil(written);
};

/** Of several requests that read the same, the first writes. */
async function writeUse(env: Pick<Env, "DB">, { token, user }: Caller, nowMs: number): Promise<void> {
  const db = drizzle(env.DB);
  const dueMs = nowMs - HOUR_MS;
  if (user !== undefined)
    await db
      .update(users)
      .set({ seenAtMs: nowMs })
      .where(and(eq(users.number, user), or(isNull(users.seenAtMs), lte(users.seenAtMs, dueMs))));
  else if (token !== undefined)
    await db
      .update(tokens)
      .set({ lastUsedAtMs: nowMs })
      .where(and(eq(tokens.id, token), or(isNull(tokens.lastUsedAtMs), lte(tokens.lastUsedAtMs, dueMs))));
}
