/** The objects of the click log in memory: what the real ones do, each on an SQLite database of its own, with faults at every call. */
import { CLICK_FACTS, type ClickCells } from "../../workers/core/click-log/click-facts.ts";
import { rowsOf } from "../../workers/core/click-log/click-pack.ts";
import { importErasureKey } from "../../workers/core/erasure/erased-names.ts";
import type { ClickDays } from "../../workers/ledger/day-objects.ts";
import { type OpenDay, openDay } from "../../workers/ledger/open-day.ts";
import { ERASURE_KEY } from "./erasure-key.ts";
import { type Fault, ObjectStorage } from "./sqlite-platform.ts";

/** A bucket without anything, and nothing that comes late. */
export const NOTHING_ARCHIVED = {
  ARCHIVE: { get: async () => null },
  addLate: () => Promise.reject(new Error("nothing is late here")),
};

export interface DaysOptions {
  fault?: Fault;
  /** Beyond this many bytes an object is full. */
  maxBytes?: number;
}

export class MemoryDays {
  readonly #stored = new Map<string, ObjectStorage>();
  readonly #open = new Map<string, OpenDay>();
  readonly #db: D1Database;
  fault: Fault;
  maxBytes: number;

  constructor(db: D1Database, { fault = async () => {}, maxBytes = Number.POSITIVE_INFINITY }: DaysOptions = {}) {
    this.#db = db;
    this.fault = fault;
    this.maxBytes = maxBytes;
  }

  readonly days: ClickDays = (name) => {
    const call = async <Value>(work: (day: OpenDay) => Value | Promise<Value>): Promise<Value> => {
      await this.fault(`${name} before`);
      const value = await work(this.open(name));
      await this.fault(`${name} after`);
      return value;
    };
    return {
      add: (share) => call((day) => day.add(share)),
      judge: (number, visits) => call((day) => day.judge(number, visits)),
      find: (clickIds) => call((day) => day.find(clickIds)),
      page: (question) => call((day) => day.page(question)),
      quarters: (question) => call((day) => day.quarters(question)),
      erase: (number, names) => call((day) => day.erase(number, names)),
      erased: (clickIds) => call((day) => day.erased(clickIds)),
      changed: () => call((day) => day.changed()),
      tend: (nowMs) => call((day) => day.tend(nowMs)),
      forget: () => call((day) => day.forget()),
    };
  };

  /** The object of a name, as it is when it starts. */
  open(name: string): OpenDay {
    const known = this.#open.get(name);
    if (known) return known;
    const storage = this.storage(name);
    const day = openDay(
      {
        sql: storage,
        transaction: (work) => storage.transaction(work),
        sizeBytes: () => this.sizeOf(name),
        forget: async () => {
          this.#stored.delete(name);
          this.#open.delete(name);
        },
      },
      { DB: this.#db, erasureKey: () => importErasureKey(ERASURE_KEY), maxBytes: this.maxBytes },
    );
    this.#open.set(name, day);
    return day;
  }

  storage(name: string): ObjectStorage {
    const storage = this.#stored.get(name) ?? new ObjectStorage();
    this.#stored.set(name, storage);
    return storage;
  }

  /** Bytes of its database. */
  sizeOf(name: string): number {
    const sql = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size";
    return Number(this.storage(name).db.prepare(sql).get()?.bytes);
  }

  /** All objects die, and start anew when they are called. */
  restart(): void {
    this.#open.clear();
  }

  /** Their databases. */
  get databases() {
    return [...this.#stored.values()].map(({ db }) => db);
  }

  /** The names of objects that were called. */
  get names(): string[] {
    return [...this.#stored.keys()].sort();
  }

  async tend(nowMs: number): Promise<void> {
    for (const name of this.names) await this.open(name).tend(nowMs);
  }

  /** Whose visits are known. */
  visitors(): string[] {
    const found = this.databases.flatMap((db) => db.prepare("SELECT visitor FROM visits").all());
    return found.map(({ visitor }) => String(visitor)).sort();
  }

  /** Every click that is stored, by name of fact, in the order of their IDs. */
  rows(): Record<string, ClickCells[number]>[] {
    const packs = this.names.flatMap((name) => {
      const day = this.open(name);
      const found = [];
      for (let afterId = 0; ; ) {
        const { answer } = day.page({ fromMs: 0, toMs: 1e13, afterId });
        const last = answer.at(-1);
        if (!last) return found;
        found.push(...answer);
        afterId = last.id;
      }
    });
    const rows = packs
      .flatMap(rowsOf)
      .map((row) => Object.fromEntries(CLICK_FACTS.map(({ name }, place) => [name, row[place] ?? null])));
    return rows.sort((left, right) => (String(left.click_id) < String(right.click_id) ? -1 : 1));
  }
}
