/**
 * A simulation of faults: random histories through the real consumer, on a durable double of the queue, with crashes and outages at every
 * await, and rows of D1 that are damaged and repaired meanwhile. When the faults stop, the backlog must empty, and the books must be what the model says.
 */
import type { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import type { ErasureMessage, Notice, PostbackMessage, RepairMessage } from "../../schema/messages.ts";
import { seededRandom } from "../../scripts/random.ts";
import { conversionsTable } from "../../workers/console/tables/conversions.ts";
import { entriesTable } from "../../workers/console/tables/entries.ts";
import { postbacksTable } from "../../workers/console/tables/postbacks.ts";
import { commandsOf } from "../../workers/core/books/attempts.ts";
import type { Patch } from "../../workers/core/books/command.ts";
import { piecesPrefix, readPiece } from "../../workers/core/books/command-piece.ts";
import { firstConversions } from "../../workers/core/books/first-conversions.ts";
import { dayOf, PIXEL_LIMITS, type PixelLimits } from "../../workers/core/books/pixel-limits.ts";
import { claimRows, conversionRow, entryRow, postbackRow } from "../../workers/core/books/rows.ts";
import type { StoredConversion } from "../../workers/core/books/stored.ts";
import { importErasureKey, isErasedClickId, replacementFor } from "../../workers/core/erasure/erased-names.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import type { OtherRules } from "../../workers/core/what-if/other-rules.ts";
import { logClicks } from "../../workers/ledger/click-log.ts";
import { eraseCommands } from "../../workers/ledger/commands/erase-commands.ts";
import { type DueRow, markDue, strikeDue } from "../../workers/ledger/due-rows.ts";
import { type ErasureParts, takeErasure } from "../../workers/ledger/erasure/take-erasure.ts";
import { joinLateClicks } from "../../workers/ledger/late-clicks.ts";
import { findBooks } from "../../workers/ledger/object-beside.ts";
import { decideMeetingErased, eraseBooks, eraseClaims } from "../../workers/ledger/object-erasure.ts";
import { createTables, pageOfConversions, pageOfDue, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { repair } from "../../workers/ledger/repair.ts";
import { type SettleParts, settleOrRetry } from "../../workers/ledger/settle.ts";
import type { Delivery } from "../../workers/ledger/settle-step.ts";
import { writeDueRows } from "../../workers/ledger/write-due.ts";
import { destinationCells, INSERT_DESTINATION } from "../courier/set-up.ts";
import { amendingMessage, anyPrice, look, rulesHere } from "../properties/amending.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "./click-days.ts";
import { archiveSome, archivingStorage, booksOf, MemoryBucket, rebuilt } from "./command-archive.ts";
import { ERASURE_KEY } from "./erasure-key.ts";
import { exportAsText, rowsOf } from "./exported.ts";
import { denseHistories, histories, UNKNOWN_VERSION } from "./histories.ts";
import { attemptName, type Meant, type ModelBooks, modelBooks, type Prices } from "./model.ts";
import { seedSetUp } from "./seed.ts";
import { type Fault, ObjectStorage, SqliteD1 } from "./sqlite-platform.ts";
import { DAY_MS, type IssuedClick, LINKS, NO_TRACKERS, START_MS } from "./world.ts";

/** Most histories are short, with small batches in which much happens between two; one of ten has families and batches as large as the queue's. */
const SHORT = { messages: 24, batch: 7 };
const LONG = { messages: 160, batch: 100 };
const FAULTY_ROUNDS = 12;
/** When faults have stopped, this many rounds must empty the queue; each takes the whole backlog. */
const QUIET_ROUNDS = 12;

/** When all that the pixel said is forgotten. */
const YEARS_MS = 1_000 * DAY_MS;

const MONEY = ["amount", "revenue", "payout"];
const money = (table: string): string =>
  MONEY.map((column) => `CAST(${table}.${column} AS TEXT) AS ${column}`).join(", ");
/** Each export, and the same rows by plain SQL, or by their columns in the log. */
const EXPORTS = [
  [conversionsTable, `SELECT conversion_id, event, txid, click_id, status, ${money("c")} FROM conversions c`],
  [entriesTable, `SELECT conversion_id, seq, kind, status, receipt, ${money("e")} FROM all_entries e`],
  [postbacksTable, "receipt, status, reason, conversion_id, txid"],
] as const;

interface Queued {
  body: PostbackMessage | RepairMessage | ErasureMessage;
  attempts: number;
}

/** The rows of one message or conversion that may get damaged. */
const LOG_DAMAGES = [
  "DELETE FROM postbacks WHERE receipt IN (SELECT value FROM json_each(?))",
  "UPDATE postbacks SET status = 'duplicate', stage = stage + 1000 WHERE receipt IN (SELECT value FROM json_each(?))",
];
const CLAIM_DAMAGES = [
  "DELETE FROM claims WHERE receipt IN (SELECT value FROM json_each(?))",
  "UPDATE claims SET state = 'confirmed', stage = stage + 1000 WHERE receipt IN (SELECT value FROM json_each(?))",
];
const DAMAGES = [
  "DELETE FROM conversions WHERE conversion_id IN (SELECT value FROM json_each(?))",
  "UPDATE conversions SET payout = payout + 1, seq = seq + 1000 WHERE conversion_id IN (SELECT value FROM json_each(?))",
  "DELETE FROM entries WHERE conversion_id IN (SELECT value FROM json_each(?))",
];

/** What a database says that is down. */
const outage: Fault = async (point) => {
  throw new Error(`down: ${point}`);
};

/** What an operator may say of a conversion. */
interface Word {
  content: PostbackMessage["content"];
  correction?: Pick<NonNullable<PostbackMessage["correction"]>, "act" | "restate" | "undoes">;
}

const WORDS: readonly Word[] = [
  { content: {}, correction: { act: "hold" } },
  { content: {}, correction: { act: "hold" } },
  { content: {}, correction: { act: "release" } },
  { content: {}, correction: { act: "release" } },
  { content: { status: "approved" } },
  { content: { status: "approved", amountMicros: 7_000_000 }, correction: { restate: true } },
  { content: { status: "rejected" } },
  { content: { status: "rejected" } },
  { content: { amountMicros: 20_000_000 }, correction: { restate: true } },
  { content: { status: "reversed" } },
  { content: { status: "reinstated" } },
  { content: { status: "reversed", amountMicros: 1_000_000 } },
];

const KEY = importErasureKey(ERASURE_KEY);

/** The archive has tests of its own. */
export const NO_ARCHIVE: ErasureParts["ARCHIVE"] = {
  list: async () => ({ objects: [], truncated: false }),
  get: async () => null,
  put: async () => null,
  delete: async () => {},
};

/** Thrown into a consumer that has died: nothing that it does later counts. */
class Crash extends Error {}

/** Runs one history; throws, naming the seed, when anything that must hold does not. */
export async function simulate(seed: number, ring: KeyRing, clicks: IssuedClick[]): Promise<void> {
  try {
    await new Simulation(seed, ring, clicks).run();
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

class Simulation {
  readonly #random: () => number;
  readonly #clicks: IssuedClick[];
  readonly #ring: KeyRing;
  readonly #messages: PostbackMessage[];
  readonly #batch: number;
  readonly #db: SqliteD1;
  readonly #clickLog: MemoryDays;
  readonly #log: SqliteD1;
  readonly #objects = new Map<number, ObjectStorage>();
  readonly #limits: PixelLimits;
  /** A word of the sender's that comes when what the pixel said is forgotten. */
  readonly #belated: PostbackMessage | undefined;
  #queue: Queued[];
  #faulty = true;
  #isYearsLater = false;
  #isLogDown = false;
  /** Operators' words that a what-if is applied. */
  readonly #amending: PostbackMessage[] = [];
  /** Rows of D1 were: what was told meanwhile is what they said. */
  #isDamaged = false;
  /** What the courier was told, by entry: the last time that it was. */
  readonly #told = new Map<string, Notice>();
  readonly #bucket = new MemoryBucket();
  /** Orders with their advertiser, and clicks. */
  readonly #erased: { advertiser: number | null; name: string }[] = [];

  constructor(seed: number, ring: KeyRing, clicks: IssuedClick[]) {
    this.#random = seededRandom(seed).next;
    this.#ring = ring;
    this.#clicks = clicks;
    const { messages, batch } = seed % 10 === 0 ? LONG : SHORT;
    const drawn = seed % 2 === 0 ? histories(clicks, messages) : denseHistories(clicks, messages);
    const history = fc.sample(drawn, { seed, numRuns: 1 })[0] ?? [];
    this.#limits =
      seed % 3 === 0 ? { ...PIXEL_LIMITS, bytesOfDay: 1 + Math.floor(this.#random() * 9_000) } : PIXEL_LIMITS;
    const sent = history.map((body) => ({
      ...pixelOnce(body, history),
      content: { ...body.content, coupon: couponOf(body), ...oldWords(body) },
    }));
    const belated = sent.filter((body) => canBeBelated(body, sent));
    this.#belated = belated[Math.floor(this.#random() * 2 * belated.length)];
    this.#messages = sent.filter((body) => body !== this.#belated);
    this.#batch = batch;
    this.#queue = this.#messages.map((body) => ({ body: this.#ofAnotherDeploy(body), attempts: 0 }));
    this.#db = new SqliteD1("books", "schema/migrations/books", async () => {});
    this.#clickLog = new MemoryDays(this.#db);
    this.#log = new SqliteD1("log", "schema/migrations/log", async () => {});
    seedSetUp(this.#db.db);
    this.#db.db
      .prepare(INSERT_DESTINATION)
      .all(...destinationCells({ slug: "anybody", url: "https://receiver.example.com/" }, START_MS));
  }

  async run(): Promise<void> {
    for (let round = 0; round < FAULTY_ROUNDS && this.#queue.length > 0; round++) {
      if (this.#chance(0.3)) await this.#landClick();
      await Promise.all([this.#consume(), this.#consume()]);
      if (this.#chance(0.2)) this.#deliverAgain();
      while (this.#chance(0.4)) this.#sayAsOperator();
      if (this.#chance(0.15)) this.#amend();
      if (this.#chance(0.1)) this.#damage();
      if (this.#chance(0.2)) this.#writeAsOlder();
      if (this.#chance(0.3)) this.#isLogDown = !this.#isLogDown;
      if (this.#chance(0.3)) await this.#writeDue().catch(() => {});
      if (this.#chance(0.15)) this.#askErasure();
      if (this.#chance(0.3)) await this.#archive(1 + Math.floor(this.#random() * 3)).catch(() => {});
    }
    this.#faulty = false;
    this.#isLogDown = false;
    for (const click of this.#clicks) await this.#land(click);
    for (let round = 0; round < QUIET_ROUNDS && this.#queue.length > 0; round++)
      await this.#consume(this.#queue.length);
    check(this.#queue.length === 0, `the backlog did not empty: ${this.#queue.length} left`);
    await this.#writeDue();
    await joinLateClicks({ ...NOTHING_ARCHIVED, DB: this.#db, days: this.#clickLog.days }, START_MS);
    await this.#checkRebuilt();
    this.#checkUntaken();
    this.#checkAgainstModel();
    this.#checkFirsts();
    this.#checkWithin();
    this.#checkBeside();
    this.#checkErased();
    this.#checkTold();
    await this.#checkRedelivery();
    await this.#checkExports();
    await this.#forget();
    await this.#checkRedelivery();
    await this.#checkBelated();
  }

  /** A message may have been written by an older or newer deploy: with fields that this one does not know. */
  #ofAnotherDeploy(body: PostbackMessage): PostbackMessage {
    const carried: PostbackMessage & { writtenBy?: string } = { ...body };
    if (this.#chance(0.2)) carried.writtenBy = "another deploy";
    return carried;
  }

  #deliverAgain(): void {
    const body = this.#messages[Math.floor(this.#random() * this.#messages.length)];
    if (!body) return;
    // What an operator said is not replayed: the log does not keep which conversion it named.
    const isReplay = !body.correction && this.#chance(0.3);
    this.#queue.push({ body: isReplay ? { ...body, replay: true } : body, attempts: 0 });
  }

  /** An operator sees some conversion and says something of it: soon, so that the sender says more behind it, or after all. */
  #sayAsOperator(): void {
    const seen = this.#rows("SELECT conversion_id, advertiser, received_at FROM conversions ORDER BY conversion_id");
    const conversion = seen[Math.floor(this.#random() * seen.length)];
    if (!conversion) return;
    const word = this.#chance(0.3) ? this.#takingBack(String(conversion.conversion_id)) : this.#anyWord();
    const body: PostbackMessage = {
      kind: "postback",
      receipt: `0${Math.floor(this.#random() * 9)}${String(this.#messages.length).padStart(15, "0")}000000001`,
      named: true,
      advertiser: Number(conversion.advertiser),
      receivedAtMs:
        // What another tracker booked was received before there was anybody to say so.
        Math.max(START_MS + 600_000, Number(conversion.received_at)) +
        Math.floor(this.#random() * (this.#chance(0.7) ? 15 : 20 * DAY_MS)),
      channel: "console",
      content: word?.content ?? {},
      correction: { conversion: String(conversion.conversion_id), by: "ann", note: "seen", ...word?.correction },
    };
    this.#messages.push(body);
    this.#queue.push({ body: this.#ofAnotherDeploy(body), attempts: 0 });
  }

  #anyWord(): Word | undefined {
    return WORDS[Math.floor(this.#random() * WORDS.length)];
  }

  /** Takes back what an operator said of this conversion, or something else that was said: a reversal by a word of its own. */
  #takingBack(conversion: string): Word | undefined {
    const own = this.#messages.filter(({ correction }) => correction?.conversion === conversion);
    const among = own.length > 0 && this.#chance(0.9) ? own : this.#messages;
    const taken = among[Math.floor(this.#random() * among.length)];
    if (!taken) return this.#anyWord();
    const undoes = taken.receipt;
    return taken.content.status === "reversed"
      ? { content: { status: "reinstated" }, correction: { undoes } }
      : { content: {}, correction: { act: "undo", undoes } };
  }

  /** An operator looks at what an object holds by now under other prices, and applies it; what changes before that is decided is left out. */
  #amend(): void {
    const rules = this.#otherPrices();
    for (const sql of this.#objects.values())
      for (const family of look({ sql }, rulesHere(rules, LINKS))) {
        if (this.#chance(0.3)) continue;
        const body = amendingMessage(family, this.#amending.length, START_MS + 150 * DAY_MS);
        this.#amending.push(body);
        for (let times = this.#chance(0.2) ? 2 : 1; times > 0; times--) this.#queue.push({ body, attempts: 0 });
      }
  }

  /** Prices that are of the same kind, so that no sale is held or let go for them. */
  #otherPrices(): OtherRules {
    const offers: OtherRules["offers"] = {};
    const price = () => anyPrice({ next: this.#random });
    for (const { offer, events } of LINKS.values()) {
      if (this.#chance(0.4)) continue;
      const own = events.map(({ name, revenue }): [string, Prices] => [
        name,
        {
          ...(this.#chance(0.6) ? { payout: price() } : {}),
          ...(revenue !== "posted" && this.#chance(0.4) ? { revenue: price() } : {}),
        },
      ]);
      offers[offer] = { events: Object.fromEntries(own) };
    }
    return { offers };
  }

  /** What attempts are priced by instead, by the amendments that took effect: one of a family that changed before says nothing. */
  #amended(): Map<string, Prices> {
    const amended = new Map<string, Prices>();
    const words = [...this.#objects.values()].flatMap((sql) => pageOfMessages(sql, "", 1_000));
    const outcomes = new Map(words.map(({ command, outcome }) => [command.receipt, outcome.reason]));
    // An erasure may have taken from what is stored; a later look is at what an earlier one had changed.
    for (const { receipt: word, amendment } of this.#amending) {
      if (outcomes.get(word) === "changed_since") continue;
      const patches: Patch[] = JSON.parse(amendment?.patches ?? "[]");
      for (const { receipt, attempt, fields } of patches) {
        const terms = fields.terms ?? fields.coupon?.terms;
        if (!terms) continue;
        const { payout, revenue } = terms;
        amended.set(attemptName({ receipt, receivedAtMs: attempt.receivedAtMs }), { payout, revenue });
      }
    }
    return amended;
  }

  /** Damages rows of one advertiser as no code of ours would, and asks for their repair as `npm run verify` does. */
  #damage(): void {
    this.#isDamaged = true;
    this.#db.db.exec("DROP TRIGGER IF EXISTS entries_are_never_deleted_alone");
    for (const [advertiser, storage] of this.#objects) {
      const receipts = pageOfMessages(storage, "", 1_000)
        .map(({ command }) => command.receipt)
        .filter(() => this.#chance(0.3));
      const conversions = pageOfConversions(storage, "", 1_000)
        .map(({ conversion }) => conversion.id)
        .filter(() => this.#chance(0.3));
      this.#queue.push({ body: { kind: "repair", advertiser, receipts, conversions }, attempts: 0 });
      for (const damage of DAMAGES.filter(() => this.#chance(0.3)))
        this.#db.db.prepare(damage).run(JSON.stringify(conversions));
      for (const damage of CLAIM_DAMAGES.filter(() => this.#chance(0.3)))
        this.#db.db.prepare(damage).run(JSON.stringify(receipts));
      for (const damage of LOG_DAMAGES.filter(() => this.#chance(0.3)))
        this.#log.db.prepare(damage).run(JSON.stringify(receipts));
    }
  }

  /** Some first entries have rows of their own, as an older ledger wrote them. */
  #writeAsOlder(): void {
    const { db } = this.#db;
    db.exec("DROP TRIGGER IF EXISTS first_entry_is_never_changed");
    for (const { conversion_id, first_entry } of this.#rows("SELECT conversion_id, first_entry FROM conversions")) {
      if (first_entry === null || this.#chance(0.5)) continue;
      const cells = JSON.stringify([conversion_id, 1, ...JSON.parse(String(first_entry))]);
      db.prepare("UPDATE conversions SET first_entry = NULL WHERE conversion_id = ?").run(String(conversion_id));
      db.prepare(
        `INSERT INTO entries SELECT ${Array.from({ length: 11 }, (_, index) => `?1 ->> ${index}`).join(", ")} WHERE true ON CONFLICT DO NOTHING`,
      ).run(cells);
    }
  }

  /** Somebody is to be erased, by a click or an order: as the console asks for it. */
  #askErasure(): void {
    const { advertiser = 1, content = {} } = this.#messages[Math.floor(this.#random() * this.#messages.length)] ?? {};
    const { clickId, txid } = content;
    if (clickId !== undefined && (txid === undefined || this.#chance(0.5))) {
      this.#erased.push({ advertiser: null, name: clickId });
      for (const each of [1, 2])
        this.#queue.push({ body: { kind: "erasure", advertiser: each, clickIds: [clickId], txids: [] }, attempts: 0 });
    } else if (txid !== undefined) {
      this.#erased.push({ advertiser, name: txid });
      this.#queue.push({ body: { kind: "erasure", advertiser, clickIds: [], txids: [txid] }, attempts: 0 });
    }
  }

  /** Some pieces of the archive of commands, as far as its bucket takes them. */
  async #archive(pieces: number): Promise<void> {
    this.#bucket.fault = this.#faultOf({ dead: false });
    for (const [advertiser, storage] of this.#objects) await archiveSome(storage, this.#bucket, advertiser, pieces);
  }

  /** Objects made anew from the archive hold what those held that are lost, and take their places from here on. Of who was erased it says nothing. */
  async #checkRebuilt(): Promise<void> {
    this.#bucket.fault = async () => {};
    for (const [advertiser, storage] of this.#objects) {
      const end = await archiveSome(storage, this.#bucket, advertiser);
      check(end === "all", `the archive of advertiser ${advertiser} ends at ${end}`);
      const anew = await rebuilt(this.#bucket, advertiser);
      const [before, after] = [booksOf(storage), booksOf(anew)];
      for (const [table, rows] of Object.entries(before))
        check(
          JSON.stringify(after[table]) === JSON.stringify(rows),
          `rebuilt, ${table} of advertiser ${advertiser} differ: ${JSON.stringify(rows)} became ${JSON.stringify(after[table])}`,
        );
      this.#objects.set(advertiser, anew);
    }
    const texts = [...this.#bucket.objects].map(
      ([name, { bytes }]) => [name, JSON.stringify(readPiece(bytes))] as const,
    );
    for (const { advertiser, name } of this.#erased)
      for (const [piece, text] of texts.filter(
        ([own]) => advertiser === null || own.startsWith(piecesPrefix(advertiser)),
      ))
        check(!text.includes(JSON.stringify(JSON.stringify(name)).slice(1, -1)), `${piece} still names ${name}`);
  }

  async #landClick(): Promise<void> {
    const issued = this.#clicks[Math.floor(this.#random() * this.#clicks.length)];
    if (issued) await this.#land(issued);
  }

  async #land({ id, click: { counter } }: IssuedClick): Promise<void> {
    this.#clickLog.fault = async () => {};
    this.#db.fault = async () => {};
    const click = { clickId: id, offer: 1, affiliate: 1, advertiser: 1, country: "DE", subs: [`sub of ${counter}`] };
    await logClicks(
      { ...NOTHING_ARCHIVED, DB: this.#db, days: this.#clickLog.days, VISITS: "exact" },
      [{ kind: "clicks", clicks: [click] }],
      START_MS,
    );
  }

  /** One consumer takes a batch off the queue; acknowledgements count when it ends alive, and what is not acknowledged comes again. */
  async #consume(size = 1 + Math.floor(this.#random() * this.#batch)): Promise<void> {
    const taken: Queued[] = [];
    while (taken.length < size && this.#queue.length > 0)
      taken.push(...this.#queue.splice(Math.floor(this.#random() * this.#queue.length), 1));
    const acked = new Set<Queued>();
    const sentBack: Queued[] = [];
    const life = { dead: false };
    const deliveries = taken.flatMap((queued): Delivery[] => {
      queued.attempts++;
      if (queued.body.kind !== "postback") return [];
      const ack = () => acked.add(queued);
      return [{ body: structuredClone(queued.body), attempts: queued.attempts, ack, retry: () => {} }];
    });
    const fault = this.#faultOf(life);
    this.#db.fault = fault;
    this.#clickLog.fault = fault;
    this.#log.fault = this.#isLogDown ? outage : fault;
    await settleOrRetry(this.#parts(fault, sentBack), deliveries);
    for (const queued of taken) {
      if (queued.body.kind === "repair" && (await this.#repair(queued.body, fault))) acked.add(queued);
      if (queued.body.kind === "erasure" && (await this.#erase(queued.body, fault, sentBack))) acked.add(queued);
    }
    this.#queue.push(...sentBack, ...taken.filter((queued) => life.dead || !acked.has(queued)));
  }

  /** True when it went through. */
  async #repair(message: RepairMessage, fault: Fault): Promise<boolean> {
    const storage = this.#objectOf(message.advertiser);
    const find = async (receipts: string[], conversions: string[]) => {
      await fault("object before it is read");
      return structuredClone(findBooks(storage, receipts, conversions));
    };
    try {
      await repair({ ...NOTHING_ARCHIVED, DB: this.#db, days: this.#clickLog.days, LOG: this.#log }, find, message, 0);
      return true;
    } catch {
      return false;
    }
  }

  /** True when it went through. */
  async #erase(message: ErasureMessage, fault: Fault, sent: Queued[]): Promise<boolean> {
    const storage = this.#objectOf(message.advertiser);
    const parts: ErasureParts = {
      DB: this.#db,
      days: this.#clickLog.days,
      LOG: this.#log,
      ARCHIVE: NO_ARCHIVE,
      ERASURE_KEY,
      NOTICES: { send: () => fault("queue before the courier is told to forget") },
      POSTBACKS: {
        send: async (body) => {
          await fault("queue before an erasure is sent");
          sent.push({ body, attempts: 0 });
        },
      },
      eraseBooks: async (advertiser, names) => {
        await fault("object before it is erased in");
        const replacement = replacementFor(KEY, advertiser);
        const erased = structuredClone(storage.transaction(() => eraseBooks(storage, replacement, names, START_MS)));
        await fault("object after it is erased in");
        return erased;
      },
      findBooks: async (_, receipts, conversions) => {
        await fault("object before it is asked for what is erased");
        return structuredClone(findBooks(storage, receipts, conversions));
      },
      eraseCommands: async (advertiser, names, after) => {
        this.#bucket.fault = fault;
        const replacement = replacementFor(KEY, advertiser);
        return eraseCommands(archivingStorage(storage), this.#bucket, replacement, names, after, 0);
      },
      eraseClaims: async (advertiser, names, after) => {
        await fault("object before claims are erased in it");
        const replacement = replacementFor(KEY, advertiser);
        const erased = structuredClone(
          storage.transaction(() => eraseClaims(storage, replacement, names, after, START_MS)),
        );
        await fault("object after claims are erased in it");
        return erased;
      },
    };
    try {
      await takeErasure(parts, message);
      return true;
    } catch (error) {
      if (!this.#faulty) console.log(error);
      return false;
    }
  }

  #parts(fault: Fault, sentBack: Queued[]): SettleParts {
    return {
      DB: this.#db,
      days: this.#clickLog.days,
      ARCHIVE: NO_ARCHIVE,
      LOG: this.#log,
      ...NO_TRACKERS,
      NOTICES: {
        sendBatch: async (packed) => {
          await fault("queue before telling");
          for (const { body } of structuredClone([...packed]))
            for (const notice of body.notices) this.#told.set(`${notice.conversionId} ${notice.seq}`, notice);
          await fault("queue after telling");
          return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
        },
      },
      POSTBACKS: {
        sendBatch: async (again) => {
          await fault("queue before sending");
          for (const { body } of again) sentBack.push({ body, attempts: 0 });
          await fault("queue after sending");
          return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
        },
      },
      decideShare: async (advertiser, commands, nowMs) => {
        await fault("object before its call");
        const storage = this.#objectOf(advertiser);
        const { toErase, ...settled } = storage.transaction(() =>
          decideMeetingErased(storage, KEY, structuredClone(commands), nowMs, { limits: this.#limits }),
        );
        await fault("object after its call");
        if (toErase) sentBack.push({ body: { kind: "erasure", advertiser, ...toErase }, attempts: 0 });
        return structuredClone(settled);
      },
      markDue: async (advertiser, due) => {
        await fault("object before it marks");
        const storage = this.#objectOf(advertiser);
        storage.transaction(() => markDue(storage, structuredClone(due)));
        await fault("object after it marked");
      },
      reviewCaps: () => fault("publishing caps"),
      ring: this.#ring,
      // A clock that jumps: mostly long after the clicks, sometimes while they are fresh.
      nowMs: () => {
        if (this.#isYearsLater) return START_MS + YEARS_MS;
        return START_MS + (this.#faulty && this.#chance(0.3) ? Math.floor(this.#random() * 400_000) : 100 * DAY_MS);
      },
      chance: this.#random,
    };
  }

  /** One run of the cron that writes what the log did not take. */
  async #writeDue(): Promise<number> {
    const fault = this.#faultOf({ dead: false });
    this.#db.fault = fault;
    this.#clickLog.fault = fault;
    this.#log.fault = this.#isLogDown ? outage : fault;
    return writeDueRows({
      DB: this.#db,
      LOG: this.#log,
      booksOf: (advertiser) => {
        const storage = this.#objectOf(advertiser);
        return {
          dueMessages: async (after: string, limit: number) => {
            await fault("object before it is asked what is due");
            return structuredClone(pageOfDue(storage, after, limit));
          },
          strikeDue: async (written: DueRow[]) => {
            await fault("object before it strikes off");
            storage.transaction(() => strikeDue(storage, structuredClone(written)));
          },
          find: async (receipts: string[], conversions: string[]) => {
            await fault("object before it is read");
            return structuredClone(findBooks(storage, receipts, conversions));
          },
        };
      },
    });
  }

  /** While faults are on: an outage now and then, a crash that ends this consumer, or a pause in which the other one goes on. */
  #faultOf(life: { dead: boolean }): Fault {
    return async (point) => {
      while (this.#chance(0.5)) await Promise.resolve();
      if (life.dead) throw new Crash(point);
      if (!this.#faulty) return;
      if (this.#chance(0.06)) {
        life.dead = true;
        throw new Crash(point);
      }
      if (this.#chance(0.12)) throw new Error(`outage: ${point}`);
    };
  }

  #objectOf(advertiser: number): ObjectStorage {
    const known = this.#objects.get(advertiser);
    if (known) return known;
    const storage = new ObjectStorage();
    createTables(storage);
    this.#objects.set(advertiser, storage);
    return storage;
  }

  /** (1) every accepted postback is in the books once, (2) no key pays twice, (3) the sums and outcomes are the model's, (4) nothing is paid without our click. */
  #checkAgainstModel(): void {
    const untaken = this.#untaken();
    const model = modelBooks(
      this.#messages.filter(({ receipt }) => !untaken.has(receipt)),
      this.#clicks,
      this.#meant(),
      this.#firsts(),
      this.#amended(),
    );
    const amending = new Set(this.#amending.map(({ receipt }) => receipt));
    const postbacks = this.#logged("receipt, status, reason").filter(
      ({ receipt }) => !untaken.has(String(receipt)) && !amending.has(String(receipt)),
    );
    const outcomes = postbacks.map(({ receipt, status, reason }) => [
      receipt,
      status === "rejected" || status === "parked" ? `${status}: ${reason}` : status,
    ]);
    same(outcomes, [...model.outcomes], "the postback log");
    this.#checkConversions(model);
  }

  /** The receipts of what was not taken: the books are as if it had not been said. */
  #untaken(): Set<string> {
    const rows = this.#logged("receipt", "reason = 'pixel_day_full'");
    return new Set(rows.map(({ receipt }) => String(receipt)));
  }

  /** Only what came by the pixel is not taken, and only of days that are full. */
  #checkUntaken(): void {
    const untaken = this.#untaken();
    for (const { receipt, advertiser, channel, receivedAtMs } of this.#messages.filter((one) =>
      untaken.has(one.receipt),
    )) {
      check(channel === "pixel", `${receipt} came by ${channel}, and was not taken`);
      const days = everyRow(this.#objectOf(advertiser).db, "pixel_days").map((row) => JSON.parse(row));
      const own = days.find(({ day }) => day === dayOf(receivedAtMs));
      check(own?.bytes >= this.#limits.bytesOfDay, `${receipt} was not taken, and its day is not full`);
    }
  }

  /** `logged`: the rows of the log that say which conversions there are, but for those that were emptied. */
  #checkConversions(model: ModelBooks, logged = this.#logged("receipt, conversion_id")): void {
    const conversions = this.#rows(
      `SELECT event, test, txid, 
         CASE WHEN attributed_by = 'coupon' THEN attributed_by WHEN imported = 1 AND old_click_id IS NULL THEN 'imported'
           ELSE coalesce(old_click_id, click_id) END AS click_id,
         imported, advertiser, affiliate, status, hold, hold_reason, CAST(amount AS TEXT) amount, CAST(revenue AS TEXT) revenue, CAST(payout AS TEXT) payout
       FROM conversions WHERE conversion_id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(logged.map(({ conversion_id }) => conversion_id)),
    );
    const expected = model.conversions.map(
      ({ test, imported, clickId, holdReason, amount, revenue, payout, ...rest }) => ({
        ...rest,
        imported: Number(imported),
        test: Number(test),
        ...this.#replaced(rest.advertiser, { txid: rest.txid, click_id: clickId }),
        hold_reason: holdReason,
        amount: String(amount),
        revenue: String(revenue),
        payout: String(payout),
      }),
    );
    same(
      conversions.map((row) => ({
        ...row,
        ...this.#replaced(Number(row.advertiser), { txid: textOrNull(row.txid), click_id: String(row.click_id) }),
      })),
      expected,
      "the conversions",
    );
  }

  /** PersonNames as they are once they are erased, so that books with and without erasures can be compared. */
  #replaced(advertiser: number, { txid, click_id }: { txid: string | null; click_id: string }) {
    const { txid: replace, clickId } = replacementFor(KEY, advertiser);
    return { txid: txid === null ? null : replace(txid), click_id: clickId(click_id) };
  }

  /** No entry is in the books without the courier having been told of it; and its sums were the conversion's. */
  #checkTold(): void {
    // What was damaged meanwhile is found by the courier's comparison, once it is repaired.
    if (this.#isDamaged) return;
    for (const { conversion_id, seq, payout, last } of this.#rows(
      `SELECT e.conversion_id, e.seq, sum(b.payout) AS payout, c.seq AS last FROM all_entries e JOIN all_entries b ON b.conversion_id = e.conversion_id AND b.seq <= e.seq
       JOIN conversions c ON c.conversion_id = e.conversion_id WHERE c.imported = 0 GROUP BY e.conversion_id, e.seq`,
    )) {
      const notice = this.#told.get(`${conversion_id} ${seq}`);
      check(notice !== undefined, `nobody was told of entry ${seq} of ${last} of conversion ${conversion_id}`);
      check(notice?.total.payoutMicros === payout, `entry ${seq} of ${conversion_id} was told with another payout`);
    }
  }

  /** Nothing is left of what was erased: neither in D1 nor in the objects. */
  #checkErased(): void {
    const left = [
      ...[this.#db.db, ...this.#clickLog.databases, this.#log.db].flatMap((db) => everyRow(db)),
      // What a row says is compressed.
      ...this.#clickLog.rows().map((row) => JSON.stringify(row)),
      ...[...this.#objects.values()].flatMap((storage) => everyRow(storage.db)),
    ].join("\n");
    for (const { advertiser, name } of this.#erased) {
      if (advertiser === null) check(!left.includes(name), `click ${name} is erased, and still there`);
      const named = this.#messages.filter(
        ({ content, ...message }) =>
          content.clickId === name ||
          (message.advertiser === advertiser && [content.txid, content.alsoTxid].includes(name)),
      );
      for (const message of named)
        check(
          !left.includes(couponOf(message)),
          `what ${message.receipt} said is erased, and still there: ${left.split("\n").find((row) => row.includes(couponOf(message)))}`,
        );
    }
  }

  /** What each operator's word meant, which its object found by the conversion's ID when it first came. */
  #meant(): Map<string, Meant> {
    const words = [...this.#objects.values()]
      .flatMap((sql) => pageOfMessages(sql, "", 1_000))
      .filter(({ command }) => command.correction !== null);
    const sent = new Map<string, string>();
    for (const { id } of this.#clicks) sent.set(replacementFor(KEY, 0).clickId(id), id);
    for (const { advertiser, content } of this.#messages)
      for (const name of [content.txid, content.alsoTxid])
        if (name !== undefined) sent.set(replacementFor(KEY, advertiser).txid(name), name);
    const asSent = (name: string) => sent.get(name) ?? name;
    return new Map(
      words.map(({ command: { receipt, bar, click, event, test, txid, correction } }) => [
        receipt,
        bar || !click || event === null
          ? null
          : {
              clickId: asSent(click.clickId),
              event,
              test,
              txid: txid === null ? null : asSent(txid),
              base: correction?.base ?? null,
            },
      ]),
    );
  }

  /** The attempts that could make one of an affiliate's first conversions, as they were counted when they came: in the order of arrival, which no story tells. */
  #firsts(): Set<string> {
    const commands = [...this.#objects.values()].flatMap((sql) => pageOfMessages(sql, "", 1_000)).flatMap(commandsOf);
    return new Set(
      commands.filter(({ isFirst }) => isFirst).map(({ receipt, receivedAtMs }) => `${receipt} ${receivedAtMs}`),
    );
  }

  /** No more are counted as an affiliate's first than are looked at; while fewer are, each of its conversions is one. */
  #checkFirsts(): void {
    const limits = new Map(
      [...LINKS.values()].flatMap((link) => {
        const first = firstConversions(link);
        return first ? [[first.key, first.limit] as const] : [];
      }),
    );
    for (const sql of this.#objects.values()) {
      const taken = new Map(
        sql
          .exec("SELECT key, taken FROM firsts")
          .toArray()
          .map(({ key, taken }) => [String(key), Number(taken)]),
      );
      const messages = new Map(pageOfMessages(sql, "", 1_000).map((message) => [message.command.receipt, message]));
      for (const [key, count] of taken)
        check(count <= (limits.get(key) ?? 0), `${count} were looked at as first of ${key}`);
      for (const { conversion } of pageOfConversions(sql, "", 1_000)) {
        const { click, base, test, imported, confirmed } = conversion;
        const key = JSON.stringify([click.offer, click.affiliate]);
        const made = messages.get(base.receipt);
        if (test || imported || confirmed || !made || made.outcome.conversion !== conversion.id) continue;
        const isDue = (taken.get(key) ?? 0) < (limits.get(key) ?? 0);
        check(
          !isDue || made.command.isFirst || made.command.ruling !== null,
          `${conversion.id} is one of the first, and not held as such`,
        );
      }
    }
  }

  /** Sum of entries = row; objects and D1 agree; every conversion has its click's columns. */
  #checkWithin(): void {
    const unequal = this.#rows(
      `SELECT c.conversion_id FROM conversions c JOIN all_entries e USING (conversion_id) GROUP BY c.conversion_id
       HAVING sum(e.amount) <> c.amount OR sum(e.revenue) <> c.revenue OR sum(e.payout) <> c.payout OR max(e.seq) <> c.seq OR count(*) <> c.seq`,
    );
    same(unequal, [], "conversions that are not the sum of their entries");
    const bare = this.#rows(
      "SELECT click_id FROM conversions WHERE click_joined = 0 OR imported = 0 AND attributed_by <> 'coupon' AND (sub1 IS NULL OR click_kind IS NULL)",
    );
    const joined = this.#rows("SELECT click_id FROM conversions WHERE click_joined = 1 AND country = 'DE'");
    check(
      bare.every(({ click_id }) => joined.some((row) => row.click_id === click_id)),
      "a conversion lost its click",
    );
    same(
      bare.filter(({ click_id }) => !isErasedClickId(String(click_id))),
      [],
      "conversions without their click's sub-ids and kind",
    );
    same(
      this.#rows(
        "SELECT conversion_id FROM conversions WHERE attributed_by = 'coupon' AND (sub1 IS NOT NULL OR click_id NOT LIKE 'by-a-coupon:%')",
      ),
      [],
      "conversions by a coupon that tell of a click",
    );
    const held = [...this.#objects.values()];
    const messages = held
      .flatMap((sql) => pageOfMessages(sql, "", 1_000))
      .map((message) => postbackRow(message, message.stage, message.settledAtMs));
    const [told] = messages;
    const columnsTold = Object.keys(told ?? { receipt: "" }).join(", ");
    same(this.#logged(columnsTold, "stage > 0"), messages, "postbacks in the log and in the objects");
    const whose = "SELECT conversion_id, link, offer, affiliate FROM conversions";
    const places = new Map(this.#rows(whose).map(({ conversion_id, ...place }) => [conversion_id, place]));
    const placed = this.#logged("conversion_id, link, offer, affiliate").filter((row) => row.conversion_id !== null);
    same(
      placed,
      placed.map(({ conversion_id }) => ({ conversion_id, ...places.get(conversion_id) })),
      "whose a row of the log is, and its conversion",
    );
    same(this.#rows("SELECT * FROM due_logs"), [], "advertisers whose rows are still due");
    const claims = held.flatMap((sql) => pageOfMessages(sql, "", 1_000)).flatMap(claimRows);
    same(this.#rows("SELECT * FROM claims"), claims, "claims in D1 and in the objects");
    const conversions = held.flatMap((sql) => pageOfConversions(sql, "", 1_000));
    // What another tracker booked says more than what was booked here; first entries are compared as entries, wherever they lie.
    const rowOf = ({ conversion, settledAtMs }: StoredConversion) => {
      const { first_entry: _, beside: __, ...row } = conversionRow(conversion, settledAtMs);
      return row;
    };
    for (const imported of [0, 1]) {
      const stored = conversions.map(rowOf).filter((row) => row.imported === imported);
      const columns = Object.keys(stored[0] ?? { conversion_id: "" }).join(", ");
      const written = this.#rows(`SELECT ${columns} FROM conversions WHERE imported = ${imported}`);
      same(written, stored, `conversions in D1 and in the objects, imported ${imported}`);
    }
    same(
      this.#rows("SELECT * FROM all_entries ORDER BY conversion_id, seq"),
      conversions.flatMap(({ conversion }) => conversion.entries.map((entry) => entryRow(conversion, entry))),
      "entries in D1 and in the objects",
    );
  }

  /** Of two conversions on a click, either finds the other: by the click, or by name. */
  #checkBeside(): void {
    const lost = this.#rows(
      `SELECT c.conversion_id, f.conversion_id AS other FROM conversions c JOIN conversions f ON f.click_id = c.click_id AND f.conversion_id <> c.conversion_id
       WHERE c.attributed_by <> 'coupon' AND f.beside IS NULL
         AND NOT EXISTS (SELECT 1 FROM json_each(c.beside) AS named WHERE named.value = f.conversion_id)
         AND (SELECT count(*) FROM conversions o WHERE o.click_id = c.click_id) <= 4`,
    );
    // One that booking anew has emptied says nothing more, and no message leads to it.
    const spoken = new Set(this.#logged("conversion_id").map(({ conversion_id }) => conversion_id));
    const missed = lost.filter((row) => spoken.has(row.conversion_id) && spoken.has(row.other));
    same(missed, [], "conversions that are not found from another on their click");
  }

  /** No outcome, and no row, changes by redelivery. */
  async #checkRedelivery(): Promise<void> {
    const all = () => [
      ...["conversions", "all_entries", "claims"].map((table) => this.#rows(`SELECT * FROM ${table}`)),
      this.#logged("*"),
    ];
    const before = all();
    this.#queue = this.#messages.map((body) => ({ body, attempts: 0 }));
    while (this.#queue.length > 0) await this.#consume();
    same(all(), before, "the books after delivering everything again");
  }

  /** Much later the pixel is called anew, until the objects have looked at everything to forget it. What is left is what messages look at, and what moved the books. */
  async #forget(): Promise<void> {
    this.#isYearsLater = true;
    const { id = "" } = this.#clicks[0] ?? {};
    for (const advertiser of this.#objects.keys())
      for (let number = 0; number < this.#messages.length; number++) {
        const receipt = `9${advertiser}${String(number).padStart(24, "0")}`;
        const asked = { kind: "postback", channel: "pixel", content: { clickId: id, event: "lead" } } as const;
        this.#queue.push({
          body: { ...asked, receipt, advertiser, receivedAtMs: START_MS + YEARS_MS + number * DAY_MS },
          attempts: 0,
        });
      }
    while (this.#queue.length > 0) await this.#consume(1);
    for (const [advertiser, storage] of this.#objects) {
      const old = pageOfMessages(storage, "", 1_000).filter(
        ({ command }) => command.channel === "pixel" && command.receivedAtMs < START_MS + YEARS_MS,
      );
      const ruled = new Set(this.#messages.flatMap(({ ruling }) => ruling?.claim ?? []));
      const asks = this.#messages.some((one) => one.advertiser === advertiser && one.content.clickId === undefined);
      for (const { command, touched } of old)
        check(
          ruled.has(command.receipt) || asks || touched.entries.length > 0,
          `${command.receipt} came by the pixel long ago, and is not forgotten`,
        );
    }
  }

  /** What a sender says when claims are forgotten is decided as if none was. */
  async #checkBelated(): Promise<void> {
    if (!this.#belated) return;
    this.#queue.push({ body: this.#belated, attempts: 0 });
    this.#messages.push(this.#belated);
    while (this.#queue.length > 0) await this.#consume();
    const untaken = this.#untaken();
    const messages = this.#messages.filter(({ receipt }) => !untaken.has(receipt));
    const model = modelBooks(messages, this.#clicks, this.#meant(), this.#firsts(), this.#amended());
    const said = new Set(messages.filter(({ channel }) => channel !== "pixel").map(({ receipt }) => receipt));
    same(
      this.#logged("receipt, status, reason")
        .filter(({ receipt }) => said.has(String(receipt)))
        .map(({ receipt, status, reason }) => [
          receipt,
          status === "rejected" || status === "parked" ? `${status}: ${reason}` : status,
        ]),
      [...model.outcomes].filter(([receipt]) => said.has(receipt)),
      "the postback log behind a word that came when claims were forgotten",
    );
    // The log forgets in less than half the time: what no object knows any more says nothing there of where it went.
    const known = new Set(
      [...this.#objects.values()]
        .flatMap((sql) => pageOfMessages(sql, "", 1_000))
        .map(({ command }) => command.receipt),
    );
    this.#checkConversions(
      model,
      this.#logged("receipt, conversion_id").filter(({ receipt }) => known.has(String(receipt))),
    );
  }

  /** The exports say what the tables hold, to the last digit, and say it twice alike. */
  async #checkExports(): Promise<void> {
    for (const [table, query] of EXPORTS) {
      const databases = { DB: this.#db, "click log": this.#db, LOG: this.#log };
      const text = await exportAsText(databases, table);
      check(text === (await exportAsText(databases, table)), `the export of ${table.name} is another the second time`);
      const expected = table === postbacksTable ? this.#logged(query) : this.#rows(query);
      const exported = rowsOf(text).map((row) =>
        Object.fromEntries(
          Object.keys(expected[0] ?? {}).map((column) => [
            column,
            MONEY.includes(column) ? microsOf(String(row[column])) : (row[column] ?? null),
          ]),
        ),
      );
      same(exported, expected, `the export of ${table.name} and its table`);
    }
  }

  #rows(query: string, ...values: string[]): Record<string, unknown>[] {
    return this.#db.db.prepare(query).all(...values);
  }

  /** These columns of the postback log. */
  #logged(columns: string, condition = "true"): Record<string, unknown>[] {
    return this.#log.db.prepare(`SELECT ${columns} FROM postbacks WHERE ${condition}`).all();
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }
}

/** By the pixel a receipt is random, so what bears one is received once. */
function pixelOnce(body: PostbackMessage, history: readonly PostbackMessage[]): PostbackMessage {
  const first = history.find(({ receipt }) => receipt === body.receipt) ?? body;
  return body.channel === "pixel" ? { ...body, receivedAtMs: first.receivedAtMs } : body;
}

/**
 * True of what the sender says once of a click, or of an order of which another word comes after it: that keeps what the pixel says of the order. What gives the order
 * another name might join it to one whose claims nobody asked for; and what names no event might mean one whose claims nobody asked for.
 */
function canBeBelated(body: PostbackMessage, all: readonly PostbackMessage[]): boolean {
  const { receipt, content } = body;
  const isOnce = all.filter((one) => one.receipt === receipt).length === 1;
  if (!isSendersWord(body) || !isOnce || content.alsoTxid !== undefined) return false;
  return content.clickId !== undefined || all.some((one) => one !== body && asksAfter(one, body));
}

/** True where `other` asks for all claims that `body` may ask for by the order that it names, which was received before. */
function asksAfter(other: PostbackMessage, { advertiser, content, receivedAtMs }: PostbackMessage): boolean {
  const { clickId, txid, test, event, status } = other.content;
  const asks = isSendersWord(other) && clickId === undefined && status !== "reversed" && status !== "reinstated";
  const isSame =
    other.advertiser === advertiser && txid !== undefined && txid === content.txid && test === content.test;
  const isOfEvent = event === undefined || event === content.event;
  return asks && isSame && isOfEvent && other.receivedAtMs > receivedAtMs;
}

function isSendersWord({ channel, credentialVersion, ruling }: PostbackMessage): boolean {
  return channel !== "pixel" && credentialVersion !== UNKNOWN_VERSION && !ruling;
}

/** So that what a message said can be looked for. */
/** What a row of another tracker's history says of a visitor, which goes with the visitor. */
function oldWords(body: PostbackMessage): Pick<PostbackMessage["content"], "history"> {
  const { history } = body.content;
  return history ? { history: { ...history, externalId: couponOf(body), subs: [couponOf(body)] } } : {};
}

function couponOf({ receipt }: PostbackMessage): string {
  return `coupon of ${receipt}`;
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function everyRow(db: DatabaseSync, only?: string): string[] {
  const tables = only ? [{ name: only }] : db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return tables.flatMap(({ name }) =>
    db
      .prepare(`SELECT * FROM "${name}"`)
      .all()
      .map((row) => JSON.stringify(row)),
  );
}

function check(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}

/** `-12.5` → `-12500000`. */
function microsOf(amount: string): string {
  const [, sign, whole, part = ""] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(amount) ?? [];
  return String(BigInt(`${sign}${whole}${part.padEnd(6, "0")}`));
}

/** Compares as sets of rows; the difference is shown, not the whole. */
function same(actual: readonly unknown[], expected: readonly unknown[], what: string): void {
  const left = actual.map(textOf);
  const right = expected.map(textOf);
  const more = left.filter((row) => !right.includes(row));
  const less = right.filter((row) => !left.includes(row));
  check(
    left.length === right.length && more.length === 0 && less.length === 0,
    `${what} differ: ${left.length} rows, expected ${right.length}\n  found    ${more.join("\n           ")}\n  expected ${less.join("\n           ")}`,
  );
}

/** A row as text, its columns in one order. */
function textOf(row: unknown): string {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return JSON.stringify(row);
  return JSON.stringify(Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1)));
}
