/** What an object of the click log does, on whatever stores it: the platform's object, or a test's. */
import type { Cell } from "../../schema/columns.ts";
import {
  dayOf,
  type FromPart,
  type PageQuestion,
  type QuartersQuestion,
  type StoredPack,
} from "../core/click-log/click-days.ts";
import type { HmacKey } from "../core/hmac-sha256.ts";
import { QUARTER_MS } from "../core/metrics/time-zone.ts";
import { DAY_MS, MINUTE_MS } from "../core/time-units.ts";
import {
  addShare,
  changedHours,
  dropVisits,
  erasedClickIds,
  eraseInDay,
  findPacks,
  hasTables,
  hasVisits,
  isFull,
  judgeVisits,
  lastSeq,
  pageOfPacks,
  readState,
  strikeHours,
} from "./click-day-storage.ts";
import { quarterCounts } from "./click-quarters.ts";
import type { AddAnswer, ClickShare, JudgedVisit } from "./click-share.ts";
import { noteDueHours } from "./due-click-hours.ts";
import type { Sql } from "./sql.ts";

/** A message can come this late and still tell its day's first visits: as long as a queue keeps it, and a day. */
export const VISITS_KEPT_DAYS = 15;

/** A quarter-hour is written this long after it is over, when nearly all of it has come: a link, country and device whose count changes is a row that is billed, however much it changes. */
const LATE_MS = 2 * MINUTE_MS;

/** What an object is stored in. */
export interface DayStorage {
  sql: Sql;
  transaction<Value>(work: () => Value): Value;
  sizeBytes(): number;
  forget(): Promise<void>;
}

/** What an object has of the world. */
export interface DayParts {
  DB: D1Database;
  erasureKey: () => HmacKey;
  /** Beyond this size a further part goes on. */
  maxBytes: number;
}

/** An object of the log, as the ledger calls it. Whatever is called twice changes nothing and answers the same. */
export interface DayObject {
  /** Takes a batch's clicks of the day in one transaction. */
  add(share: ClickShare): Promise<AddAnswer>;
  /** Says of each visit whether it is its visitor's first. */
  judge(day: number, visits: JudgedVisit[]): Promise<boolean[]>;
  find(clickIds: string[]): Promise<FromPart<StoredPack[]>>;
  page(question: PageQuestion): Promise<FromPart<StoredPack[]>>;
  quarters(question: QuartersQuestion): Promise<FromPart<Record<string, Cell>[]>>;
  /** Erases clicks, given with what replaces them. */
  erase(day: number, names: [clickId: string, replaced: string][]): Promise<FromPart<null>>;
  /** Those of these click IDs that are erased. */
  erased(clickIds: string[]): Promise<string[]>;
  /** True while D1 has not been told yet of an hour that changed. */
  changed(): Promise<FromPart<boolean>>;
  /** What the alarm does, as of `nowMs`. */
  tend(nowMs: number): Promise<void>;
  /** Forgets all. */
  forget(): Promise<void>;
}

/** The same without the way to it. */
export interface OpenDay {
  add(share: ClickShare): AddAnswer;
  judge(day: number, visits: JudgedVisit[]): boolean[];
  find(clickIds: string[]): FromPart<StoredPack[]>;
  page(question: PageQuestion): FromPart<StoredPack[]>;
  quarters(question: QuartersQuestion): FromPart<Record<string, Cell>[]>;
  erase(day: number, names: [clickId: string, replaced: string][]): FromPart<null>;
  erased(clickIds: string[]): string[];
  changed(): FromPart<boolean>;
  tend(nowMs: number): Promise<void>;
  forget(): Promise<void>;
  /** When it is to be tended again; null: not before something comes. */
  nextWakeMs(nowMs: number): number | null;
}

export function openDay(
  { sql, transaction, sizeBytes, forget }: DayStorage,
  { DB, erasureKey, maxBytes }: DayParts,
): OpenDay {
  const counts = quarterCounts(sql);
  let writtenQuarter = Number.NEGATIVE_INFINITY;
  const fromPart = <Answer>(answer: Answer): FromPart<Answer> => ({ answer, isFull: isFull(sql) });
  return {
    add: (share) => transaction(() => addShare(sql, share, erasureKey(), sizeBytes() < maxBytes)),
    judge: (day, visits) => transaction(() => judgeVisits(sql, day, visits, erasureKey())),
    find: (clickIds) => fromPart(findPacks(sql, clickIds)),
    page: (question) => fromPart(pageOfPacks(sql, question)),
    quarters(question) {
      if (!hasTables(sql)) return fromPart([]);
      transaction(counts.write);
      return fromPart(readRows(sql, question));
    },
    erase(day, names) {
      transaction(() => eraseInDay(sql, day, names, erasureKey()));
      return fromPart(null);
    },
    erased: (clickIds) => erasedClickIds(sql, clickIds, erasureKey()),
    changed: () => fromPart(hasTables(sql) && changedHours(sql).hours.length > 0),
    async tend(nowMs) {
      if (!hasTables(sql)) return;
      const quarter = Math.floor((nowMs - LATE_MS) / QUARTER_MS);
      if (counts.count() || quarter > writtenQuarter) {
        transaction(counts.write);
        writtenQuarter = quarter;
      }
      const changed = changedHours(sql);
      if (changed.hours.length > 0) {
        await noteDueHours(DB, changed.hours);
        transaction(() => strikeHours(sql, changed));
      }
      if (dayOf(nowMs) - readState(sql, "day") <= VISITS_KEPT_DAYS) return;
      // Erased names may wait for clicks that never came.
      if (lastSeq(sql) === 0) await forget();
      else if (hasVisits(sql)) transaction(() => dropVisits(sql));
    },
    forget,
    /** In a minute while something waits, else when visits are to be forgotten; then the day's end is the ledger's matter. */
    nextWakeMs(nowMs) {
      if (!hasTables(sql)) return null;
      if (changedHours(sql).hours.length > 0) return nowMs + MINUTE_MS;
      const forgottenMs = (readState(sql, "day") + VISITS_KEPT_DAYS + 1) * DAY_MS;
      if (nowMs < forgottenMs) return forgottenMs;
      return hasVisits(sql) || lastSeq(sql) === 0 ? nowMs + MINUTE_MS : null;
    },
  };
}

/** As a part of a SELECT the question can do nothing but read. */
function readRows(sql: Sql, question: QuartersQuestion): Record<string, Cell>[] {
  const rows = sql.exec(`SELECT * FROM (${question.sql})`, ...question.values).toArray();
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cellOf(value)])));
}

function cellOf(value: unknown): Cell {
  return typeof value === "string" || typeof value === "number" ? value : null;
}
