/** Holds the signed log against what it is made of, a page at a time: minutes against their files, journals and the audit log's chain; the chain against the audit log; and hours of clicks. */
import { objectName } from "../../core/books/stored.ts";
import { formatInstant } from "../../core/instant.ts";
import type { JournalFinding } from "../../core/journal/check.ts";
import { toBase64 } from "../../core/journal/commitments.ts";
import { NO_HEAD } from "../../core/journal/journal.ts";
import { type AuditLink, type AuditRow, checkChain } from "../../core/signed-log/audit-chain.ts";
import { AUDIT_LINKS, AUDIT_ROWS } from "../../core/signed-log/audit-rows.ts";
import { clickRoot, type HashedPiece } from "../../core/signed-log/click-root.ts";
import type { GoneBack, UnmetHead } from "../../core/signed-log/gone-back.ts";
import { minuteName } from "../../core/signed-log/log-names.ts";
import { entryOf, type LoggedHead, type LoggedMinute } from "../../core/signed-log/minute.ts";
import { readMinute } from "../../core/signed-log/minute-file.ts";

/** What is walked through. */
export const LOG_WALKS = ["minutes", "audit", "clicks"] as const;
export type LogWalk = (typeof LOG_WALKS)[number];

export interface CheckedLog {
  checked: number;
  findings: JournalFinding[];
  /** Of a page of minutes, heads that journals and the audit log do not have today, and what says that one went back; the latter explain the former, wherever in the log they stand. */
  unmet: UnmetHead[];
  gone_back: GoneBack[];
  /** Roots of hours of clicks: of a page of minutes those that it logged, of one of clicks those of what there is now, but for hours that are due. */
  roots: { hour: string; root: string }[];
  next: string | null;
}

const NO_HEADS = { unmet: [], gone_back: [] };

/** What is read of the world. */
export interface CheckEnv {
  DB: D1Database;
  ARCHIVE: { get(name: string): Promise<{ text(): Promise<string> } | null> };
  CONVERSIONS: { getByName(name: string): { journalRows(seqs: number[]): Promise<{ seq: number; head: string }[]> } };
}

const MINUTES = 50;
const AUDIT = 500;
const PIECES = 1_000;

const MINUTE_ROWS =
  "SELECT number, minute, hashes ->> '$[0]' AS leaf FROM checkpoints WHERE number > ?1 ORDER BY number LIMIT ?2";
const CLICK_PIECES = `
  SELECT p.hour, p.piece, p.sha256, d.hour IS NOT NULL AS due FROM archive_pieces AS p LEFT JOIN due_click_roots AS d ON d.hour = p.hour
  WHERE p.log = 'clicks' AND p.hour > ?1 ORDER BY p.hour, p.piece LIMIT ?2`;

/** One page of a walk, behind the number or hour `after`. */
export async function checkLogPage(env: CheckEnv, walk: LogWalk, after: number): Promise<CheckedLog> {
  if (walk === "minutes") return checkMinutes(env, after);
  return walk === "audit" ? checkAudit(env.DB, after) : clickRoots(env.DB, after);
}

interface MinuteRow {
  number: number;
  minute: string;
  leaf: string;
}

async function checkMinutes(env: CheckEnv, after: number): Promise<CheckedLog> {
  const { results: rows } = await env.DB.prepare(MINUTE_ROWS).bind(after, MINUTES).all<MinuteRow>();
  const files = await Promise.all(rows.map(({ number }) => fileOf(env, number)));
  const findings = rows.flatMap((row, place) => checkFile(row, files[place] ?? null));
  const minutes = files.flatMap((file) => file ?? []);
  const logged = minutes.flatMap(({ number, heads }) => heads.map((head) => ({ ...head, under: number })));
  const both = [await checkJournals(env, logged), await checkAuditHeads(env.DB, logged)];
  return {
    checked: rows.length,
    findings,
    unmet: both.flatMap(({ unmet }) => unmet),
    gone_back: both.flatMap(({ gone_back }) => gone_back),
    roots: logged.flatMap(({ kind, name, head }) => (kind === "clicks" ? [{ hour: name, root: head }] : [])),
    next: rows.length < MINUTES ? null : String(rows.at(-1)?.number),
  };
}

async function fileOf({ ARCHIVE }: CheckEnv, number: number): Promise<LoggedMinute | null> {
  const object = await ARCHIVE.get(minuteName(number));
  return object ? readMinute(await object.text()) : null;
}

function checkFile({ number, minute, leaf }: MinuteRow, file: LoggedMinute | null): JournalFinding[] {
  const found = (what: JournalFinding["what"], why: string) => [{ what, name: `minute ${number}`, why }];
  if (!file) return found("removed", "what it is made of does not lie in the bucket");
  const made = entryOf(file);
  if (file.number !== number || made.root !== minute)
    return found("changed", "its file is not what its root was made of");
  return toBase64(made.leaf) === leaf ? [] : found("changed", "it is not what its leaf was made of");
}

