/** Adopts the clicks of a file: what each row says, what of it is known already, and what cannot be adopted, with what to do. The ledger mints their IDs. */
import type { AdoptedClick, AdoptionMessage } from "../../../schema/messages.ts";
import { reportRows } from "../../core/adoption/report-file.ts";
import {
  type ReportedClick,
  type ReportFault,
  type ReportTerms,
  reportReader,
} from "../../core/adoption/report-row.ts";
import { packMessages } from "../../core/message-packs.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { adoptedKeptMs } from "../../core/retention.ts";
import { sha256 } from "../../core/sha256.ts";
import { TRACKER_TABLES } from "../../core/trackers/tracker-tables.ts";
import type { ChangeStamp } from "../audit/change.ts";
import { logDeedHourly } from "../audit/deeds.ts";
import type { Env } from "../env.ts";
import { trySend } from "../postbacks/queueing.ts";
import type { Problem } from "../web/problem.ts";
import { adoptedAmong, foreignKey, longestWindowDays } from "./adopted-store.ts";
import type { StoredTracker } from "./fields.ts";
import { linksOfAliases, linksOfSlugs, type MeantLink } from "./placed-links.ts";

/** Of one call; a larger file is sent in parts, as `npm run adopt` does. */
export const MOST_ROWS = 20_000;
/** A message of the queue holds 128 KB. */
const CLICKS_AT_ONCE = 100;
const BYTES_AT_ONCE = 100_000;

/** A row that is not adopted. */
export interface UnadoptedRow {
  /** From 1. */
  row: number;
  line: number;
  fault: ReportFault;
  /** The report's own text, where there is one. */
  text: string | null;
}

/** What a file comes to. `fresh` are not adopted yet, `known` are, as the file says them. */
export interface AdoptionPlan {
  tracker: StoredTracker;
  rows: number;
  fresh: AdoptedClick[];
  known: number;
  faults: UnadoptedRow[];
  /** Of all that can be adopted. */
  firstMs: number | null;
  lastMs: number | null;
}

interface AdoptableRow {
  row: number;
  line: number;
  click: ReportedClick;
}

/** Reads a file against what is adopted. Refuses one that is no table, or too long. */
export async function planAdoption(
  { DB }: Pick<Env, "DB">,
  tracker: StoredTracker,
  bytes: Uint8Array,
  { timeZone, nowMs }: Pick<ReportTerms, "timeZone" | "nowMs">,
): Promise<Result<AdoptionPlan, Problem>> {
  const { number, dialect, subIds } = tracker.row;
  const table = TRACKER_TABLES.get(dialect) ?? null;
  const fromMs = nowMs - adoptedKeptMs(await longestWindowDays(DB));
  const read = await readRows(bytes, { dialect, table, subIds, timeZone, nowMs, fromMs });
  if (!read.ok) return read;
  const { rows, clicks, faults } = read.value;
  return accept({ tracker, rows, ...(await settleRows(DB, number, clicks, faults)) });
}

