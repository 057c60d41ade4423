/**
 * What the database of the books lost of the signed log, such as by a restore to a bookmark: the minutes behind it are entered again out of the bucket, which has them all. That they were
 * lost is noted first, with up to where the audit log's chain has all that was logged, for an operator to say that it was restored.
 */

import { NO_HEAD } from "../../core/journal/journal.ts";
import { LAST_LINK, type LastLink } from "../../core/signed-log/audit-rows.ts";
import type { LoggedHead, LoggedMinute } from "../../core/signed-log/minute.ts";
import { hoursLogged } from "./click-heads.ts";
import { enterMinute, minuteOf } from "./enter-minute.ts";
import { auditLogged, PUBLISHED } from "./publish-minute.ts";
import type { SignedLogParts } from "./signed-log-parts.ts";

/** Minutes that are entered again in a run of a minute: a day's take a quarter of an hour. */
const AT_ONCE = 100;

/** The last link before a number, or where there is none the beginning. */
const BEHIND = `
  UPDATE restorations SET (number, head) =
    (SELECT number, head FROM (SELECT 0 AS number, '${NO_HEAD}' AS head UNION ALL SELECT number, head FROM audit_chain WHERE number < ?2) ORDER BY number DESC LIMIT 1)
  WHERE size = ?1 AND number >= ?2 AND checkpoint IS NULL
    AND NOT EXISTS (SELECT 1 FROM audit_chain WHERE number = ?2 AND head = ?3)`;
const GONE = `
  SELECT 1 FROM json_each(?1) AS k WHERE NOT EXISTS (SELECT 1 FROM audit_chain WHERE number = k.value ->> 0 AND head = k.value ->> 1)`;
const NOTE = "INSERT INTO restorations (size, number, head, found_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";

/** Enters some of the minutes from `held` up to `size`; gives up to which the database has them then. */
export async function catchUp(
  { DB, ARCHIVE }: SignedLogParts,
  { held, size, nowMs }: { held: number; size: number; nowMs: number },
): Promise<number> {
  await noteTakenBack(DB, size, nowMs);
  const until = Math.min(size, held + AT_ONCE);
  for (let number = held + 1; number <= until; number++) {
    const minute = await minuteOf(ARCHIVE, number);
    // Where it was restored to what was left once, what was logged meanwhile is gone, and has numbers that are there.
    const marks = [...behindGone(DB, minute, size), ...auditLogged(DB, minute), ...(await hoursLogged(DB, minute))];
    if (marks.length > 0) await DB.batch(marks);
    // Last: a minute that is entered is not looked at again.
    await enterMinute(DB, minute);
    await DB.prepare(PUBLISHED).bind(number, nowMs).run();
  }
  return until;
}

/** Where a minute that the bucket had already says of the audit log what its chain does not have: it was claimed, and then the database was taken back before it was published. */
export async function noteGone(DB: D1Database, minute: LoggedMinute, nowMs: number): Promise<void> {
  const heads = minute.heads.filter(isOfAudit).map(({ number, head }) => [number, head]);
  const { results } = await DB.prepare(GONE).bind(JSON.stringify(heads)).all();
  if (results.length === 0) return;
  await noteTakenBack(DB, minute.number, nowMs);
  await DB.batch(behindGone(DB, minute, minute.number));
}

async function noteTakenBack(DB: D1Database, size: number, nowMs: number): Promise<void> {
  const link = (await DB.prepare(LAST_LINK).all<LastLink>()).results[0];
  await DB.prepare(NOTE)
    .bind(size, link?.number ?? 0, link?.head ?? NO_HEAD, nowMs)
    .run();
  console.error({ event: "signed_log_taken_back", minutes: size, audit: link?.number ?? 0 });
}

function behindGone(DB: D1Database, { heads }: LoggedMinute, size: number): D1PreparedStatement[] {
  return heads.filter(isOfAudit).map(({ number, head }) => DB.prepare(BEHIND).bind(size, number, head));
}

function isOfAudit({ kind, number }: LoggedHead): boolean {
  return (kind === "audit" || kind === "restored") && number > 0;
}
