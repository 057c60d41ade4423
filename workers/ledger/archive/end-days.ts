/**
 * Retention of the click log: a day leaves its objects whole, once the archive holds all of it and was read back from it. Three marks in `kept` say how far that is, and
 * each only moves on, so that wherever a run dies the next one goes on:
 *
 *     clicks            older days are read from the archive alone, and take no more clicks in their objects
 *     click_objects     older days are final: what is in their objects is as it is in the archive
 *     clicks_forgotten  the objects of older days are gone
 *
 * Between the first two lies a pause, in which whoever had not heard of the first one may still have added a click: then the day takes a step back.
 */
import type { Piece } from "../../core/archive-piece.ts";
import { allPlaces, askParts, clickDayName, dayOf, shardsOf, visitsName } from "../../core/click-log/click-days.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";
import { readPlaces } from "../day-objects.ts";
import type { ArchiveParts } from "./archive-hours.ts";
import { mergeDay } from "./merge-day.ts";
import { readBack } from "./read-back.ts";

/** Longer than anybody takes to hear of a mark, and to finish what was begun before. */
const PAUSE_MS = 300_000;

type Mark = "clicks" | "click_objects" | "clicks_forgotten";
/** In Unix milliseconds, as D1 has them. */
type Marks = Record<Mark, number>;

const MARKS = "SELECT log, from_at FROM kept WHERE log IN ('clicks', 'click_objects', 'clicks_forgotten')";
const RAISE = "INSERT INTO kept (log, from_at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET from_at = excluded.from_at";
const OLDEST = `
  SELECT hour, piece, row_count AS rowCount, first_key AS firstKey, last_key AS lastKey, bytes, sha256, (
    SELECT last_key FROM archive_pieces AS before WHERE before.log = 'clicks' AND before.hour = own.hour AND before.piece = own.piece - 1
  ) AS before
  FROM archive_pieces AS own WHERE log = 'clicks' AND deleted_at IS NULL ORDER BY hour, piece LIMIT 1`;
/** The first hour behind the mark that the archive does not hold as it is, read back. */
const OPEN = `
  SELECT min(hour) AS hour FROM (
    SELECT hour FROM archive_pieces WHERE log = 'clicks' AND deleted_at IS NULL UNION ALL SELECT hour FROM due_hours WHERE log = 'clicks' AND hour >= ?1
  )`;
const FIRST = "SELECT min(hour) AS hour FROM archive_pieces WHERE log = 'clicks' AND hour >= ?1";
const DUE =
  "SELECT count(*) AS due, (SELECT max(deleted_at) FROM archive_pieces WHERE log = 'clicks' AND hour >= ?1 AND hour < ?2) AS sealed_at FROM due_hours WHERE log = 'clicks' AND hour >= ?1 AND hour < ?2";
const SEAL = `
  UPDATE archive_pieces SET deleted_at = ?4 WHERE log = 'clicks' AND hour = ?1 AND piece = ?2 AND sha256 = ?3 AND deleted_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM due_hours WHERE log = 'clicks' AND hour = ?1)`;
const UNSEAL = "UPDATE archive_pieces SET deleted_at = NULL WHERE log = 'clicks' AND hour >= ?1 AND hour < ?2";
const DUE_AGAIN =
  "INSERT INTO due_hours (log, hour) VALUES ('clicks', ?) ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0";
const NOT_DUE = "DELETE FROM due_hours WHERE log IN ('clicks', 'click_sums') AND hour < ?";

type OldestRow = Omit<Piece, "log" | "firstKey" | "lastKey"> & {
  firstKey: string;
  lastKey: string;
  before: string | null;
};

/** Reads at most `maxRows` rows back, or a piece where it has more. Says how many days it ended. */
export async function endDays(env: ArchiveParts, hotDays: number, maxRows: number, nowMs: number): Promise<number> {
  const marks = await readMarks(env.DB);
  const hotFromDay = dayOf(nowMs) - hotDays;
  await sealOld(env, hotFromDay, maxRows, nowMs);
  await closeDays(env, marks, hotFromDay);
  await makeFinal(env, marks, nowMs);
  return forgetFinal(env, marks, nowMs);
}

/** Seals pieces of days that are past their time and were read back just now. */
async function sealOld(env: ArchiveParts, hotFromDay: number, maxRows: number, nowMs: number): Promise<void> {
  for (let rows = 0; rows < maxRows; ) {
    const [row] = (await env.DB.prepare(OLDEST).all<OldestRow>()).results;
    if (!row || dayOf(row.hour * HOUR_MS) >= hotFromDay) return;
    const { before, ...rest } = row;
    const piece: Piece = {
      ...rest,
      log: "clicks",
      firstKey: JSON.parse(row.firstKey),
      lastKey: JSON.parse(row.lastKey),
    };
    const fault = await readBack(env, piece, before === null ? null : JSON.parse(before));
    if (fault !== null) {
      console.error({ event: "archive_differs", log: "clicks", hour: piece.hour, piece: piece.piece, fault });
      await env.DB.prepare(DUE_AGAIN).bind(piece.hour).run();
      return;
    }
    const sealed = await env.DB.prepare(`${SEAL} RETURNING piece`)
      .bind(piece.hour, piece.piece, piece.sha256, nowMs)
      .all();
    if (sealed.results.length === 0) return;
    rows += piece.rowCount;
  }
}

