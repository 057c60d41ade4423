/**
 * Statements add up: whatever is sold, given back, held, rejected and amended by what-ifs, in whatever order it is delivered, and whenever what is due is closed, discarded, made final and paid, with crashes
 * between any two steps and commands that come twice – what statements list and what is open is what the entries come to, no entry stands in two lines, and what is final never changes.
 */
import fc from "fast-check";
import type { PostbackMessage, StatementCommand, StatementMessage } from "../../schema/messages.ts";
import { type Random, seededRandom } from "../../scripts/random.ts";
import { bookedTotals } from "../../workers/core/books/conversion.ts";
import { lookOfClosing } from "../../workers/core/statements/closing-look.ts";
import { OWNER_TYPES, type StatementOwner } from "../../workers/core/statements/due.ts";
import type { ChangedConversion } from "../../workers/core/what-if/look-under-rules.ts";
import { settleOrRetry } from "../../workers/ledger/settle.ts";
import { takeStatement } from "../../workers/ledger/statements/take-statement.ts";
import { denseHistories, histories } from "../ledger/histories.ts";
import { seedSetUp } from "../ledger/seed.ts";
import type { ObjectStorage } from "../ledger/sqlite-platform.ts";
import { DAY_MS, type IssuedClick, issueClicks, LINKS, START_MS, testKeyRing } from "../ledger/world.ts";
import { type NaiveLine, naiveDue, rowsIn } from "../statements/naive-due.ts";
import { amendingMessage, drawRules, look, rulesHere } from "./amending.ts";
import { deliveryOf, partsOn } from "./ledger-in-process.ts";
import { RolledBackDatabases } from "./rolled-back-databases.ts";

type Closing = Extract<StatementCommand, { act: "close" }>;

const MESSAGES = 30;
const DEEDS = 26;
const LAST_DAY = 170;
/** What-ifs are applied behind all that is said. */
const APPLIED_MS = START_MS + 150 * DAY_MS;
/** Everything is ripe then. */
const FAR_MS = START_MS + 2_000 * DAY_MS;

const WORDS: readonly Pick<PostbackMessage, "content" | "correction">[] = [
  { content: {}, correction: { by: "", note: "", conversion: "", act: "hold" } },
  { content: {}, correction: { by: "", note: "", conversion: "", act: "release" } },
  { content: { status: "approved" } },
  { content: { status: "rejected" } },
  { content: { status: "reversed" } },
  { content: { amountMicros: 20_000_000 }, correction: { by: "", note: "", conversion: "", restate: true } },
];

/** What a statement is, once it is final. */
const FINAL = `
  SELECT id, json_array(closing, owner_type, owner, currency, offers, until, time_zone, line_count, amount_units, amount_rest, due_units, due_rest, year, ordinal, number, owner_name, finalized_at, due_on) AS said
  FROM statements WHERE state IN ('final', 'paid') ORDER BY id`;

/** Prepares the property: a function that plays the history of a seed, and throws where it does not hold. */
export async function prepareStatements(): Promise<(seed: number) => Promise<void>> {
  const ring = await testKeyRing();
  const clicks = await issueClicks(ring);
  const databases = new RolledBackDatabases();
  return (seed) =>
    databases.takingBack(async () => {
      try {
        const objects = new Map<number, ObjectStorage>();
        await new StatementHistory(seed, clicks, databases, partsOn(databases, ring, objects), objects).play();
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
      } finally {
        databases.DB.fault = async () => {};
      }
    });
}

class StatementHistory {
  readonly #random: Random;
  readonly #parts: ReturnType<typeof partsOn>;
  readonly #databases: RolledBackDatabases;
  readonly #messages: PostbackMessage[];
  readonly #taken: StatementMessage[] = [];
  readonly #final = new Map<number, string>();
  readonly #clicks: IssuedClick[];
  readonly #objects: ReadonlyMap<number, ObjectStorage>;
  #amendments = 0;
  #words = 0;
  #moves = 0;