type Logged = LoggedHead & { under: number };
type HeadsToday = Pick<CheckedLog, "unmet" | "gone_back">;

async function checkJournals({ DB, CONVERSIONS }: CheckEnv, logged: readonly Logged[]): Promise<HeadsToday> {
  const journals = logged.filter(({ kind }) => kind === "journal" || kind === "rebuilt");
  const unmet: UnmetHead[] = [];
  const anew: GoneBack[] = [];
  const slugs = await slugsOf(DB);
  for (const [advertiser = 0, own] of Map.groupBy(journals, (head) => head.advertiser)) {
    const object = CONVERSIONS.getByName(objectName(advertiser));
    const rows = new Map((await object.journalRows(own.map(({ number }) => number))).map((row) => [row.seq, row.head]));
    rows.set(0, NO_HEAD);
    const journal = slugs.get(advertiser) ?? String(advertiser);
    for (const { number: row, head, under, rebuilt } of own) {
      const found = compareHead(`row ${row} of the journal of ${journal}`, head, rows.get(row), under);
      unmet.push(...found.map((finding) => ({ ...finding, journal, row, under })));
      if (rebuilt) anew.push({ journal, row, at: formatInstant(rebuilt.atMs), by: rebuilt.by, under });
    }
  }
  return { unmet, gone_back: anew };
}

async function checkAuditHeads(DB: D1Database, logged: readonly Logged[]): Promise<HeadsToday> {
  const heads = logged.filter(({ kind }) => kind === "audit" || kind === "restored");
  if (heads.length === 0) return NO_HEADS;
  const query = "SELECT a.number, a.head FROM json_each(?) AS k CROSS JOIN audit_chain AS a ON a.number = k.value";
  const numbers = JSON.stringify(heads.map(({ number }) => number));
  const { results } = await DB.prepare(query).bind(numbers).all<{ number: number; head: string }>();
  const links = new Map(results.map(({ number, head }) => [number, head]));
  links.set(0, NO_HEAD);
  const unmet = heads.flatMap(({ number: row, head, under }) =>
    compareHead(`audit ${row}`, head, links.get(row), under).map((found) => ({ ...found, journal: null, row, under })),
  );
  const restored = heads.flatMap(({ number: row, under, restored: said }) =>
    said ? [{ journal: null, row, at: formatInstant(said.atMs), by: said.by, under }] : [],
  );
  return { unmet, gone_back: restored };
}

function compareHead(name: string, head: string, found: string | undefined, under: number): JournalFinding[] {
  if (found === undefined) return [{ what: "removed", name, why: `checkpoint ${under} has it` }];
  return found === head ? [] : [{ what: "changed", name, why: `checkpoint ${under} has another head of it` }];
}

async function slugsOf(DB: D1Database): Promise<Map<number, string>> {
  const { results } = await DB.prepare("SELECT number, slug FROM advertisers").all<{ number: number; slug: string }>();
  return new Map(results.map(({ number, slug }) => [number, slug]));
}

/** What came since the last link is chained within a minute, and no fault until then. */
async function checkAudit(DB: D1Database, after: number): Promise<CheckedLog> {
  const before = after === 0 ? null : await linkAt(DB, after);
  const { results: links } = await DB.prepare(AUDIT_LINKS).bind(after, AUDIT).all<AuditLink>();
  const { results: rows } = await DB.prepare(AUDIT_ROWS).bind(after, AUDIT).all<AuditRow>();
  const last = links.at(-1)?.number ?? after;
  const findings = checkChain(
    before,
    links,
    rows.filter(({ number }) => number <= last),
  );
  return {
    checked: links.length,
    findings,
    ...NO_HEADS,
    roots: [],
    next: links.length < AUDIT ? null : String(last),
  };
}

async function linkAt(DB: D1Database, number: number): Promise<AuditLink | null> {
  return (
    (
      await DB.prepare(AUDIT_LINKS)
        .bind(number - 1, 1)
        .all<AuditLink>()
    ).results[0] ?? null
  );
}

async function clickRoots(DB: D1Database, after: number): Promise<CheckedLog> {
  type Row = HashedPiece & { hour: number; due: number };
  const { results } = await DB.prepare(CLICK_PIECES).bind(after, PIECES).all<Row>();
  const hours = [...Map.groupBy(results, ({ hour }) => hour)];
  // The last hour of a full page may go on in the next one.
  const whole = results.length < PIECES ? hours : hours.slice(0, -1);
  const roots = whole.flatMap(([hour, pieces]) =>
    pieces[0]?.due === 1 ? [] : [{ hour: String(hour), root: clickRoot(hour, pieces) }],
  );
  const last = results.length < PIECES ? null : whole.at(-1);
  return { checked: whole.length, findings: [], ...NO_HEADS, roots, next: last ? String(last[0]) : null };
}
