/** Which sessions are over before their time: single ones that were signed out of, and all of a holder that began until a moment. */
import { lte, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { sessionsOver } from "../../../schema/tables.ts";
import type { Env } from "../env.ts";
import { holderOf, SESSION_BY_LINK_S, type Session, sinceOf } from "./session.ts";

export async function hasEnded({ DB }: Pick<Env, "DB">, session: Session): Promise<boolean> {
  const row = await DB.prepare(
    `SELECT EXISTS (SELECT 1 FROM ended_sessions WHERE id = ?1)
         OR EXISTS (SELECT 1 FROM sessions_over WHERE holder = ?2 AND until >= ?3) AS ended`,
  )
    .bind(session.jti, holderOf(session), sinceOf(session))
    .first<{ ended: number }>();
  return row?.ended !== 0;
}

/** Ends this session for good, whoever may have copied its cookie. */
export async function endSession({ DB }: Pick<Env, "DB">, session: Session, nowMs: number): Promise<void> {
  await DB.batch([
    DB.prepare("INSERT INTO ended_sessions (id, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING").bind(
      session.jti,
      session.exp * 1_000,
    ),
    // What is over opens nothing anyway.
    DB.prepare("DELETE FROM ended_sessions WHERE expires_at <= ?").bind(nowMs),
  ]);
}

/** The statements that end all sessions of a holder that have begun by now, for a batch. */
export function endingSessionsOf(db: DrizzleD1Database, holder: string, nowMs: number) {
  return [
    db
      .insert(sessionsOver)
      .values({ holder, untilMs: nowMs })
      .onConflictDoUpdate({ target: sessionsOver.holder, set: { untilMs: sql`max(until, excluded.until)` } }),
    // No session that began before is still running.
    db.delete(sessionsOver).where(lte(sessionsOver.untilMs, nowMs - SESSION_BY_LINK_S * 1_000)),
  ] as const;
}
