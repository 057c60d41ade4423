/**
 * Random histories of an outbox: entries are booked, notices come twice, late or never, receivers fail in every way, operators interfere, and the object dies at any await. The real
 * outbox, matching, comparison and delivery run on node:sqlite; what a receiver sees is held, at every request, to what is on disk at that moment, and the end to what must have been told.
 */

import type { CourierMessage, Notice } from "../../schema/messages.ts";
import { seededRandom } from "../../scripts/random.ts";
import { timePrefix } from "../../workers/core/books/conversion-id.ts";
import type { EntryName } from "../../workers/core/books/notice-rows.ts";
import type { DeliverySelection } from "../../workers/core/courier/courier-calls.ts";
import { deliveryId } from "../../workers/core/courier/delivery-id.ts";
import type { DeliveryReason, DeliveryState } from "../../workers/core/courier/delivery-reasons.ts";
import type { ReceiversAnswer } from "../../workers/core/courier/receivers-answer.ts";
import type { Outgoing } from "../../workers/core/courier/template.ts";
import { importHmacKey } from "../../workers/core/hmac-sha256.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../workers/core/time-units.ts";
import { Alarm } from "../../workers/courier/alarm.ts";
import { readByTime, readNamed } from "../../workers/courier/books-reader.ts";
import { type BreakerMemory, breakerMemory } from "../../workers/courier/breaker-memory.ts";
import { compareWithBooks } from "../../workers/courier/comparing.ts";
import { composeDelivery } from "../../workers/courier/composing.ts";
import { writeDeliveries } from "../../workers/courier/courier-records.ts";
import { deliverDue } from "../../workers/courier/delivering.ts";
import { cancelDeliveries, replayDeliveries, turnOn } from "../../workers/courier/operating-outbox.ts";
import {
  acceptDeliveries,
  createOutbox,
  type DeliveryKey,
  type NewDelivery,
  recall,
  type StoredDelivery,
} from "../../workers/courier/outbox.ts";
import type { OutboxSql } from "../../workers/courier/outbox-sql.ts";
import {
  type DestinationSetUp,
  readDestination,
  readDestinations,
} from "../../workers/courier/set-up-of-destinations.ts";
import { type MatchedNotice, matchedBy, takeNotices } from "../../workers/courier/take-notices.ts";
import { ObjectStorage, SqliteD1 } from "../ledger/sqlite-platform.ts";
import { insertDestination } from "./set-up.ts";

const START_MS = Date.UTC(2026, 10, 2);
const KEY = importHmacKey(new Uint8Array(32).fill(7));
const ENDS: readonly DeliveryState[] = ["sent", "skipped", "gave_up", "expired", "superseded"];
const STEPS = 60;
/** What its receiver takes no later than this behind what happened. */
const HURRIED_MS = 2 * HOUR_MS;
/** A request leaves so soon behind the look at its deadline. */
const COMPOSED_IN_MS = 1_000;
/** Longer than any schedule, and than what a destination that is off holds. */
const AFTERWARDS_MS = 40 * DAY_MS;

type Random = () => number;

/** Thrown at an await when the object dies; whatever it then asks of its storage fails as well. */
class Died extends Error {}

interface Seen {
  id: string;
  /** What the receiver said, as far as it said anything. */
  answered: number | null;
  /** True while the object does not know what came of it, and no operator said to repeat it. */
  inDoubt: boolean;
}

/** One destination's object, through its deaths. */
class SimulatedObject {
  readonly storage = new ObjectStorage();
  readonly number: number;
  alarmMs: number | null = null;
  alarm: Alarm;
  breaker: BreakerMemory;
  readonly #nowMs: () => number;
  #life = { dead: false };
  underWay = new Set<string>();
  readonly seen: Seen[] = [];

  constructor(number: number, nowMs: () => number) {
    this.number = number;
    this.#nowMs = nowMs;
    createOutbox(this.storage);
    this.breaker = breakerMemory(this.storage);
    this.alarm = this.#newAlarm();
  }

  die(): void {
    this.#life.dead = true;
    this.#life = { dead: false };
    this.underWay.clear();
    this.breaker = breakerMemory(this.storage);
    this.alarm = this.#newAlarm();
  }

