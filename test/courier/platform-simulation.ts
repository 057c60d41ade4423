/**
 * Random histories of an ad platform's destination: the real outbox, matching, composing and delivery over the doubles of the platforms, which count as their vendors' pages say. Answers get
 * lost behind what was counted, requests never leave, platforms are busy, fail, end a version for a while, access runs out, and the object dies at any await.
 */
import type { Notice } from "../../schema/messages.ts";
import { seededRandom } from "../../scripts/random.ts";
import { timePrefix } from "../../workers/core/books/conversion-id.ts";
import type { DeliveryState } from "../../workers/core/courier/delivery-reasons.ts";
import type { ReceiversAnswer } from "../../workers/core/courier/receivers-answer.ts";
import type { Outgoing } from "../../workers/core/courier/template.ts";
import { importHmacKey } from "../../workers/core/hmac-sha256.ts";
import type { PlatformName } from "../../workers/core/platforms/platform-target.ts";
import { PLATFORMS } from "../../workers/core/platforms/platforms.ts";
import { DAY_MS, HOUR_MS } from "../../workers/core/time-units.ts";
import { type BreakerMemory, breakerMemory } from "../../workers/courier/breaker-memory.ts";
import { deliverDue } from "../../workers/courier/delivering.ts";
import { turnOn } from "../../workers/courier/operating-outbox.ts";
import { acceptDeliveries, createOutbox } from "../../workers/courier/outbox.ts";
import type { OutboxSql } from "../../workers/courier/outbox-sql.ts";
import type { AccessMemory } from "../../workers/courier/platform-access.ts";
import { composeForPlatform, type PlatformParts } from "../../workers/courier/platform-request.ts";
import type { DestinationSetUp } from "../../workers/courier/set-up-of-destinations.ts";
import { matchedBy } from "../../workers/courier/take-notices.ts";
import { createTold, receiptOf, toldBefore } from "../../workers/courier/told-there.ts";
import { SECRETS, settingsFor } from "../core/platforms/facts.ts";
import { ObjectStorage } from "../ledger/sqlite-platform.ts";
import { DOUBLES, GOOD, type PlatformDouble } from "../platforms/doubles.ts";

const START_MS = Date.UTC(2026, 10, 2);
const KEY = importHmacKey(new Uint8Array(32).fill(7));
const STEPS = 40;
/** Longer than any schedule, of several refunds that wait for one another, too. Deliveries are kept for thirty days: what is gone by then is no more looked at. */
const AFTERWARDS_MS = 60 * DAY_MS;
const LOOKED_AT_AFTER_MS = [15 * DAY_MS, AFTERWARDS_MS];
const ENDS: readonly DeliveryState[] = ["sent", "skipped", "gave_up", "expired", "in_doubt"];
/** Of these the double counts a conversion wherever it lies, by the order's number; of the others the delivery's ID names the event. */
const BY_ORDER: readonly PlatformName[] = ["google", "reddit", "x", "ga4"];

export const SIMULATED: readonly PlatformName[] = [
  "meta",
  "tiktok",
  "google",
  "microsoft",
  "reddit",
  "linkedin",
  "x",
  "snap",
  "ga4",
];

class Died extends Error {}

interface Booked {
  notice: Notice;
  /** What it is for the platform: a link with ad_consent=0, a click that is none there, a test, or nothing of it. */
  nature: "plain" | "denied" | "foreign" | "test" | "clickless";
}