  constructor(
    seed: number,
    clicks: IssuedClick[],
    databases: RolledBackDatabases,
    parts: ReturnType<typeof partsOn>,
    objects: ReadonlyMap<number, ObjectStorage>,
  ) {
    this.#objects = objects;
    this.#random = seededRandom(seed);
    this.#databases = databases;
    this.#parts = parts;
    const drawn = seed % 2 === 0 ? histories(clicks, MESSAGES) : denseHistories(clicks, MESSAGES);
    this.#messages = [...(fc.sample(drawn, { seed, numRuns: 1 })[0] ?? [])];
    this.#clicks = clicks;
  }

  /** Another word on an order, received before all that are known and on a click of its own: the order is its affiliate's from then on, whatever was listed. */
  async #move(): Promise<void> {
    const click = this.#clicks[this.#random.pick([0, 2])];
    const body: PostbackMessage = {
      kind: "postback",
      receipt: `0z${String(this.#moves).padStart(15, "0")}000000001`,
      advertiser: 1,
      receivedAtMs: START_MS + 25 * DAY_MS - this.#moves++ * 3_600_000,
      channel: "get",
      content: { ...(click && { clickId: click.id }), event: "sale", txid: "moves", amountMicros: 30_000_000 },
    };
    await settleOrRetry(this.#parts, [deliveryOf(body)]);
  }