async function readRows(bytes: Uint8Array, terms: ReportTerms) {
  const open = async function* () {
    yield bytes;
  };
  const reader = reportReader(terms);
  const clicks: AdoptableRow[] = [];
  const faults: UnadoptedRow[] = [];
  let row = 0;
  try {
    for await (const { line, cells } of reportRows(open)) {
      if (++row > MOST_ROWS)
        return refuse<Problem>({
          name: "too_large",
          detail: `A file has at most ${MOST_ROWS} rows here: npm run adopt takes any number.`,
        });
      const click = cells && reader(cells);
      if (!click) faults.push({ row, line, fault: "unreadable_row", text: null });
      else if (click.ok) clicks.push({ row, line, click: click.value });
      else faults.push({ row, line, ...click.refusal });
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refuse<Problem>({ name: "malformed_request", detail: `This file cannot be read: ${why}.` });
  }
  return accept({ rows: row, clicks, faults });
}

/** With their links, and without what is known or said otherwise before. */
async function settleRows(
  db: D1Database,
  tracker: number,
  read: readonly AdoptableRow[],
  faults: UnadoptedRow[],
): Promise<Omit<AdoptionPlan, "tracker" | "rows">> {
  const aliases = read.flatMap(({ click: { placed } }) => ("aliases" in placed ? placed.aliases : []));
  const slugs = read.flatMap(({ click: { placed } }) => ("slug" in placed ? [placed.slug] : []));
  const [byAlias, bySlug, adopted] = await Promise.all([
    linksOfAliases(db, tracker, aliases),
    linksOfSlugs(db, slugs),
    adoptedAmong(
      db,
      read.map(({ click }) => [tracker, click.foreignId] as const),
    ),
  ]);
  const fresh = new Map<string, AdoptedClick>();
  const times: number[] = [];
  let known = 0;
  for (const { row, line, click } of read) {
    const { placed, ...told } = click;
    const fail = (fault: ReportFault, text: string | null) => faults.push({ row, line, fault, text });
    const link = "slug" in placed ? bySlug.get(placed.slug)?.number : firstOf(byAlias, placed.aliases);
    if (link === undefined) {
      if ("slug" in placed) fail("unknown_link", placed.slug);
      else fail("unknown_alias", placed.aliases[0] ?? null);
      continue;
    }
    const before = adopted.get(foreignKey([tracker, click.foreignId])) ?? fresh.get(click.foreignId);
    const isSame = before?.link === link && before.clickedAtMs === click.clickedAtMs;
    if (!before) fresh.set(click.foreignId, { ...told, link });
    else if (isSame) known++;
    else fail(fresh.has(click.foreignId) ? "said_twice" : "adopted_otherwise", click.foreignId);
    if (!before || isSame) times.push(click.clickedAtMs);
  }
  const [firstMs = null, lastMs = null] = times.length === 0 ? [] : boundsOf(times);
  faults.sort((left, right) => left.row - right.row);
  return { fresh: [...fresh.values()], known, faults, firstMs, lastMs };
}

function firstOf(links: ReadonlyMap<string, MeantLink>, aliases: readonly string[]): number | undefined {
  return aliases.map((alias) => links.get(alias)?.number).find((link) => link !== undefined);
}

function boundsOf(times: readonly number[]): [number, number] {
  return times.reduce<[number, number]>(
    ([first, last], atMs) => [Math.min(first, atMs), Math.max(last, atMs)],
    [Number.POSITIVE_INFINITY, 0],
  );
}

/** Gives what is fresh to the ledger; who sends it is logged before, of a large file's parts once an hour. Sent again it has no second effect. */
export async function sendAdoption(
  env: Env,
  { tracker: { row: tracker }, rows, fresh }: AdoptionPlan,
  bytes: Uint8Array,
  change: ChangeStamp,
): Promise<Result<null, Problem>> {
  if (fresh.length === 0) return accept(null);
  const after = { file_sha256: sha256(bytes), bytes: bytes.length, rows, to_adopt: fresh.length };
  await logDeedHourly(env, change, { action: "import", kind: "clicks", subject: tracker.slug, after });
  for (const pack of packMessages(messagesOf(tracker.number, fresh)))
    if (!(await trySend(env.POSTBACKS, pack)))
      return refuse({ name: "try_again", detail: "The queue takes nothing at the moment: send the same again." });
  return accept(null);
}

/** As few as hold them all. */
export function messagesOf(tracker: number, clicks: readonly AdoptedClick[]): AdoptionMessage[] {
  const encoder = new TextEncoder();
  const messages: AdoptionMessage[] = [];
  let bytes = 0;
  for (const click of clicks) {
    const size = encoder.encode(JSON.stringify(click)).length + 1;
    const last = messages.at(-1);
    if (last && last.clicks.length < CLICKS_AT_ONCE && bytes + size <= BYTES_AT_ONCE) {
      last.clicks.push(click);
      bytes += size;
    } else {
      messages.push({ kind: "adoption", tracker, clicks: [click] });
      bytes = size;
    }
  }
  return messages;
}