/** Plays the history of this seed at this platform; throws where it breaks a promise. */
export async function simulatePlatform(name: PlatformName, seed: number): Promise<void> {
  const history = new History(name, seededRandom(seed).next);
  try {
    await history.play();
  } catch (error) {
    throw new Error(`${name}, seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

class History {
  readonly name: PlatformName;
  readonly random: () => number;
  readonly storage = new ObjectStorage();
  readonly double: PlatformDouble;
  readonly setUp: DestinationSetUp;
  readonly booked = new Map<string, Booked[]>();
  breaker: BreakerMemory;
  access: AccessMemory = { held: null };
  life = { dead: false };
  nowMs = START_MS;
  alarmMs: number | null = null;
  faulty = true;
  isSunset = false;
  isExpired = false;

  constructor(name: PlatformName, random: () => number) {
    this.name = name;
    this.random = random;
    this.double = DOUBLES[name](() => this.nowMs);
    createOutbox(this.storage);
    createTold(this.storage);
    this.breaker = breakerMemory(this.storage);
    this.setUp = {
      settings: {
        number: 1,
        kind: "platform",
        owner: { type: "programme" },
        filters: {
          types: [
            "conversion.created",
            "conversion.held",
            "conversion.approved",
            "conversion.rejected",
            "conversion.reversed",
            "conversion.reinstated",
            "conversion.updated",
          ],
          statuses: ["pending", "approved", "rejected", "reversed"],
          events: [],
          offers: [],
          countries: [],
          minAmountMicros: 0,
          tests: true,
          shareBps: 10_000,
        },
        template: { method: "GET", url: "", headers: [], basic: null, body: null, needs: [] },
        platform: { name, settings: settingsFor(name) },
        answers: { bodyContains: null, accept3xx: false },
        secrets: Object.fromEntries(Object.keys(SECRETS).map((own) => [own, "sealed"])),
        deduplicates: false,
      },
      status: "active",
      version: 1,
      ratePerSecond: null,
      deadlineMs: null,
      offer: null,
      signing: [],
      signatureForm: "v1",
      createdAtMs: START_MS - DAY_MS,
      updatedAtMs: START_MS - DAY_MS,
    };
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  pick<Value>(list: readonly Value[]): Value {
    const value = list[Math.floor(this.random() * list.length)];
    if (value === undefined) throw new Error("nothing to pick from");
    return value;
  }

  async play(): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      this.nowMs += Math.floor(this.random() ** 3 * 20 * HOUR_MS) + 1;
      this.step();
      await this.runAlarms(this.nowMs);
    }
    this.faulty = false;
    this.isSunset = false;
    this.isExpired = false;
    this.switchOn();
    const endMs = this.nowMs;
    for (const afterMs of LOOKED_AT_AFTER_MS) {
      while (this.nowMs < endMs + afterMs) {
        this.nowMs = Math.max(this.nowMs, Math.min(this.alarmMs ?? Number.POSITIVE_INFINITY, endMs + afterMs));
        await this.runAlarms(this.nowMs);
      }
      this.check(afterMs === AFTERWARDS_MS);
    }
  }

  step(): void {
    const act = this.random();
    if (act < 0.75) this.book();
    else if (act < 0.8) this.isExpired = true;
    else if (act < 0.83) this.isSunset = !this.isSunset;
    else if (act < 0.9) this.die();
    else this.switchOn();
  }

  switchOn(): void {
    this.storage.transaction(() => turnOn(this.storage, this.breaker, this.nowMs));
    this.alarmMs = this.nowMs;
  }

  die(): void {
    this.life.dead = true;
    this.life = { dead: false };
    this.breaker = breakerMemory(this.storage);
    this.access = { held: null };
  }

  /** A conversion, or one more entry of one: approved at once or later, refunded in part or whole, reinstated. */
  book(): void {
    const known = this.booked.size > 0 && this.chance(0.6) ? this.pick([...this.booked.values()]) : [];
    const before = known.at(-1);
    const next = before ? this.entryBehind(before) : this.firstEntry();
    if (!next) return;
    const id = next.notice.conversionId;
    this.booked.set(id, [...known, next]);
    const matched = matchedBy(this.setUp, [next.notice], KEY, "notice").map((one) => ({
      ...one,
      conversionId: id,
      seq: next.notice.seq,
      replay: 0,
      deliveryId: `d-${id}-${next.notice.seq}`,
    }));
    // It may come again, and changes nothing then.
    for (let time = 0; time < this.pick([1, 1, 2]); time++)
      this.storage.transaction(() => acceptDeliveries(this.storage, matched, this.nowMs));
    this.alarmMs = Math.min(this.alarmMs ?? this.nowMs, this.nowMs);
  }

  firstEntry(): Booked {
    const number = String(this.booked.size).padStart(16, "0");
    const nature = this.pick(["plain", "plain", "plain", "plain", "denied", "foreign", "test", "clickless"] as const);
    const occurredAtMs = this.nowMs - Math.floor(this.random() ** 4 * 9 * DAY_MS);
    const money = { amountMicros: 25_000_000, payoutMicros: 2_500_000, revenueMicros: 5_000_000 };
    const id = nature === "foreign" ? `bad${number}` : `click${number}`;
    return {
      nature,
      notice: {
        conversionId: timePrefix(this.nowMs) + number,
        ...{ seq: 1, kind: "accrual", fromStatus: null, status: this.pick(["approved", "approved", "pending"]) },
        ...{ event: "sale", link: 0, offer: 1, affiliate: 1, advertiser: 1, currency: "USD" },
        ...{ total: money, delta: money, firstPayoutMicros: money.payoutMicros, txid: `T-${number}` },
        clickId: "k".repeat(36),
        clickedAtMs: occurredAtMs - Math.floor(this.random() * 8 * HOUR_MS),
        ...{ occurredAtMs, receivedAtMs: this.nowMs, bookedAtMs: this.nowMs },
        meta: { ga_client_id: `1${number}.1762890000` },
        ...(nature === "test" && { test: true }),
        ...(nature !== "clickless" && {
          click: {
            externalId: id,
            externalKind: PLATFORMS[this.name].clickIds[0] ?? "gclid",
            ...(nature === "denied" && { adConsent: "0" }),
          },
        }),
      },
    };
  }

  entryBehind({ notice, nature }: Booked): Booked | null {
    const { status, total } = notice;
    const to = this.pick(
      status === "reversed" ? ["approved"] : status === "pending" ? ["approved", "rejected"] : ["part", "reversed"],
    );
    if (status === "rejected") return null;
    const isLess = to === "part" || to === "reversed";
    const amountMicros = to === "reversed" ? 0 : to === "part" ? total.amountMicros - 1_000_000 : 25_000_000;
    if (amountMicros < 0) return null;
    const after = { ...total, amountMicros };
    return {
      nature,
      notice: {
        ...notice,
        seq: notice.seq + 1,
        kind: isLess
          ? "reversal"
          : to === "rejected"
            ? "rejection"
            : status === "reversed"
              ? "reinstatement"
              : "approval",
        fromStatus: status,
        status: to === "part" || to === "approved" ? "approved" : to === "rejected" ? "rejected" : "reversed",
        total: after,
        delta: { amountMicros: amountMicros - total.amountMicros, payoutMicros: 0, revenueMicros: 0 },
        receivedAtMs: this.nowMs,
        bookedAtMs: this.nowMs,
      },
    };
  }

  async runAlarms(untilMs: number): Promise<void> {
    for (let turns = 0; this.alarmMs !== null && this.alarmMs <= untilMs; turns++) {
      if (turns > 5_000) throw new Error("alarms fire without end");
      this.nowMs = Math.max(this.nowMs, this.alarmMs);
      await this.alarm();
      untilMs = Math.max(untilMs, this.nowMs);
    }
  }

  async alarm(): Promise<void> {
    this.alarmMs = this.nowMs + 90_000;
    const { life, storage } = this;
    const alive = (): void => {
      if (life.dead) throw new Died();
    };
    const dies = async (): Promise<void> => {
      await Promise.resolve();
      alive();
      if (!this.faulty || !this.chance(0.02)) return;
      this.die();
      throw new Died();
    };
    const sql: OutboxSql = {
      exec: (query, ...bindings) => {
        alive();
        return storage.exec(query, ...bindings);
      },
    };
    const send = async (_setUp: DestinationSetUp, request: Outgoing): Promise<ReceiversAnswer> => {
      await dies();
      const answer = this.answer(request);
      await dies();
      return answer;
    };
    const platforms: PlatformParts = {
      send,
      access: this.access,
      refreshed: { newest: async () => null, keep: async () => {}, reseal: async () => {} },
      names: async () => ({
        names: { offer: "o", link: "l", affiliate: "a", advertiser: "v" },
        isMetaShared: true,
        areAffiliatesShared: true,
      }),
      secrets: async () => SECRETS,
      random: this.random,
      toldBefore: (one) => toldBefore(sql, one, this.nowMs),
      receiptOf: (one) => receiptOf(sql, one),
      nowMs: () => this.nowMs,
    };
    try {
      this.alarmMs = await deliverDue({
        sql,
        transaction: (work) => {
          alive();
          return storage.transaction(work);
        },
        setUp: this.setUp,
        breaker: this.breaker,
        pace: { nextMs: 0 },
        compose: (own, one, nowMs) => composeForPlatform(platforms, own, one, nowMs),
        send,
        notices: async () => [],
        write: async () => {},
        nowMs: () => this.nowMs,
        sleep: async () => {},
        chance: this.random,
      });
    } catch (error) {
      if (!(error instanceof Died)) throw error;
    }
  }

  /** What the platform says, and what of that arrives. */
  answer(request: Outgoing): ReceiversAnswer {
    this.nowMs += Math.floor(this.random() * 200);
    const answered = (status: number, body = "", retryAfter: string | null = null): ReceiversAnswer => ({
      ...{ kind: "answered", status, body, retryAfter },
    });
    const fault = this.faulty ? this.random() : 1;
    if (fault < 0.04) return { kind: "unsent", reason: "unreachable" };
    if (fault < 0.08) return answered(429, "", "30");
    if (fault < 0.1) return answered(503, "try again");
    if (this.isSunset && !request.url.includes("oauth")) return answered(426, "version is over");
    const isToken = request.url.includes("oauth2");
    if (isToken) this.isExpired = false;
    else if (this.isExpired && PLATFORMS[this.name].access)
      return answered(401, JSON.stringify({ error: { code: 401, status: "UNAUTHENTICATED" } }));
    const { status, body } = this.double.answer(request);
    return this.faulty && fault < 0.16 ? { kind: "silence", timedOut: fault < 0.13 } : answered(status, body);
  }

  check(isOver: boolean): void {
    const rows = this.storage.exec("SELECT * FROM outbox").toArray();
    for (const row of rows) {
      const name = `${row.delivery_id}`;
      if (isOver && !ENDS.some((state) => state === row.state))
        throw new Error(`${name} came to no end: ${row.state} ${row.reason}`);
      if (
        PLATFORMS[this.name].doubt.next === "hold" &&
        `${row.attempts}`.includes('"in_doubt"') &&
        row.state !== "in_doubt"
      )
        throw new Error(`${name} was in doubt and is ${row.state}: nobody said so`);
      if (String(row.attempts).includes(GOOD.token)) throw new Error(`${name} shows a secret`);
      if (row.reason === "refused_there" && !this.natureOf(row).startsWith("foreign") && !this.isOvertaken(row))
        throw new Error(`${name} of a ${this.natureOf(row)} was refused: ${String(row.attempts).slice(-400)}`);
    }
    for (const [id, entries] of this.booked) this.checkConversion(id, entries, rows);
  }

  natureOf(row: Record<string, unknown>): string {
    return this.booked.get(String(row.conversion_id))?.[0]?.nature ?? "";
  }

  /** An adjustment that the platform does not find, since nobody knows whether the sale arrived. */
  isOvertaken(row: Record<string, unknown>): boolean {
    return Number(row.seq) > 1;
  }

  /** A conversion counts once at most, and where its sale was sent just as the last of its entries that was sent says. */
  checkConversion(id: string, entries: readonly Booked[], rows: readonly Record<string, unknown>[]): void {
    const own = rows.filter((row) => row.conversion_id === id);
    const counted = this.double.counted.filter((one) => this.isOf(one, id, entries) && one.name !== "refund");
    const nature = entries[0]?.nature ?? "plain";
    if (counted.length > 1) throw new Error(`${id} counts ${counted.length} times`);
    if (counted.length > 0 && (nature === "denied" || nature === "test" || nature === "clickless"))
      throw new Error(`${id}, which is ${nature}, counts`);
    if (
      nature !== "plain" ||
      own.length < entries.length ||
      own.some(({ state }) => state !== "sent" && state !== "skipped")
    )
      return;
    const told = own
      .filter(({ state }) => state === "sent")
      .sort((left, right) => Number(left.seq) - Number(right.seq));
    const last = entries.find(({ notice }) => notice.seq === Number(told.at(-1)?.seq))?.notice;
    const [value] = counted.map((one) => one.value);
    if (!last) {
      if (counted.length > 0) throw new Error(`${id} counts, and nothing of it was sent`);
      return;
    }
    // What was retracted is not counted again, whatever follows.
    const wasReversed = entries.some(
      ({ notice: { seq, status } }) => status === "reversed" && told.some((row) => row.seq === seq),
    );
    const isGone = wasReversed && PLATFORMS[this.name].refunds !== null && this.name !== "ga4";
    const first = entries.find(({ notice }) => notice.seq === Number(told[0]?.seq))?.notice;
    const expected = isGone ? undefined : (this.name === "ga4" ? first : last)?.total.amountMicros;
    if ((value ?? undefined) !== (expected === undefined ? undefined : expected / 1_000_000))
      throw new Error(`${id} counts as ${value}, and the books say ${expected}`);
  }

  isOf(one: PlatformDouble["counted"][number], id: string, entries: readonly Booked[]): boolean {
    if (BY_ORDER.includes(this.name)) return one.id === entries[0]?.notice.txid;
    return one.id.includes(id) || one.click === entries[0]?.notice.click?.externalId;
  }
}
