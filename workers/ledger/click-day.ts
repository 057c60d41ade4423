/** The Durable Object `ClickDay`: the click log of one UTC day, or a shard of it. Its names: `core/click-log/click-days.ts`; what it does: `open-day.ts`. */

import { retryable } from "cloudflare:durable-objects";
import { DurableObject } from "cloudflare:workers";
import type { Cell } from "../../schema/columns.ts";
import type {
  FromPart,
  PageQuestion,
  QuartersQuestion,
  StoredClicks,
  StoredPack,
} from "../core/click-log/click-days.ts";
import { importErasureKey } from "../core/erasure/erased-names.ts";
import { MINUTE_MS } from "../core/time-units.ts";
import type { AddAnswer, ClickShare, JudgedVisit } from "./click-share.ts";
import { type OpenDay, openDay } from "./open-day.ts";

const GB = 1e9;

/** What the objects take of the ledger's capabilities. */
interface DayEnv {
  DB: D1Database;
  ERASURE_KEY: string;
  CLICK_DAY_GB: string;
}

export class ClickDay extends DurableObject<DayEnv> implements StoredClicks {
  static {
    // The runtime may repeat a call that it is not sure of.
    const { add, judge, find, page, quarters, erase, erased, changed, tend, forget } = ClickDay.prototype;
    retryable(add, judge, find, page, quarters, erase, erased, changed, tend, forget);
  }

  readonly #day: OpenDay;
  /** When the alarm will ring, as far as this instance knows. */
  #wakesAtMs = Number.POSITIVE_INFINITY;

  constructor(state: DurableObjectState, env: DayEnv) {
    super(state, env);
    const { storage } = state;
    this.#day = openDay(
      {
        sql: storage.sql,
        transaction: (work) => storage.transactionSync(work),
        sizeBytes: () => storage.sql.databaseSize,
        forget: () => storage.deleteAll(),
      },
      {
        DB: env.DB,
        erasureKey: () => importErasureKey(env.ERASURE_KEY),
        maxBytes: Number(env.CLICK_DAY_GB) * GB,
      },
    );
  }

  async add(share: ClickShare): Promise<AddAnswer> {
    await this.#wakeBy(Date.now() + MINUTE_MS);
    return this.#day.add(share);
  }

  async judge(day: number, visits: JudgedVisit[]): Promise<boolean[]> {
    await this.#wakeBy(Date.now() + MINUTE_MS);
    return this.#day.judge(day, visits);
  }

  async erase(day: number, names: [clickId: string, replaced: string][]): Promise<FromPart<null>> {
    await this.#wakeBy(Date.now() + MINUTE_MS);
    return this.#day.erase(day, names);
  }

  find(clickIds: string[]): FromPart<StoredPack[]> {
    return this.#day.find(clickIds);
  }

  page(question: PageQuestion): FromPart<StoredPack[]> {
    return this.#day.page(question);
  }

  quarters(question: QuartersQuestion): FromPart<Record<string, Cell>[]> {
    return this.#day.quarters(question);
  }

  erased(clickIds: string[]): string[] {
    return this.#day.erased(clickIds);
  }

  changed(): FromPart<boolean> {
    return this.#day.changed();
  }

  tend(nowMs: number): Promise<void> {
    return this.#day.tend(nowMs);
  }

  async forget(): Promise<void> {
    await this.#day.forget();
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
  }

  override async alarm(): Promise<void> {
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
    try {
      await this.#day.tend(Date.now());
    } catch (error) {
      // The platform gives an alarm up after some tries; this one rings again until it is done.
      console.error({ event: "click_day_not_tended", error: String(error) });
    }
    const nextMs = this.#day.nextWakeMs(Date.now());
    if (nextMs !== null) await this.#wakeBy(nextMs);
  }

  async #wakeBy(atMs: number): Promise<void> {
    if (this.#wakesAtMs <= atMs) return;
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > atMs) await this.ctx.storage.setAlarm(atMs);
    this.#wakesAtMs = Math.min(set ?? atMs, atMs);
  }
}