  #newAlarm(): Alarm {
    const life = this.#life;
    const alive = <Value>(work: () => Value) => {
      if (life.dead) throw new Died();
      return work();
    };
    return new Alarm(
      {
        getAlarm: async () => alive(() => this.alarmMs),
        setAlarm: async (atMs) =>
          alive(() => {
            this.alarmMs = atMs;
          }),
        deleteAlarm: async () =>
          alive(() => {
            this.alarmMs = null;
          }),
      },
      this.#nowMs,
    );
  }

  /** The storage as this life sees it, and whether that is over. */
  life(): { sql: OutboxSql; transaction: <Value>(work: () => Value) => Value; isDead: () => boolean } {
    const life = this.#life;
    const alive = (): void => {
      if (life.dead) throw new Died();
    };
    return {
      isDead: () => life.dead,
      sql: {
        exec: (query, ...bindings) => {
          alive();
          return this.storage.exec(query, ...bindings);
        },
      },
      transaction: (work) => {
        alive();
        return this.storage.transaction(work);
      },
    };
  }

  rows(): Record<string, unknown>[] {
    return this.storage.exec("SELECT * FROM outbox ORDER BY conversion_id, seq, replay").toArray();
  }
}

/** Plays the history of this seed; throws where it breaks a promise. */
export async function simulateCourier(seed: number): Promise<void> {
  const history = await History.begin(seededRandom(seed).next);
  try {
    await history.play();
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

class History {
  readonly random: Random;
  readonly books = new SqliteD1("books", "schema/migrations/books", async () => {});
  readonly courier = new SqliteD1("courier", "schema/migrations/courier", async () => {
    if (this.faulty && this.chance(0.1)) throw new Error("D1 is away");
  });
  readonly objects = new Map<number, SimulatedObject>();
  /** Notices on their way; who takes them is not held to an order. */
  readonly queued: Notice[][] = [];
  readonly conversions: { id: string; seq: number; status: string; payout: number }[] = [];
  nowMs = START_MS;
  faulty = true;
  /** By destination: how its receiver is now. */
  readonly moods = new Map<number, string>();

  private constructor(random: Random) {
    this.random = random;
  }

  static async begin(random: Random): Promise<History> {
    const history = new History(random);
    history.books.db.exec("PRAGMA foreign_keys = OFF");
    const destinations = [
      { slug: "all", filters: { statuses: ["pending", "approved", "rejected", "reversed"] as const } },
      { slug: "doubtful", deduplicates: false },
      { slug: "needs", query: "&x={external_id}" },
      { slug: "words", answers: { bodyContains: "OK" } },
      { slug: "hurried", deadlineMs: HURRIED_MS },
    ];
    for (const { slug, query = "", ...rest } of destinations) {
      const url = `https://${slug}.example.com/pb?id={delivery_id}&n={sequence}${query}`;
      const filters = { ...("filters" in rest ? { statuses: [...(rest.filters?.statuses ?? [])] } : {}) };
      const number = await insertDestination(history.books, { slug, url, ...rest, filters }, START_MS - DAY_MS);
      history.objects.set(number, new SimulatedObject(number, () => history.nowMs));
    }
    return history;
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
      this.nowMs += Math.floor(this.random() ** 4 * 3 * HOUR_MS) + 1;
      await this.step();
      await this.runAlarms(this.nowMs);
    }
    await this.end();
    await this.check();
  }

  async step(): Promise<void> {
    const act = this.random();
    const object = this.pick([...this.objects.values()]);
    if (act < 0.55) await this.book();
    else if (act < 0.7) this.moods.set(object.number, this.pick(MOODS));
    else if (act < 0.76) await this.compare();
    else if (act < 0.82) await this.save(object.number);
    else if (act < 0.88) await this.operate(object, () => turnOn(object.storage, object.breaker, this.nowMs));
    else if (act < 0.9) await this.takeQueued();
    else if (act < 0.94)
      await this.replay(object, { states: [this.pick(["gave_up", "in_doubt", "skipped"] as const)] });
    else if (act < 0.96)
      await this.operate(object, () => cancelDeliveries(object.storage, { states: ["failed"] }, this.nowMs));
    else object.die();
  }

  async replay(object: SimulatedObject, which: DeliverySelection): Promise<void> {
    const idOf = (key: DeliveryKey, atMs: number) =>
      deliveryId(KEY, { destination: object.number, ...key, receivedAtMs: atMs });
    await this.operate(object, () => replayDeliveries(object.storage, which, this.nowMs, idOf));
  }

  /** An operator asks for what was told of a conversion to be told anew. */
  async tellAnew(object: SimulatedObject, conversion: string): Promise<void> {
    const told = object
      .rows()
      .filter(({ conversion_id, state, replay }) => conversion_id === conversion && state === "sent" && replay === 0);
    if (told.length > 0) await this.replay(object, { ids: [String(this.pick(told).delivery_id)] });
  }

  async operate(object: SimulatedObject, work: () => unknown): Promise<void> {
    object.storage.transaction(work);
    for (const seen of object.seen) seen.inDoubt = false;
    await object.alarm.wake();
  }

  /** One entry more, on a new conversion or a known one; its notice comes twice, late, or never. */
  async book(): Promise<void> {
    const known = this.conversions.length > 0 && this.chance(0.5) ? this.pick(this.conversions) : null;
    const conversion = known ?? {
      id: timePrefix(this.nowMs) + String(this.conversions.length).padStart(16, "0"),
      seq: 0,
      status: "",
      payout: 0,
    };
    if (!known) this.conversions.push(conversion);
    conversion.seq++;
    const status = this.pick(["approved", "pending", "reversed", "rejected"]);
    const kind = conversion.seq === 1 ? "accrual" : this.pick(["approval", "reversal", "rejection", "restatement"]);
    const entry = { kind, status, amount: 10, revenue: 2, payout: 1, receipt: "r", received_at: this.nowMs, rule: "x" };
    // An older ledger wrote a row of its own for a first entry, too.
    const isFolded = conversion.seq === 1 && this.chance(0.7);
    const first = isFolded ? JSON.stringify([...Object.values(entry), null]) : null;
    if (!isFolded)
      this.books.db
        .prepare(
          `INSERT INTO entries (conversion_id, seq, ${Object.keys(entry).join(", ")}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(conversion.id, conversion.seq, ...Object.values(entry));
    const joined = this.chance(0.8) ? 1 : 0;
    this.books.db
      .prepare(
        `INSERT INTO conversions (conversion_id, seq, advertiser, offer, affiliate, link, event, click_id, status, currency, amount, revenue, payout, clicked_at, occurred_at, received_at, settled_at, click_joined, external_id, test, hold, attributed_by, first_entry)
         VALUES (?1, ?2, 1, 1, 1, 1, 'sale', ?3, ?4, 'USD', 10, 2, 1, ?5, ?5, ?5, ?5, ?6, ?7, 0, '', 'click', ?8)
         ON CONFLICT (conversion_id) DO UPDATE SET seq = excluded.seq, status = excluded.status, settled_at = excluded.settled_at`,
      )
      .run(
        conversion.id,
        conversion.seq,
        "k".repeat(36),
        status,
        this.nowMs,
        joined,
        joined === 1 && this.chance(0.7) ? "ext" : null,
        first,
      );
    const notices = await readNamed(this.books, [[conversion.id, conversion.seq]]);
    const times = this.pick([0, 1, 1, 1, 2]);
    for (let time = 0; time < times; time++) this.queued.push(notices);
    if (this.chance(0.8)) await this.takeQueued();
  }

  /** A batch of what is queued, in any order; what is not acknowledged stays. */
  async takeQueued(): Promise<void> {
    const taken = this.queued.splice(Math.floor(this.random() * this.queued.length), 1 + Math.floor(this.random() * 3));
    const messages = taken.map((notices) => this.#message({ kind: "notices", notices }));
    const parts = {
      destinations: () => readDestinations(this.books),
      shareKey: KEY,
      readNamed: (names: readonly EntryName[]) => this.readNamed(names),
      nowMs: () => this.nowMs,
      accept: async (number: number, matched: MatchedNotice[]) => {
        if (this.faulty && this.chance(0.05)) throw new Error("the object is away");
        await this.accept(number, matched);
      },
      erase: async () => {},
      eraseRecords: async () => {},
      everyDestination: async () => [],
      chance: this.random,
    };
    await takeNotices(parts, messages);
  }

  #message(body: CourierMessage): Message<CourierMessage> {
    return {
      id: "m",
      timestamp: new Date(this.nowMs),
      body,
      attempts: 1,
      ack: () => {},
      retry: () => {
        if (body.kind === "notices") this.queued.push(body.notices);
      },
    };
  }

  async readNamed(names: readonly EntryName[]): Promise<Notice[]> {
    if (this.faulty && this.chance(0.05)) throw new Error("the books are away");
    return readNamed(this.books, names);
  }

  /** As the object does: in one transaction, then it wakes. */
  async accept(number: number, matched: readonly MatchedNotice[]): Promise<number> {
    const object = this.objects.get(number);
    if (!object) throw new Error(`no object ${number}`);
    const taken = object.storage.transaction(() =>
      acceptDeliveries(
        object.storage,
        matched.map((one) => newDelivery(number, one)),
        this.nowMs,
      ),
    );
    if (taken > 0) await object.alarm.wake();
    return taken;
  }

  async compare(): Promise<void> {
    const parts = {
      COURIER: this.courier,
      destinations: () => readDestinations(this.books),
      readByTime: (after: Parameters<typeof readByTime>[1], toMs: number, limit: number) =>
        readByTime(this.books, after, toMs, limit),
      readNamed: (names: readonly EntryName[]) => this.readNamed(names),
      match: (setUp: DestinationSetUp, notices: readonly Notice[]) => matchedBy(setUp, notices, KEY, "compared"),
      accept: (number: number, matched: MatchedNotice[]) => this.accept(number, matched),
    };
    await compareWithBooks(parts, this.nowMs).catch(() => {});
  }

  /** Pauses a destination, or lets it go on. */
  async save(number: number): Promise<void> {
    const status = this.chance(0.3) ? "paused" : "active";
    this.books.db.prepare("UPDATE destinations SET status = ? WHERE number = ?").run(status, number);
    await this.objects.get(number)?.alarm.wake();
  }

  async runAlarms(untilMs: number): Promise<void> {
    for (let turns = 0; turns < 10_000; turns++) {
      const due = [...this.objects.values()]
        .filter(({ alarmMs }) => alarmMs !== null && alarmMs <= untilMs)
        .sort((left, right) => (left.alarmMs ?? 0) - (right.alarmMs ?? 0))[0];
      if (!due) return;
      this.nowMs = Math.max(this.nowMs, due.alarmMs ?? 0);
      await this.alarm(due);
      untilMs = Math.max(untilMs, this.nowMs);
    }
    throw new Error("alarms fire without end");
  }

  async alarm(object: SimulatedObject): Promise<void> {
    const setUp = await readDestination(this.books, object.number);
    if (!setUp) throw new Error("a destination is gone");
    const life = object.life();
    const dies = async (): Promise<void> => {
      await Promise.resolve();
      if (life.isDead()) throw new Died();
      if (this.faulty && this.chance(0.02)) {
        object.die();
        throw new Died();
      }
    };
    const parts = {
      sql: life.sql,
      transaction: life.transaction,
      setUp,
      breaker: object.breaker,
      pace: { nextMs: 0 },
      compose: async (own: DestinationSetUp, one: StoredDelivery, nowMs: number) => {
        await dies();
        return composeDelivery(COMPOSING, own, one, nowMs);
      },
      send: async (_: DestinationSetUp, request: Outgoing) => {
        await dies();
        const answer = await this.receive(object, request);
        // What a dead object hears, it hears for nothing.
        await dies();
        if (answer.kind === "answered")
          for (const one of object.seen) if (one.id === idOf(request)) one.inDoubt = false;
        return answer;
      },
      notices: async (deliveries: readonly StoredDelivery[]) =>
        readNamed(
          this.books,
          deliveries.map(({ conversionId, seq }) => [conversionId, seq]),
        ),
      write: async (deliveries: readonly StoredDelivery[]) => {
        await this.meanwhile();
        await writeDeliveries(this.courier, object.number, deliveries);
      },
      nowMs: () => this.nowMs,
      sleep: async (ms: number) => {
        this.nowMs += ms;
      },
      chance: this.random,
    };
    const failures: unknown[] = [];
    await object.alarm.run(
      async () => {
        const next = await deliverDue(parts);
        await this.meanwhile();
        return next;
      },
      (error) => failures.push(error),
    );
    const bug = failures.find((error) => !(error instanceof Died));
    if (bug) throw bug;
    if (object.alarmMs === null && object.rows().some(({ wakes_at }) => wakes_at !== null))
      throw new Error(`nothing wakes destination ${object.number}, whose outbox waits`);
  }

  /** Where the object waits for a database, time passes, and more is booked. */
  async meanwhile(): Promise<void> {
    if (!this.faulty) return;
    this.nowMs += Math.floor(this.random() ** 8 * MINUTE_MS);
    if (this.chance(0.1)) await this.book();
  }

  /** What the receiver sees and says; every promise that can be held at this moment is. */
  async receive(object: SimulatedObject, request: Outgoing): Promise<ReceiversAnswer> {
    const id = idOf(request);
    const rows = object.rows();
    const row = rows.find((one) => one.delivery_id === id);
    if (row?.state !== "sending") throw new Error(`${id} leaves as ${row?.state}, which is not on disk as being sent`);
    if (String(row.attempts).includes('"outcome":"sent"')) throw new Error(`${id} leaves after its recorded answer`);
    const conversion = String(row.conversion_id);
    if (object.underWay.has(conversion)) throw new Error(`two deliveries of ${conversion} are under way`);
    const before = rows.find(
      (one) =>
        one.conversion_id === conversion &&
        Number(one.seq) < Number(row.seq) &&
        // What is told anew may be asked for while a later one is under way.
        one.replay === 0 &&
        !["in_doubt", "held", ...ENDS].includes(String(one.state)),
    );
    if (before) throw new Error(`${id} overtakes ${before.delivery_id}, which is ${before.state}`);
    const untaken = this.entriesBefore(conversion, Number(row.seq)).find(
      (entry) =>
        isToBeTold(object.number, entry) &&
        !rows.some((one) => one.conversion_id === conversion && Number(one.seq) === Number(entry.seq)),
    );
    if (untaken) throw new Error(`${id} overtakes the entry ${untaken.seq}, which was not taken`);
    if (row.deadline_at !== null && this.nowMs > Number(row.deadline_at) + COMPOSED_IN_MS)
      throw new Error(`${id} leaves behind its deadline`);
    if (object.underWay.size >= 4) throw new Error("more than four are under way");
    if (object.number === DOUBTFUL && object.seen.some((seen) => seen.id === id && seen.inDoubt))
      throw new Error(`${id} is repeated in doubt`);
    object.underWay.add(conversion);
    if (this.faulty && this.chance(0.05)) await this.tellAnew(object, conversion);
    for (let turn = Math.floor(this.random() * 4); turn > 0; turn--) await Promise.resolve();
    this.nowMs += Math.floor(this.random() * 50);
    const answer = this.answerOf(object.number);
    object.underWay.delete(conversion);
    const answered = answer.kind === "answered" ? answer.status : null;
    object.seen.push({ id, answered, inDoubt: answer.kind !== "unsent" });
    return answer;
  }

  answerOf(number: number): ReceiversAnswer {
    const answered = (status: number, body = "OK", retryAfter: string | null = null): ReceiversAnswer => ({
      kind: "answered",
      status,
      body,
      retryAfter,
    });
    const mood = this.faulty ? (this.moods.get(number) ?? "well") : "well";
    if (mood === "down") return { kind: "unsent", reason: "unreachable" };
    if (mood === "silent") return { kind: "silence", timedOut: this.chance(0.5) };
    if (mood === "broken") return answered(this.pick([500, 502, 404, 429]), "no", this.chance(0.2) ? "120" : null);
    if (mood === "gone") return answered(410);
    if (mood === "lying") return answered(200, "ERROR: Tag is invalid");
    if (mood === "shaky" && this.chance(0.5))
      return this.pick([answered(503), { kind: "silence", timedOut: true } as const]);
    return answered(200);
  }

  /** Everything is well again, everybody is turned on, and time passes. */
  async end(): Promise<void> {
    this.faulty = false;
    for (const object of this.objects.values()) {
      await this.compareAll();
      this.books.db.prepare("UPDATE destinations SET status = 'active'").run();
      await this.operate(object, () => turnOn(object.storage, object.breaker, this.nowMs));
    }
    for (const untilMs = this.nowMs + AFTERWARDS_MS; this.nowMs < untilMs; ) {
      const next = Math.min(...[...this.objects.values()].map(({ alarmMs }) => alarmMs ?? untilMs), untilMs);
      this.nowMs = Math.max(this.nowMs, next);
      await this.runAlarms(this.nowMs);
      if (next === untilMs) break;
    }
  }

  async compareAll(): Promise<void> {
    this.nowMs += 20 * MINUTE_MS;
    for (let page = 0; page < 3; page++) await this.compare();
    while (this.queued.length > 0) await this.takeQueued();
  }

  entriesBefore(conversion: string, seq: number): Record<string, unknown>[] {
    return this.books.db.prepare(`${ENTRIES} WHERE e.conversion_id = ? AND e.seq < ?`).all(conversion, seq);
  }

  /** Every entry, and every destination that is to hear of it: told, or ended with a reason; and `COURIER` says so too. */
  async check(): Promise<void> {
    const entries = this.books.db.prepare(ENTRIES).all();
    for (const object of this.objects.values()) {
      const rows = new Map(object.rows().map((row) => [`${row.conversion_id} ${row.seq} ${row.replay}`, row]));
      for (const entry of entries) {
        const name = `${entry.conversion_id} ${entry.seq} 0`;
        const row = rows.get(name);
        if (isToBeTold(object.number, entry) !== (row !== undefined))
          throw new Error(
            `destination ${object.number}, entry ${name}, ${entry.kind} ${entry.before} → ${entry.status}: ${row ? "was" : "was not"} taken`,
          );
      }
      for (const [name, row] of rows) this.checkEnd(object, name, row);
    }
  }

  checkEnd(object: SimulatedObject, name: string, row: Record<string, unknown>): void {
    const where = `destination ${object.number}, entry ${name}`;
    const state = String(row.state);
    const known: readonly string[] = [...ENDS, ...(object.number === DOUBTFUL ? ["in_doubt"] : [])];
    if (!known.includes(state))
      throw new Error(
        `${where} is left as ${state} (${row.reason}), breaker ${JSON.stringify(recall(object.storage, "breaker"))}`,
      );
    if (row.reason === "deadline_passed" && (row.deadline_at === null || this.nowMs <= Number(row.deadline_at)))
      throw new Error(`${where} is expired before its deadline`);
    if (state !== "sent" && row.reason === null) throw new Error(`${where} ended as ${state} without a reason`);
    const sent = object.seen.filter(({ id }) => id === row.delivery_id);
    if (state === "sent" && !sent.some(({ answered }) => answered === 200))
      throw new Error(`${where} was not received`);
    const recorded = this.courier.db
      .prepare("SELECT status, reason FROM deliveries WHERE delivery_id = ?")
      .get(String(row.delivery_id));
    const reason: DeliveryReason | null = JSON.parse(JSON.stringify(row.reason));
    if (recorded?.status !== state || recorded?.reason !== reason)
      throw new Error(`${where} is ${state}, and recorded as ${recorded?.status} (${recorded?.reason})`);
  }
}

/** Each with the status before it. */
const ENTRIES =
  "SELECT e.*, p.status AS before FROM all_entries e LEFT JOIN all_entries p ON p.conversion_id = e.conversion_id AND p.seq = e.seq - 1";

/** The destination whose receiver does not know a delivery that comes again. */
const DOUBTFUL = 2;

function idOf(request: Outgoing): string {
  return new URL(request.url).searchParams.get("id") ?? "";
}

const MOODS = ["well", "well", "well", "down", "silent", "broken", "gone", "lying", "shaky"];

const COMPOSING = {
  names: async () => ({
    names: { offer: "shoes", link: "demo", affiliate: "blog", advertiser: "acme" },
    isMetaShared: true,
    areAffiliatesShared: true,
  }),
  secrets: async () => ({}),
  webhook: async () => ({ refused: "private_address" }) as const,
  isLoopback: () => false,
  refusal: () => null,
  random: () => 0.5,
};

/** Said once more, by status alone: what the first destination hears of is every entry, and the others of what is approved or taken back of that. */
function isToBeTold(destination: number, entry: Record<string, unknown>): boolean {
  const { status, before } = entry;
  if (destination === 1) return true;
  if (status === "approved" || status === "reversed") return true;
  return status === "rejected" && before === "approved";
}

function newDelivery(destination: number, { notice, type, origin, deadlineAtMs }: MatchedNotice): NewDelivery {
  const { conversionId, seq, receivedAtMs } = notice;
  const name = { conversionId, seq, replay: 0 };
  return {
    ...name,
    deliveryId: deliveryId(KEY, { destination, ...name, receivedAtMs }),
    type,
    origin,
    notice,
    deadlineAtMs,
  };
}
