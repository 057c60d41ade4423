/** The Durable Object `Destination`: one per destination, the outbox, order, rate and circuit breaker of one receiver. */
import { retryable } from "cloudflare:durable-objects";
import { DurableObject } from "cloudflare:workers";
import type {
  BackfillPlan,
  BackfillRange,
  DeliveryDetail,
  DeliverySelection,
  DeliveryView,
  DestinationStatus,
} from "../core/courier/courier-calls.ts";
import { deliveryId } from "../core/courier/delivery-id.ts";
import { isAlertType } from "../core/courier/delivery-types.ts";
import { Alarm } from "./alarm.ts";
import { BACKFILL, type Backfill, backfillPage, newBackfill, planOf } from "./backfilling.ts";
import { readByTime } from "./books-reader.ts";
import { type BreakerMemory, breakerMemory } from "./breaker-memory.ts";
import { composeDelivery } from "./composing.ts";
import { courierKeys } from "./courier-keys.ts";
import { sayHealth, viewOf } from "./courier-records.ts";
import { deliverDue, RUN_MS } from "./delivering.ts";
import { composingParts, deliveringParts } from "./delivering-parts.ts";
import type { PaceMemory } from "./delivery-run.ts";
import type { DestinationEnv } from "./destination-env.ts";
import { cancelDeliveries, destinationStatus, replayDeliveries, turnOn } from "./operating-outbox.ts";
import {
  acceptDeliveries,
  createOutbox,
  type DeliveryKey,
  eraseConversions,
  findByKey,
  findOpen,
  keep,
  type NewDelivery,
  openDeliveries,
  recall,
} from "./outbox.ts";
import type { OutboxSql } from "./outbox-sql.ts";
import { type AccessMemory, refreshTokens } from "./platform-access.ts";
import { type DestinationSetUp, readDestination } from "./set-up-of-destinations.ts";
import { type MatchedNotice, matchedBy } from "./take-notices.ts";
import { testAlert, testNotice } from "./test-notice.ts";
import { createTold } from "./told-there.ts";

/** The object's own number, which its alarm is not told. */
const NUMBER = "number";
const SET_UP = "set-up";
const SET_UP_FRESH_MS = RUN_MS;

export class Destination extends DurableObject<DestinationEnv> {
  static {
    // Repeated, these change nothing twice, so the runtime may repeat a call that it is not sure of.
    const { accept, erase, changed, status, open, detail, planBackfill } = Destination.prototype;
    retryable(accept, erase, changed, status, open, detail, planBackfill);
  }

  readonly #alarm: Alarm;
  /** How it fares, as it was said last. */
  #said: string | null = null;
  readonly #breaker: BreakerMemory;
  readonly #pace: PaceMemory = { nextMs: 0 };
  readonly #access: AccessMemory = { held: null };
  #setUp: { value: DestinationSetUp; readAtMs: number } | null = null;

