/** What changed since the log had it: of each advertiser's journal its last row, of the audit log its last link, and of hours of the click log their roots; and what was made anew or restored. */
import { type AuditLink, type AuditRow, chainRows } from "../../core/signed-log/audit-chain.ts";
import { AUDIT_ROWS, LAST_LINK, type LastLink } from "../../core/signed-log/audit-rows.ts";
import type { LoggedHead } from "../../core/signed-log/minute.ts";
import { MINUTE_MS } from "../../core/time-units.ts";
import { cells, WITH_ROWS } from "../json-rows.ts";
import { clickHeads } from "./click-heads.ts";
import type { SignedLogParts } from "./signed-log-parts.ts";

/** Objects that are asked in a minute. Where there are more advertisers they take turns: of a thousand, each is asked every other minute. */
const ASKED = 500;
const ASKED_AT_ONCE = 50;
const AUDIT_ROWS_AT_ONCE = 500;
/** What stands for what is one of its kind. */
export const ONLY = "-";

const COUNT = "SELECT count(*) AS count FROM advertisers";
const ADVERTISERS = `SELECT number FROM advertisers ORDER BY number LIMIT ${ASKED} OFFSET ?`;
const CHAIN = `${WITH_ROWS} INSERT INTO audit_chain (number, hash, head) SELECT ${cells(3)} FROM given WHERE true`;
const RESTORED =
  "SELECT number, head, said_at, who FROM restorations WHERE said_at IS NOT NULL AND checkpoint IS NULL ORDER BY size";

/** Everything that is to be logged at that time. */
export async function gatherHeads(parts: SignedLogParts, nowMs: number): Promise<LoggedHead[]> {
  const [journals, audit, restored, clicks] = await Promise.all([
    journalHeads(parts, nowMs),
    auditHead(parts.DB),
    restoredHeads(parts.DB),
    clickHeads(parts.DB),
  ]);
  return [...journals, ...audit, ...restored, ...clicks];
}

async function journalHeads(parts: SignedLogParts, nowMs: number): Promise<LoggedHead[]> {
  const { results: counted } = await parts.DB.prepare(COUNT).all<{ count: number }>();
  const turns = Math.max(1, Math.ceil((counted[0]?.count ?? 0) / ASKED));
  const turn = Math.floor(nowMs / MINUTE_MS) % turns;
  const { results } = await parts.DB.prepare(ADVERTISERS)
    .bind(turn * ASKED)
    .all<{ number: number }>();
  const heads: LoggedHead[] = [];
  for (let from = 0; from < results.length; from += ASKED_AT_ONCE) {
    const some = results.slice(from, from + ASKED_AT_ONCE);
    heads.push(...(await Promise.all(some.map(({ number }) => journalHead(parts, number)))).flat());
  }
  return heads;
}

/** An object that does not answer is asked again the next time, and keeps no other waiting. */
async function journalHead(parts: SignedLogParts, advertiser: number): Promise<LoggedHead[]> {
  try {
    const { last, rebuilt } = await parts.journalOf(advertiser).headsToLog();
    const own = { name: parts.signers.nameJournal(advertiser), advertiser };
    const heads: LoggedHead[] = last ? [{ kind: "journal", number: last.seq, head: last.head, ...own }] : [];
    return [...heads, ...rebuilt.map((head): LoggedHead => ({ kind: "rebuilt", ...head, ...own }))];
  } catch (error) {
    console.error({ event: "journal_not_asked", advertiser, error: String(error) });
    return [];
  }
}

/** Chains what came since, and gives the last link where the log does not have it. Whoever chains at the same time makes the same links. */
async function auditHead(DB: D1Database): Promise<LoggedHead[]> {
  for (;;) {
    const last = await lastLink(DB);
    const { results: rows } = await DB.prepare(AUDIT_ROWS)
      .bind(last?.number ?? 0, AUDIT_ROWS_AT_ONCE)
      .all<AuditRow>();
    if (rows.length === 0)
      return last && last.checkpoint === null
        ? [{ kind: "audit", name: ONLY, number: last.number, head: last.head }]
        : [];
    const links = chainRows(last, rows).map(({ number, hash, head }: AuditLink) => [number, hash, head]);
    await DB.prepare(CHAIN).bind(JSON.stringify(links)).run();
  }
}

async function lastLink(DB: D1Database): Promise<LastLink | null> {
  return (await DB.prepare(LAST_LINK).all<LastLink>()).results[0] ?? null;
}

/** Where an operator said that the database was restored: up to where the chain is what it was before. */
async function restoredHeads(DB: D1Database): Promise<LoggedHead[]> {
  const { results } = await DB.prepare(RESTORED).all<{ number: number; head: string; said_at: number; who: string }>();
  return results.map(({ number, head, said_at: atMs, who: by }) => ({
    kind: "restored",
    name: ONLY,
    number,
    head,
    restored: { atMs, by },
  }));
}