  get #db() {
    return this.#databases.DB.db;
  }

  async play(): Promise<void> {
    seedSetUp(this.#db);
    for (let offer = 1; offer <= 3; offer++)
      this.#db
        .prepare("UPDATE offers SET payable_after_days = ? WHERE number = ?")
        .run(this.#random.pick([0, 0, 7, 60]), offer);
    for (let affiliate = 1; affiliate <= 3; affiliate++)
      this.#db
        .prepare("UPDATE affiliates SET minimum_payout = ? WHERE number = ?")
        .run(this.#random.pick([0, 0, 4_000_000, 10_000_000_000]), affiliate);
    for (let deed = 0; deed < DEEDS; deed++) {
      await this.#random.pick([
        () => this.#settle(),
        () => this.#settle(),
        () => this.#sayAsOperator(),
        () => this.#move(),
        () => this.#amend(),
        () => this.#close(),
        () => this.#close(),
        () => this.#command(),
        () => this.#command(),
      ])();
      this.#check();
    }
    while (this.#messages.length > 0) await this.#settle();
    await this.#closeEverything();
    this.#check();
  }

  /** Some messages, in an order that is not that of their receipt. */
  async #settle(): Promise<void> {
    const batch: PostbackMessage[] = [];
    for (let count = this.#random.whole(1, 8); count > 0 && this.#messages.length > 0; count--)
      batch.push(...this.#messages.splice(this.#random.whole(0, this.#messages.length - 1), 1));
    await settleOrRetry(this.#parts, batch.map(deliveryOf));
  }

  async #sayAsOperator(): Promise<void> {
    const seen = rowsIn(
      this.#db,
      "SELECT conversion_id, advertiser, received_at FROM conversions WHERE imported = 0 ORDER BY conversion_id",
    );
    const conversion = seen[this.#random.whole(0, Math.max(0, seen.length - 1))];
    const word = WORDS[this.#random.whole(0, WORDS.length - 1)];
    if (!conversion || !word) return;
    const body: PostbackMessage = {
      kind: "postback",
      receipt: `0${this.#random.whole(0, 8)}${String(this.#words++).padStart(15, "0")}000000001`,
      named: true,
      advertiser: Number(conversion.advertiser),
      receivedAtMs: Number(conversion.received_at) + this.#random.whole(0, 40) * DAY_MS,
      channel: "console",
      content: word.content,
      correction: { ...word.correction, conversion: String(conversion.conversion_id), by: "ann", note: "seen" },
    };
    await settleOrRetry(this.#parts, [deliveryOf(body)]);
  }

  /** A what-if is looked at and applied, at once or with something said in between, and some of it twice: what it changes is what it said. */
  async #amend(): Promise<void> {
    const rules = drawRules(LINKS, this.#random);
    for (const sql of this.#objects.values()) {
      const families = look({ sql }, rulesHere(rules, LINKS)).filter(() => this.#random.whole(0, 2) > 0);
      const isLate = this.#random.whole(0, 2) === 0;
      const words = families.map((family) => amendingMessage(family, this.#amendments++, APPLIED_MS));
      if (isLate) await this.#settle();
      for (const word of words) {
        const again = this.#random.whole(0, 3) === 0 ? [deliveryOf(word)] : [];
        await settleOrRetry(this.#parts, [deliveryOf(word), ...again]);
      }
      if (!isLate) this.#checkAmended(families.flatMap(({ differences }) => differences));
    }
  }

  #checkAmended(differences: readonly ChangedConversion[]): void {
    for (const { before, after } of differences) {
      // One that is made is called by the word that made it.
      if (!before) continue;
      const { amount, revenue, payout } = bookedTotals(after);
      const [sums] = rowsIn(
        this.#db,
        "SELECT sum(amount) AS amount, sum(revenue) AS revenue, sum(payout) AS payout FROM all_entries WHERE conversion_id = ?",
        after.id,
      );
      same(`conversion ${after.id} amended`, sums, { amount, revenue, payout });
    }
  }

  async #close(): Promise<void> {
    const ownerType = this.#random.pick(OWNER_TYPES);
    const untilMs = START_MS + this.#random.whole(0, LAST_DAY) * DAY_MS;
    const offers = this.#random.whole(0, 4) === 0 ? { offers: [this.#random.whole(1, 3)] } : {};
    const owners = this.#random.whole(0, 4) === 0 ? { owners: [this.#random.whole(1, 2)] } : {};
    const final = this.#random.whole(0, 2) === 0 ? { final: { day: "2026-12-31", dueOn: "2027-01-31" } } : {};
    const looks = "final" in final && !("offers" in offers) && !("owners" in owners) && this.#random.whole(0, 1) === 0;
    const closing = { act: "close", ownerType, untilMs, timeZone: "UTC", ...offers, ...owners, ...final } as const;
    await this.#closeOne(closing, looks ? this.#random.pick(["as it is", "otherwise"]) : null);
    if (this.#random.whole(0, 1) === 0) await this.#finalizeAll();
  }

  /** What is closed is what plain code says is due. */
  async #closeOne(command: Closing, looked: "as it is" | "otherwise" | null = null): Promise<void> {
    const { ownerType, untilMs, offers, owners } = command;
    // Drafts of the same give way first.
    const scope = JSON.stringify(offers ?? null);
    const drafts = rowsIn(
      this.#db,
      "SELECT id FROM statements WHERE state = 'draft' AND owner_type = ? AND coalesce(offers, 'null') = ?",
      ownerType,
      scope,
    )
      .map(({ id }) => Number(id))
      .filter((id) => !owners || owners.includes(Number(this.#statement(id).owner)));
    await this.#take(this.#message({ act: "discard", statements: drafts }));
    const expected = naiveDue(this.#db, ownerType, untilMs).filter(
      ({ offer, owner }) => (!offers || offers.includes(offer)) && (!owners || owners.includes(owner)),
    );
    const look = looked === null ? null : this.#lookAt(command, expected, looked === "as it is" ? 0n : 1n);
    const message = this.#message(look && command.final ? { ...command, final: { ...command.final, look } } : command);
    await this.#take(message);
    // What is not what was looked at stays a draft.
    const state = command.final && looked !== "otherwise" ? "final" : "draft";
    const left = rowsIn(
      this.#db,
      "SELECT id FROM statements WHERE closing = ? AND state NOT IN (?, 'discarded')",
      message.key,
      state,
    );
    if (left.length > 0) throw new Error(`closing ${message.key} left statements that are not ${state}`);
    const drafted = new Set(
      rowsIn(
        this.#db,
        "SELECT owner, currency FROM statements WHERE closing = ? AND state = ?",
        message.key,
        state,
      ).map(keyOf),
    );
    const written = rowsIn(
      this.#db,
      "SELECT l.* FROM statement_lines l JOIN statements s ON s.id = l.statement WHERE s.closing = ? ORDER BY l.conversion_id, l.owner, l.currency",
      message.key,
    ).map((line) => `${line.conversion_id} ${keyOf(line)} ${line.offer} ${line.from_seq}-${line.seq} ${line.due}`);
    const due = expected.filter((line) => drafted.has(keyOf(line))).map(textOf);
    same("what is listed", written.sort(), due.sort());
    this.#checkCarried(message.key, expected, drafted, ownerType, offers === undefined);
  }

  /** The look at what plain code says is due, and so much more in the first sum, or of nobody. */
  #lookAt({ ownerType, untilMs, timeZone }: Closing, expected: NaiveLine[], more: bigint): string {
    const sums = new Map(this.#openByHand(ownerType));
    for (const line of expected) sums.set(keyOf(line), (sums.get(keyOf(line)) ?? 0n) + BigInt(line.due));
    const judged = [...sums].map(([key, micros]) => {
      const [owner = "", currency = ""] = key.split(" ");
      const carried = micros <= 0n || micros < this.#leastOf(ownerType, owner);
      return { owner: Number(owner), currency, micros, carried };
    });
    const changed = more === 0n ? [] : [{ owner: 99, currency: "USD", micros: more, carried: false }];
    return lookOfClosing({ ownerType, untilMs, timeZone }, [...judged, ...changed]);
  }

  #leastOf(ownerType: StatementOwner, owner: string): bigint {
    if (ownerType !== "affiliate") return 0n;
    const [row] = rowsIn(this.#db, "SELECT minimum_payout FROM affiliates WHERE number = ?", owner);
    return BigInt(Number(row?.minimum_payout ?? 0));
  }

  /** Whoever has no draft is owed too little. */
  #checkCarried(
    closing: string,
    expected: NaiveLine[],
    drafted: Set<string>,
    ownerType: StatementOwner,
    isOfAll: boolean,
  ): void {
    if (!isOfAll) return;
    const byHand = this.#openByHand(ownerType);
    for (const [key, lines] of Map.groupBy(expected, keyOf)) {
      if (drafted.has(key)) continue;
      const [owner = ""] = key.split(" ");
      const sum = lines.reduce((total, { due }) => total + BigInt(due), byHand.get(key) ?? 0n);
      if (sum > 0n && sum >= this.#leastOf(ownerType, owner))
        throw new Error(`${key} is owed ${sum}, and closing ${closing} has no draft`);
    }
  }

  /** What adjustments come to that no statement has. */
  #openByHand(ownerType: StatementOwner): Map<string, bigint> {
    const query =
      "SELECT owner, currency, sum(due) AS due FROM adjustments WHERE statement IS NULL AND owner_type = ? GROUP BY owner, currency";
    return new Map(rowsIn(this.#db, query, ownerType).map((row) => [keyOf(row), BigInt(Number(row.due))]));
  }

  async #command(): Promise<void> {
    const drafts = this.#ids("draft");
    const [final, paid] = [this.#ids("final"), this.#ids("paid")];
    const some = (ids: number[]) => ids.filter(() => this.#random.whole(0, 1) === 0);
    const adjusted = {
      ownerType: this.#random.pick(OWNER_TYPES),
      owner: this.#random.whole(1, 2),
      currency: this.#random.pick(["USD", "USD", "USD", "KWD", "JPY"]),
    };
    const command = this.#random.pick<StatementCommand>([
      { act: "finalize", statements: some(drafts), day: "2026-12-31", dueOn: "2027-01-31" },
      { act: "finalize", statements: some(drafts), day: "2027-01-31", dueOn: "2027-03-02" },
      { act: "discard", statements: some([...drafts, ...final]) },
      {
        act: "pay",
        payments: some(final).map((statement) => ({ statement, reference: "bank", paidOn: "2027-01-15" })),
      },
      { act: "unpay", statements: some(paid) },
      {
        act: "adjust",
        ...adjusted,
        dueMicros: this.#random.pick([5_000_000, 900_000_000, 900_000_000, -7_000_001]),
        reason: "bonus",
      },
    ]);
    await this.#take(this.#message(command));
    // A queue may bring again what it brought before.
    const again = this.#taken[this.#random.whole(0, this.#taken.length - 1)];
    if (again && this.#random.whole(0, 2) === 0) await this.#take(again);
  }

  async #finalizeAll(): Promise<void> {
    await this.#take(
      this.#message({ act: "finalize", statements: this.#ids("draft"), day: "2027-01-31", dueOn: "2027-03-02" }),
    );
  }

  /** In the end all is ripe, and nobody asks for more than is due: what is not listed then comes to nothing, or to less. */
  async #closeEverything(): Promise<void> {
    await this.#finalizeAll();
    this.#db.exec("UPDATE affiliates SET minimum_payout = 0");
    for (const ownerType of OWNER_TYPES) {
      await this.#closeOne({ act: "close", ownerType, untilMs: FAR_MS, timeZone: "UTC" });
      await this.#finalizeAll();
      for (const [key, lines] of Map.groupBy(naiveDue(this.#db, ownerType, FAR_MS), keyOf)) {
        const sum = lines.reduce((total, { due }) => total + BigInt(due), this.#openByHand(ownerType).get(key) ?? 0n);
        if (sum > 0n) throw new Error(`${sum} of ${key} is not listed in the end`);
      }
    }
  }

  /** Takes a command as the queue does: dies anywhere, and comes again until it went well. */
  async #take(message: StatementMessage): Promise<void> {
    this.#taken.push(message);
    const { DB } = this.#databases;
    let faults = this.#random.whole(0, 3);
    for (let tries = 0; tries < 200; tries++) {
      DB.fault = async (point) => {
        if (faults > 0 && this.#random.whole(0, 9) === 0) {
          faults -= 1;
          throw new Error(`died: ${point}`);
        }
      };
      let isSentOn = false;
      // Some invocations end after a step or two, and send the closing on.
      const hasty = this.#random.whole(0, 1) === 0;
      let calls = 0;
      const nowMs = () => START_MS + (hasty ? calls++ * 9_000 : 0);
      const POSTBACKS = {
        send: async () => {
          isSentOn = true;
          return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
        },
      };
      try {
        await takeStatement({ DB, POSTBACKS, nowMs }, structuredClone(message));
        if (!isSentOn) return;
      } catch (error) {
        if (!String(error).includes("died: ")) throw error;
      } finally {
        DB.fault = async () => {};
      }
    }
    throw new Error(`${message.command.act} does not end`);
  }

  #message(command: StatementCommand): StatementMessage {
    return { kind: "statement", key: `key-${this.#taken.length}-${command.act}`, by: "ann", atMs: START_MS, command };
  }

  #ids(state: string): number[] {
    return rowsIn(this.#db, "SELECT id FROM statements WHERE state = ? ORDER BY id", state).map(({ id }) => Number(id));
  }

  #statement(id: number) {
    return rowsIn(this.#db, "SELECT * FROM statements WHERE id = ?", id)[0] ?? {};
  }

  #check(): void {
    this.#checkChains();
    this.#checkFinal();
    this.#checkNumbers();
  }

  /** Lines of a conversion follow one another, each with what its entries come to. */
  #checkChains(): void {
    const entries = Map.groupBy(rowsIn(this.#db, "SELECT * FROM all_entries"), ({ conversion_id }) => conversion_id);
    const lines = rowsIn(this.#db, "SELECT * FROM statement_lines ORDER BY turn");
    const chains = Map.groupBy(lines, (line) => [line.conversion_id, line.owner_type, keyOf(line)].join(" "));
    for (const [name, chain] of chains) {
      const money = chain[0]?.owner_type === "affiliate" ? "payout" : "revenue";
      const sum = (upto: number, column: string) =>
        (entries.get(chain[0]?.conversion_id ?? "") ?? [])
          .filter(({ seq }) => Number(seq) <= upto)
          .reduce((total, entry) => total + Number(entry[column]), 0);
      let at = 0;
      for (const [index, line] of chain.entries()) {
        const said = [line.turn, line.from_seq, line.due, line.amount];
        const seq = Number(line.seq);
        const meant = [index + 1, at, sum(seq, money) - sum(at, money), sum(seq, "amount") - sum(at, "amount")];
        same(`line ${index + 1} of ${name}`, said, meant);
        at = seq;
      }
    }
    for (const statement of rowsIn(
      this.#db,
      "SELECT s.* FROM statements s JOIN closings c ON c.key = s.closing WHERE c.stage = 'done' AND s.state <> 'discarded'",
    )) {
      const sums = rowsIn(
        this.#db,
        `SELECT (SELECT count(*) FROM statement_lines WHERE statement = ?1) AS lines,
           (SELECT CAST(coalesce(sum(due), 0) AS TEXT) FROM (SELECT due FROM statement_lines WHERE statement = ?1 UNION ALL SELECT due FROM adjustments WHERE statement = ?1)) AS due`,
        Number(statement.id),
      )[0];
      const total = BigInt(Number(statement.due_units)) * 1_000_000n + BigInt(Number(statement.due_rest));
      same(`statement ${statement.id}`, [statement.line_count, String(total)], [sums?.lines ?? 0, String(sums?.due)]);
    }
  }

  #checkFinal(): void {
    const now = new Map(
      rowsIn(this.#db, FINAL).map(({ id, said }) => [Number(id), `${said}${this.#linesOf(Number(id))}`]),
    );
    for (const [id, before] of this.#final) same(`final statement ${id}`, now.get(id), before);
    for (const [id, said] of now) this.#final.set(id, said);
  }

  #linesOf(id: number): string {
    const own = [
      rowsIn(this.#db, "SELECT * FROM statement_lines WHERE statement = ? ORDER BY conversion_id, turn", id),
      rowsIn(this.#db, "SELECT * FROM adjustments WHERE statement = ? ORDER BY id", id),
    ];
    return JSON.stringify(own);
  }

  #checkNumbers(): void {
    const numbered = rowsIn(
      this.#db,
      "SELECT owner_type, year, ordinal FROM statements WHERE ordinal IS NOT NULL ORDER BY ordinal",
    );
    for (const [series, of] of Map.groupBy(numbered, ({ owner_type, year }) => `${owner_type} ${year}`))
      same(
        `numbers of ${series}`,
        of.map(({ ordinal }) => ordinal),
        of.map((_, index) => index + 1),
      );
  }
}

function keyOf({ owner, currency }: { owner?: unknown; currency?: unknown }): string {
  return `${owner} ${currency}`;
}

function textOf(line: NaiveLine): string {
  return `${line.conversion} ${keyOf(line)} ${line.offer} ${line.from}-${line.seq} ${line.due}`;
}

function same(what: string, said: unknown, meant: unknown): void {
  const [left, right] = [JSON.stringify(said), JSON.stringify(meant)];
  if (left !== right) throw new Error(`${what}: ${left} is not ${right}`);
}
