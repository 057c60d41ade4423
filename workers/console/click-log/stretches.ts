/**
 * Where clicks of a time are read: hour by hour, from the archive where it has the hour as it is now, else from the objects of its day. What left its objects lies in the
 * archive alone.
 */
import type { Cell } from "../../../schema/columns.ts";
import { DAY_PIECE, type Key } from "../../core/archive-piece.ts";
import {
  allPlaces,
  askParts,
  clickDayName,
  type DayPlace,
  dayOf,
  type FromPart,
  type PageQuestion,
  parseShardPlan,
  type QuartersQuestion,
  type ShardPlan,
  type StoredPack,
  shardsOf,
} from "../../core/click-log/click-days.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";

/** An object of a day, as far as it is read. */
interface ReadDay {
  changed(): Promise<FromPart<boolean>>;
  page(question: PageQuestion): Promise<FromPart<StoredPack[]>>;
  quarters(question: QuartersQuestion): Promise<FromPart<Record<string, Cell>[]>>;
}

/** A file of the archive with what stands beside it. */
interface StoredPiece {
  customMetadata?: Record<string, string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What the click log is read with. */
export interface ClickLogEnv {
  DB: D1Database;
  ARCHIVE: { get(name: string): Promise<StoredPiece | null> };
  CLICK_DAYS: { getByName(name: string): ReadDay };
}

export interface TimeSpan {
  fromMs: number;
  toMs: number;
}

/** A file of the archive, as the manifest has it. */
export interface LogPiece {
  hour: number;
  piece: number;
  rowCount: number;
  lastKey: Key;
  sha256: string;
}

/** A time whose clicks lie in one place: in these pieces, in the order of click IDs, or, where there are none, in the objects of its day. */
export interface Stretch extends TimeSpan {
  pieces: readonly LogPiece[] | null;
}

/** How far the objects of days have got, and how days are shared out. */
export interface DayPlan {
  shards: ShardPlan;
  /** What is older lies in the archive alone. */
  hotFromMs: number;
}

/** A queue keeps a message so long, so that a click may come to its day this late; and what comes is noted in D1 within a minute. */
const LATEST_DAYS = 15;
/** Clocks of machines differ, so that a click may be of a moment that has not come yet. */
const AHEAD_MS = HOUR_MS;
const HOURS_OF_DAY = DAY_MS / HOUR_MS;

const READ_PLAN = `
  SELECT (SELECT value FROM settings WHERE name = 'click_shards') AS shards, (SELECT from_at FROM kept WHERE log = 'clicks') AS hotFromMs`;

export async function readDayPlan({ DB }: Pick<ClickLogEnv, "DB">): Promise<DayPlan> {
  const { results } = await DB.prepare(READ_PLAN).all<{ shards: string | null; hotFromMs: number | null }>();
  const [row] = results;
  return { shards: parseShardPlan(row?.shards ?? null), hotFromMs: row?.hotFromMs ?? 0 };
}

const FIND_PIECES = `
  SELECT hour, piece, row_count AS rowCount, last_key AS lastKey, sha256 FROM archive_pieces
  WHERE log = 'clicks' AND hour >= ? AND hour < ? ORDER BY hour, piece`;
const FIND_DUE = "SELECT hour FROM due_hours WHERE log = 'clicks' AND hour >= ? AND hour < ?";
const FIND_SPAN = `
  SELECT min(hour) AS first, max(hour) AS last FROM (
    SELECT hour FROM archive_pieces WHERE log = 'clicks' UNION ALL SELECT hour FROM due_hours WHERE log = 'clicks'
  )`;

/** The clicks of a time in its order; where nothing was clicked, nothing. */
export async function findStretches(
  env: ClickLogEnv,
  plan: DayPlan,
  span: TimeSpan,
  nowMs: number,
): Promise<Stretch[]> {
  const { fromMs, toMs } = span;
  if (fromMs >= toMs) return [];
  // Objects first: what they strike from their notes stands in D1 by then.
  const changed = await changedDays(env, plan, { fromMs, toMs }, nowMs);
  // A whole day's file stands in the manifest under its first hour.
  const [first, end] = [dayOf(fromMs) * HOURS_OF_DAY, Math.ceil(toMs / HOUR_MS)];
  const [held, due] = await env.DB.batch<PieceRow & { hour: number }>([
    env.DB.prepare(FIND_PIECES).bind(first, end),
    env.DB.prepare(FIND_DUE).bind(first, end),
  ]);
  const pieces = Map.groupBy((held?.results ?? []).map(pieceOf), ({ hour }) => hour);
  const dueHours = new Set((due?.results ?? []).map(({ hour }) => hour));
  const hours = new Set([...pieces.keys(), ...dueHours, ...changed.flatMap((day) => hoursOf(day))]);
  return [...hours]
    .sort((left, right) => left - right)
    .map((hour): Stretch => {
      const own = pieces.get(hour) ?? [];
      const isWhole = own.some(({ piece }) => piece === DAY_PIECE);
      const isHot = hour * HOUR_MS >= plan.hotFromMs && !isWhole;
      const isChanged = isHot && (dueHours.has(hour) || changed.includes(Math.floor(hour / HOURS_OF_DAY)));
      const startMs = hour * HOUR_MS;
      return {
        fromMs: Math.max(fromMs, startMs),
        toMs: Math.min(toMs, startMs + (isWhole ? DAY_MS : HOUR_MS)),
        pieces: isChanged ? null : own,
      };
    })
    .filter((stretch) => stretch.fromMs < stretch.toMs && (stretch.pieces === null || stretch.pieces.length > 0));
}

/** From when to when there may be clicks, as far as anything says it. */
export async function spanOfLog({ DB }: Pick<ClickLogEnv, "DB">, nowMs: number): Promise<TimeSpan> {
  const { results } = await DB.prepare(FIND_SPAN).all<{ first: number | null; last: number | null }>();
  const { first, last } = results[0] ?? {};
  const notedMs = nowMs - LATEST_DAYS * DAY_MS;
  return {
    fromMs: Math.min(notedMs, (first ?? Number.POSITIVE_INFINITY) * HOUR_MS),
    toMs: Math.max(nowMs + AHEAD_MS, ((last ?? 0) + HOURS_OF_DAY) * HOUR_MS),
  };
}

/** Days of which D1 does not know yet which hours changed. */
async function changedDays(
  env: ClickLogEnv,
  plan: DayPlan,
  { fromMs, toMs }: TimeSpan,
  nowMs: number,
): Promise<number[]> {
  const first = dayOf(Math.max(fromMs, plan.hotFromMs, nowMs - LATEST_DAYS * DAY_MS));
  const last = dayOf(Math.min(toMs, nowMs + AHEAD_MS) - 1);
  const days = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  const changed = await Promise.all(days.map((day) => hasDayChanged(env, plan, day)));
  return days.filter((_, index) => changed[index]);
}

/** True while D1 does not know yet of an hour of this day that changed. */
export async function hasDayChanged(
  env: Pick<ClickLogEnv, "CLICK_DAYS">,
  plan: DayPlan,
  day: number,
): Promise<boolean> {
  const answers = await Promise.all(
    allPlaces(plan.shards, day).map((place) => askParts((part) => dayObject(env, plan, place, part).changed())),
  );
  return answers.flat().includes(true);
}

/** An object of a day, by its place and part. */
export function dayObject(
  { CLICK_DAYS }: Pick<ClickLogEnv, "CLICK_DAYS">,
  plan: DayPlan,
  place: DayPlace,
  part: number,
) {
  return CLICK_DAYS.getByName(clickDayName(place, shardsOf(plan.shards, place.day), part));
}

function hoursOf(day: number): number[] {
  return Array.from({ length: HOURS_OF_DAY }, (_, hour) => day * HOURS_OF_DAY + hour);
}

type PieceRow = Omit<LogPiece, "lastKey"> & { lastKey: string };

function pieceOf({ hour, piece, rowCount, lastKey, sha256 }: PieceRow): LogPiece {
  const key: unknown = JSON.parse(lastKey);
  return { hour, piece, rowCount, lastKey: Array.isArray(key) ? key : [], sha256 };
}
