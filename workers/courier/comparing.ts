/**
 * Compares the books with the outboxes, and makes good what a lost notice left untold: what is accepted already is not accepted again. One sweep follows the books at some minutes' distance,
 * another goes round through as many days as a message can wait in a queue.
 */
import type { Notice } from "../../schema/messages.ts";
import type { EntryName } from "../core/books/notice-rows.ts";
import { MINUTE_MS } from "../core/time-units.ts";
import { type EntryPlace, placeOf } from "./books-reader.ts";
import { REACH_MS, readEarlier } from "./earlier-entries.ts";
import type { DestinationSetUp } from "./set-up-of-destinations.ts";
import type { MatchedNotice } from "./take-notices.ts";

export interface ComparingParts {
  COURIER: D1Database;
  destinations: () => Promise<readonly DestinationSetUp[]>;
  readByTime: (after: EntryPlace, toMs: number, limit: number) => Promise<Notice[]>;
  readNamed: (names: readonly EntryName[]) => Promise<Notice[]>;
  match: (setUp: DestinationSetUp, notices: readonly Notice[]) => MatchedNotice[];
  accept: (destination: number, matched: MatchedNotice[]) => Promise<number>;
}

/** A notice that is on its way has this long. */
const BEHIND_MS = 10 * MINUTE_MS;
const PAGE = 500;
const SWEEPS = ["following", "round"] as const;

const SAY = `
  INSERT INTO compared (sweep, received_at, conversion_id, seq) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (sweep) DO UPDATE SET received_at = excluded.received_at, conversion_id = excluded.conversion_id, seq = excluded.seq`;

/** A page of each sweep; says how many deliveries were missing. Throws where books, objects or `COURIER` do not answer: the next minute goes on from the same place. */
export async function compareWithBooks(parts: ComparingParts, nowMs: number): Promise<number> {
  const destinations = (await parts.destinations()).filter(({ status }) => status !== "ended");
  if (destinations.length === 0) return 0;
  let found = 0;
  for (const sweep of SWEEPS) found += await compareAPage(parts, sweep, destinations, nowMs);
  return found;
}

async function compareAPage(
  parts: ComparingParts,
  sweep: (typeof SWEEPS)[number],
  destinations: readonly DestinationSetUp[],
  nowMs: number,
): Promise<number> {
  const from = await placeOfSweep(parts.COURIER, sweep, nowMs);
  const notices = await parts.readByTime(from, nowMs - BEHIND_MS, PAGE);
  const earlier = await readEarlier(parts.readNamed, notices, nowMs);
  const missing = await acceptMissing(parts, destinations, [...notices, ...earlier]);
  const last = notices.at(-1);
  const isAtEnd = notices.length < PAGE;
  const next = isAtEnd && sweep === "round" ? startOf(nowMs - REACH_MS) : last ? placeOf(last) : from;
  await parts.COURIER.prepare(SAY).bind(sweep, next.receivedAtMs, next.conversionId, next.seq).run();
  return missing;
}

async function acceptMissing(
  parts: ComparingParts,
  destinations: readonly DestinationSetUp[],
  notices: readonly Notice[],
): Promise<number> {
  let missing = 0;
  for (const setUp of destinations) {
    const matched = parts.match(setUp, notices);
    if (matched.length > 0) missing += await parts.accept(setUp.settings.number, matched);
  }
  return missing;
}

async function placeOfSweep(db: D1Database, sweep: string, nowMs: number): Promise<EntryPlace> {
  const row = await db
    .prepare("SELECT received_at, conversion_id, seq FROM compared WHERE sweep = ?1")
    .bind(sweep)
    .first<{ received_at: number; conversion_id: string; seq: number }>();
  const earliest = startOf(nowMs - REACH_MS);
  if (!row || row.received_at < earliest.receivedAtMs) return earliest;
  return { receivedAtMs: row.received_at, conversionId: row.conversion_id, seq: row.seq };
}

function startOf(receivedAtMs: number): EntryPlace {
  return { receivedAtMs, conversionId: "", seq: 0 };
}
