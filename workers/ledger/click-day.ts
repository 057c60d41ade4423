/** The Durable Object `ClickDay`: the click log of one UTC day, or a shard of it. See `core/click-log/click-days.ts` for its names, and `click-day-storage.ts` for what it stores. */

import { retryable } from "cloudflare:durable-objects";
import { DurableObject } from "cloudflare:workers";
import type { Cell } from "../../schema/columns.ts";
import {
  dayOf,
  type FromPart,
  type PageQuestion,
  type QuartersQuestion,
  type StoredClicks,
  type StoredPack,
} from "../core/click-log/click-days.ts";
import { importErasureKey } from "../core/erasure/erased-names.ts";
import type { HmacKey } from "../core/hmac-sha256.ts";
import { DAY_MS, MINUTE_MS } from "../core/time-units.ts";
import {
  addShare,
  changedHours,
  dropVisits,
  erasedClickIds,
  eraseInDay,
  findPacks,
  fromPart,
  hasTables,
  hasVisits,
  judgeVisits,
  lastSeq,
  pageOfPacks,
  readState,
  strikeHours,
} from "./click-day-storage.ts";
import { countQuarters } from "./click-quarters.ts";
import type { AddAnswer, ClickShare, JudgedVisit } from "./click-share.ts";
import { noteDueHours } from "./due-click-hours.ts";

/** A message can come this late and still tell its day's first visits: as long as a queue keeps it, and a day. */
export const VISITS_KEPT_DAYS = 15;
const GB = 1e9;

/** What the objects take of the ledger's capabilities. */
interface DayEnv {
  DB: D1Database;
  ERASURE_KEY: string;
  CLICK_DAY_GB: string;
}

export class ClickDay extends DurableObject<DayEnv> implements StoredClicks {
  static {
    // Whatever is called twice changes nothing and answers the same.
    const { add, judge, find, page, quarters, erase, erased, tend, end } = ClickDay.prototype;
    retryable(add, judge, find, page, quarters, erase, erased, tend, end);
  }

  /** When the alarm will ring, as far as this instance knows. */
  #wakesAtMs = Number.POSITIVE_INFINITY;

  /** Takes a batch's clicks of this day in one transaction; the answer is held back until they are on disk. */
  async add(share: ClickShare): Promise<AddAnswer> {
    await this.#wakeBy(Date.now() + MINUTE_MS);
    return this.ctx.storage.transactionSync(() => addShare(this.#sql, share, this.#key(), this.#hasRoom()));
  }

  /** Says of each visit whether it is the first of its visitor. */
  async judge(day: number, visits: JudgedVisit[]): Promise<boolean[]> {
    await this.#wakeBy(Date.now() + MINUTE_MS);
    return this.ctx.storage.transactionSync(() => judgeVisits(this.#sql, day, visits, this.#key()));
  }

  find(clickIds: string[]): FromPart<StoredPack[]> {
    return fromPart(this.#sql, findPacks(this.#sql, clickIds));
  }

  page(question: PageQuestion): FromPart<StoredPack[]> {
    return fromPart(this.#sql, pageOfPacks(this.#sql, question));
  }

  quarters({ sql, values }: QuartersQuestion): FromPart<Record<string, Cell>[]> {
    if (!hasTables(this.#sql)) return fromPart(this.#sql, []);
    this.ctx.storage.transactionSync(() => countQuarters(this.#sql));
    // As a part of a SELECT it can do nothing but read.
    return fromPart(this.#sql, this.#sql.exec<Record<string, Cell>>(`SELECT * FROM (${sql})`, ...values).toArray());
  }

  /** Erases clicks, given with what replaces them. */
  async erase(day: number, names: [clickId: string, replaced: string][]): Promise<void> {
    await this.#wakeBy(Date.now() + MINUTE_MS);
    this.ctx.storage.transactionSync(() => eraseInDay(this.#sql, day, names, this.#key()));
  }

  /** Those of these click IDs that are erased. */
  erased(clickIds: string[]): string[] {
    return erasedClickIds(this.#sql, clickIds, this.#key());
  }

  /** What the alarm does, as of `nowMs`: counts what came, has D1 know which hours changed, and forgets what is past its time. */
  async tend(nowMs: number): Promise<void> {
    if (!hasTables(this.#sql)) return;
    this.ctx.storage.transactionSync(() => countQuarters(this.#sql));
    const changed = changedHours(this.#sql);
    if (changed.hours.length > 0) {
      await noteDueHours(this.env.DB, changed.hours);
      this.ctx.storage.transactionSync(() => strikeHours(this.#sql, changed));
    }
    if (dayOf(nowMs) - readState(this.#sql, "day") <= VISITS_KEPT_DAYS) return;
    if (lastSeq(this.#sql) === 0) await this.#forget();
    else if (hasVisits(this.#sql)) this.ctx.storage.transactionSync(() => dropVisits(this.#sql));
  }

  /** Forgets the whole day. `seq`: the last pack that whoever ends it has seen, see `last`. False where something came or changed since. */
  async end(seq: number): Promise<boolean> {
    if (!hasTables(this.#sql)) return true;
    if (lastSeq(this.#sql) !== seq || changedHours(this.#sql).hours.length > 0) return false;
    await this.#forget();
    return true;
  }

  /** The number of the last pack that came. */
  last(): FromPart<number> {
    return fromPart(this.#sql, hasTables(this.#sql) ? lastSeq(this.#sql) : 0);
  }

  override async alarm(): Promise<void> {
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
    try {
      await this.tend(Date.now());
    } catch (error) {
      // The platform gives an alarm up after some tries; this one rings again until it is done.
      console.error({ event: "click_day_not_tended", error: String(error) });
    }
    const nextMs = this.#nextWakeMs(Date.now());
    if (nextMs !== null) await this.#wakeBy(nextMs);
  }

  /** In a minute while something waits, else when visits are to be forgotten; then the day's end is the ledger's matter. */
  #nextWakeMs(nowMs: number): number | null {
    if (!hasTables(this.#sql)) return null;
    if (changedHours(this.#sql).hours.length > 0) return nowMs + MINUTE_MS;
    const forgottenMs = (readState(this.#sql, "day") + VISITS_KEPT_DAYS + 1) * DAY_MS;
    return nowMs < forgottenMs ? forgottenMs : hasVisits(this.#sql) ? nowMs + MINUTE_MS : null;
  }

  async #wakeBy(atMs: number): Promise<void> {
    if (this.#wakesAtMs <= atMs) return;
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > atMs) await this.ctx.storage.setAlarm(atMs);
    this.#wakesAtMs = Math.min(set ?? atMs, atMs);
  }

  async #forget(): Promise<void> {
    await this.ctx.storage.deleteAll();
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
  }

  get #sql(): SqlStorage {
    return this.ctx.storage.sql;
  }

  #key(): HmacKey {
    return importErasureKey(this.env.ERASURE_KEY);
  }

  /** What stands beside the packs is small, and has the rest of the platform's 10 GB. */
  #hasRoom(): boolean {
    return this.#sql.databaseSize < Number(this.env.CLICK_DAY_GB) * GB;
  }
}