/** Moves the first mark over days that are sealed. */
async function closeDays({ DB }: ArchiveParts, marks: Marks, hotFromDay: number): Promise<void> {
  const open = await DB.prepare(OPEN)
    .bind(marks.clicks / HOUR_MS)
    .first<number | null>("hour");
  // Before the first click no day is over.
  if (open === null && marks.clicks === 0 && (await DB.prepare(FIRST).bind(0).first("hour")) === null) return;
  const day = open === null ? hotFromDay : Math.min(hotFromDay, dayOf(open * HOUR_MS));
  if (day * DAY_MS > marks.clicks) await raise(DB, marks, "clicks", day);
}

/** Moves the second mark over days that stayed as they were sealed for a while; takes the first one back where one did not. */
async function makeFinal(env: ArchiveParts, marks: Marks, nowMs: number): Promise<void> {
  const { DB } = env;
  if (marks.click_objects >= marks.clicks) return;
  const from = await firstDay(DB, marks.click_objects, marks.clicks);
  // What has no clicks is final.
  if (from > dayOf(marks.click_objects)) await raise(DB, marks, "click_objects", from);
  for (let day = from; day < dayOf(marks.clicks); day++) {
    const hours = hoursOf(day);
    const [row] = (await DB.prepare(DUE).bind(hours.from, hours.to).all<{ due: number; sealed_at: number | null }>())
      .results;
    if ((row?.due ?? 0) > 0) {
      await DB.batch([DB.prepare(RAISE).bind("clicks", day * DAY_MS), DB.prepare(UNSEAL).bind(hours.from, hours.to)]);
      return;
    }
    if (nowMs - (row?.sealed_at ?? 0) < PAUSE_MS || (await hasChanged(env, day))) return;
    await raise(DB, marks, "click_objects", day + 1);
  }
}

/** True where an object has not told yet what changed: it does within a minute. */
async function hasChanged({ DB, days }: ArchiveParts, day: number): Promise<boolean> {
  const { plan } = await readPlaces(DB);
  for (const place of allPlaces(plan, day)) {
    const told = await askParts((part) => days(clickDayName(place, shardsOf(plan, day), part)).changed());
    if (told.some((changed) => changed)) return true;
  }
  return false;
}

/** Forgets the objects of final days, and makes one file of a day that is small. Says how many days. */
async function forgetFinal(env: ArchiveParts, marks: Marks, nowMs: number): Promise<number> {
  const { DB, days } = env;
  if (marks.clicks_forgotten >= marks.click_objects) return 0;
  const from = await firstDay(DB, marks.clicks_forgotten, marks.click_objects);
  if (from > dayOf(marks.clicks_forgotten)) await raise(DB, marks, "clicks_forgotten", from);
  let ended = 0;
  for (let day = from; day < dayOf(marks.click_objects); day++) {
    const { plan } = await readPlaces(DB);
    const shards = shardsOf(plan, day);
    await DB.prepare(NOT_DUE).bind(hoursOf(day).to).run();
    await mergeDay(env, day, nowMs);
    for (const place of allPlaces(plan, day)) {
      // The last part first, so that whoever dies on the way finds them all again.
      const parts = await askParts((part) => days(clickDayName(place, shards, part)).changed());
      for (let part = parts.length; part >= 1; part--) await days(clickDayName(place, shards, part)).forget();
      if (shards > 1) await days(visitsName(day, place.shard)).forget();
    }
    await raise(DB, marks, "clicks_forgotten", day + 1);
    ended++;
  }
  return ended;
}

/** The first day behind `mark` of which the archive has clicks; `end` where there is none before. */
async function firstDay(db: D1Database, mark: number, end: number): Promise<number> {
  const first = await db
    .prepare(FIRST)
    .bind(mark / HOUR_MS)
    .first<number | null>("hour");
  return first === null ? dayOf(end) : Math.min(dayOf(first * HOUR_MS), dayOf(end));
}

function hoursOf(day: number): { from: number; to: number } {
  return { from: (day * DAY_MS) / HOUR_MS, to: ((day + 1) * DAY_MS) / HOUR_MS };
}

async function readMarks(db: D1Database): Promise<Marks> {
  const { results } = await db.prepare(MARKS).all<{ log: Mark; from_at: number }>();
  const at = (name: Mark): number => results.find(({ log }) => log === name)?.from_at ?? 0;
  return { clicks: at("clicks"), click_objects: at("click_objects"), clicks_forgotten: at("clicks_forgotten") };
}

async function raise(db: D1Database, marks: Marks, mark: Mark, day: number): Promise<void> {
  await db
    .prepare(RAISE)
    .bind(mark, day * DAY_MS)
    .run();
  marks[mark] = day * DAY_MS;
}