  constructor(state: DurableObjectState, env: DestinationEnv) {
    super(state, env);
    createOutbox(this.#sql);
    createTold(this.#sql);
    this.#breaker = breakerMemory(this.#sql);
    this.#alarm = new Alarm(
      {
        getAlarm: () => this.ctx.storage.getAlarm(),
        setAlarm: (atMs) => this.ctx.storage.setAlarm(atMs),
        deleteAlarm: () => this.ctx.storage.deleteAlarm(),
      },
      () => Date.now(),
    );
  }

  /** Takes what the destination is told into its outbox, and says how much of that was new. The answer is held back until it is on disk. */
  async accept(number: number, matched: MatchedNotice[]): Promise<number> {
    const { nameKey } = await courierKeys(this.env.COURIER_KEYS);
    const deliveries = matched.map((one) => newDelivery(nameKey, number, one));
    const taken = this.#transaction(() => {
      keep(this.#sql, NUMBER, number);
      return acceptDeliveries(this.#sql, deliveries, Date.now());
    });
    if (taken > 0) await this.#alarm.wake();
    return taken;
  }

  /** Takes persons out of these conversions' deliveries. */
  erase(conversions: string[]): void {
    this.#transaction(() => eraseConversions(this.#sql, conversions));
  }

  /** Its set-up was saved: what waits goes by the new one. */
  async changed(number: number): Promise<void> {
    this.#setUp = null;
    this.#transaction(() => keep(this.#sql, NUMBER, number));
    await this.#alarm.wake();
    await refreshTokens(this.#sql, async () => courierKeys(this.env.COURIER_KEYS)).reseal(number);
  }

  async status(): Promise<DestinationStatus | null> {
    const setUp = await this.#readSetUp();
    return (
      setUp && destinationStatus(this.#sql, setUp, this.#breaker.get(), (await this.ctx.storage.getAlarm()) ?? null)
    );
  }

  /** What has something before it, newest first. */
  open(before: string | null, limit: number): DeliveryView[] {
    const number = this.#number();
    return number === null ? [] : openDeliveries(this.#sql, before, limit).map((one) => viewOf(number, one));
  }

  /** With all its tries; `key` where that is known. */
  detail(id: string, key: DeliveryKey | null): DeliveryDetail | null {
    const number = this.#number();
    const one = key ? findByKey(this.#sql, key) : findOpen(this.#sql, id);
    return one && number !== null ? { ...viewOf(number, one), tries: one.attempts } : null;
  }

  async resume(): Promise<void> {
    this.#setUp = null;
    this.#transaction(() => turnOn(this.#sql, this.#breaker, Date.now()));
    await this.#alarm.wake();
  }

  async replay(which: DeliverySelection): Promise<number> {
    const number = this.#number();
    if (number === null) return 0;
    const { nameKey } = await courierKeys(this.env.COURIER_KEYS);
    const count = this.#transaction(() =>
      replayDeliveries(this.#sql, which, Date.now(), (key, atMs) =>
        deliveryId(nameKey, { destination: number, ...key, receivedAtMs: atMs }),
      ),
    );
    await this.#alarm.wake();
    return count;
  }

  async cancel(which: DeliverySelection): Promise<number> {
    const count = this.#transaction(() => cancelDeliveries(this.#sql, which, Date.now()));
    await this.#alarm.wake();
    return count;
  }

  /** Sends a made-up conversion, and gives its delivery's ID. */
  async sendTest(number: number): Promise<string> {
    const { nameKey } = await courierKeys(this.env.COURIER_KEYS);
    const setUp = await readDestination(this.env.DB, number);
    if (!setUp) throw new Error(`there is no destination ${number}`);
    const { filters } = setUp.settings;
    const isOfAlerts = filters.types.length > 0 && filters.types.every(isAlertType);
    const matched: MatchedNotice = {
      notice: isOfAlerts ? testAlert(Date.now()) : testNotice(setUp.settings, Date.now()),
      type: isOfAlerts ? "alert.opened" : "conversion.created",
      origin: "test",
      deadlineAtMs: null,
    };
    const delivery = newDelivery(nameKey, number, matched);
    this.#transaction(() => {
      keep(this.#sql, NUMBER, number);
      acceptDeliveries(this.#sql, [delivery], Date.now());
    });
    await this.#alarm.wake();
    return delivery.deliveryId;
  }

  async planBackfill(number: number, range: BackfillRange): Promise<BackfillPlan> {
    const setUp = await readDestination(this.env.DB, number);
    if (!setUp) throw new Error(`there is no destination ${number}`);
    const keys = await courierKeys(this.env.COURIER_KEYS);
    const told = (matched: readonly MatchedNotice[]) =>
      matched.filter(({ notice: { conversionId, seq } }) => findByKey(this.#sql, { conversionId, seq, replay: 0 }))
        .length;
    const { plan, sample } = await planOf(this.#backfillParts(setUp, keys.shareKey), range, told, Date.now());
    // What an ad platform is sent stands in its body.
    if (!sample || setUp.settings.platform) return plan;
    const composed = await composeDelivery(
      composingParts(this.env),
      setUp,
      newDelivery(keys.nameKey, number, sample),
      Date.now(),
    );
    return { ...plan, sampleUrl: "request" in composed ? composed.request.shown.url : null };
  }

  async startBackfill(number: number, range: BackfillRange & { ratePerSecond: number }): Promise<void> {
    this.#transaction(() => {
      keep(this.#sql, NUMBER, number);
      keep(this.#sql, BACKFILL, newBackfill(range, Date.now()));
    });
    await this.#alarm.wake();
  }

  stopBackfill(): void {
    this.#transaction(() => keep(this.#sql, BACKFILL, null));
  }

  override async alarm(): Promise<void> {
    await this.#alarm.run(
      () => this.#run(),
      (error) => console.error({ event: "destination_failed", destination: this.#number(), error: String(error) }),
    );
  }

  async #run(): Promise<number | null> {
    const setUp = await this.#readSetUp();
    if (!setUp) return null;
    const backfillMs = await this.#tellHistory(setUp);
    const transaction = <Value>(work: () => Value) => this.#transaction(work);
    const storage = {
      ...{ sql: this.#sql, transaction, breaker: this.#breaker },
      ...{ pace: this.#pace, access: this.#access },
    };
    const nextMs = await deliverDue(await deliveringParts(this.env, storage, setUp));
    await this.#say(setUp, nextMs);
    const times = [nextMs, backfillMs].filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** The next page of a backfill; when the one after it is due. */
  async #tellHistory(setUp: DestinationSetUp): Promise<number | null> {
    const backfill = recall<Backfill>(this.#sql, BACKFILL);
    if (!backfill || setUp.status === "ended") return null;
    if (backfill.nextAtMs > Date.now()) return backfill.nextAtMs;
    const { nameKey, shareKey } = await courierKeys(this.env.COURIER_KEYS);
    const { matched, next } = await backfillPage(this.#backfillParts(setUp, shareKey), backfill, Date.now());
    this.#transaction(() => {
      // It may have been stopped, or begun anew, meanwhile.
      if (recall<Backfill>(this.#sql, BACKFILL)?.startedAtMs !== backfill.startedAtMs) return;
      const deliveries = matched.map((one) => newDelivery(nameKey, setUp.settings.number, one));
      acceptDeliveries(this.#sql, deliveries, Date.now());
      keep(this.#sql, BACKFILL, next);
    });
    return next?.nextAtMs ?? null;
  }

  #backfillParts(setUp: DestinationSetUp, shareKey: Parameters<typeof matchedBy>[2]) {
    return {
      readByTime: (after: Parameters<typeof readByTime>[1], toMs: number, limit: number) =>
        readByTime(this.env.DB, after, toMs, limit),
      match: (notices: Parameters<typeof matchedBy>[1]) => matchedBy(setUp, notices, shareKey, "backfill"),
    };
  }

  /** How the destination fares is a statistic: what cannot be said now is said by the next run, and what was said already costs a row. */
  async #say(setUp: DestinationSetUp, nextMs: number | null): Promise<void> {
    try {
      const status = destinationStatus(this.#sql, setUp, this.#breaker.get(), nextMs);
      const said = JSON.stringify(status);
      if (said === this.#said) return;
      await sayHealth(this.env.COURIER, status, Date.now());
      this.#said = said;
    } catch (error) {
      console.error({ event: "health_not_said", destination: setUp.settings.number, error: String(error) });
    }
  }

  /** The set-up, which is kept so that a database that is down holds nothing up. Null where the object was never told whose it is. */
  async #readSetUp(): Promise<DestinationSetUp | null> {
    if (this.#setUp && Date.now() - this.#setUp.readAtMs < SET_UP_FRESH_MS) return this.#setUp.value;
    const number = this.#number();
    if (number === null) return null;
    const value = await readDestination(this.env.DB, number).catch((error: unknown) => {
      console.error({ event: "set_up_unreadable", destination: number, error: String(error) });
      return recall<DestinationSetUp>(this.#sql, SET_UP);
    });
    if (!value) return null;
    this.#setUp = { value, readAtMs: Date.now() };
    this.#transaction(() => keep(this.#sql, SET_UP, value));
    return value;
  }

  #number(): number | null {
    return recall<number>(this.#sql, NUMBER);
  }

  #transaction<Value>(work: () => Value): Value {
    return this.ctx.storage.transactionSync(work);
  }

  get #sql(): OutboxSql {
    return this.ctx.storage.sql;
  }
}

/** As its destination's outbox takes it. */
function newDelivery(
  key: Parameters<typeof deliveryId>[0],
  destination: number,
  { notice, type, origin, deadlineAtMs }: MatchedNotice,
): NewDelivery {
  const { conversionId, seq, receivedAtMs } = notice;
  const name = { conversionId, seq, replay: 0 };
  return {
    ...name,
    deliveryId: deliveryId(key, { destination, ...name, receivedAtMs }),
    type,
    origin,
    notice,
    deadlineAtMs,
  };
}
