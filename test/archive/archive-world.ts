/** The archive's chore on doubles of D1 and R2, with something to happen at every await: an outage, or a row that comes in between. */
import { fileURLToPath } from "node:url";
import { LOGS, type Log, type Piece, pieceName } from "../../workers/core/archive-piece.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { clickDayName, dayOf } from "../../workers/core/click-log/click-days.ts";
import { CLICK_FACTS, type ClickCells } from "../../workers/core/click-log/click-facts.ts";
import type { ParquetCell } from "../../workers/core/parquet-format.ts";
import { openParquet } from "../../workers/core/parquet-reader.ts";
import { HOUR_MS, MINUTE_MS } from "../../workers/core/time-units.ts";
import { type ArchiveLimits, archiveHours } from "../../workers/ledger/archive/archive-hours.ts";
import type { Bucket } from "../../workers/ledger/archive/bucket.ts";
import { deleteExpired } from "../../workers/ledger/archive/delete-expired.ts";
import { type ArchiveQueue, takeArchive } from "../../workers/ledger/archive/due-pieces.ts";
import { endDays } from "../../workers/ledger/archive/end-days.ts";
import { groupsOf } from "../../workers/ledger/click-share.ts";
import { closeLog } from "../../workers/ledger/close-log.ts";
import {
  clickRow,
  conversionRow,
  entryRow,
  plant,
  plantLog,
  plantSetUp,
  postbackRow,
  START_MS,
} from "../console/books.ts";
import { MemoryDays } from "../ledger/click-days.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { testKeyRing } from "../ledger/world.ts";

const MIGRATIONS = fileURLToPath(new URL("../../schema/migrations", import.meta.url).href);

export const START_HOUR = START_MS / HOUR_MS;
export const DAY_MS = 24 * HOUR_MS;
/** Pieces of three rows, so that hours of a few are large. */
export const SMALL: ArchiveLimits = { piece: { rows: 3, length: 1_000_000 }, rows: 1_000, hours: 50 };
export const USUAL: ArchiveLimits = { ...SMALL, piece: { rows: 1_000, length: 1_000_000 } };

/** Of a log that is never too large. */
export const BOUNDLESS = { maxBytes: Number.POSITIVE_INFINITY, keptAtLeastMs: 0 };

const KEYS = await testKeyRing();

/** What happens at an await; throws what an outage would. */
export type Event = (point: string) => Promise<void>;

/** A bucket in memory. */
export class MemoryBucket implements Bucket {
  readonly objects = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly metadata = new Map<string, Record<string, string>>();
  #happens: Event;

  constructor(happens: Event) {
    this.#happens = happens;
  }

  async put(name: string, bytes: Uint8Array<ArrayBuffer>, options: Parameters<Bucket["put"]>[2]): Promise<void> {
    await this.#happens(`bucket before put ${name}`);
    this.objects.set(name, bytes.slice());
    this.metadata.set(name, options.customMetadata);
    await this.#happens(`bucket after put ${name}`);
  }

  async get(
    name: string,
    options?: { range: { offset: number; length: number } },
  ): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null> {
    await this.#happens(`bucket before get ${name}`);
    const { offset, length } = options?.range ?? { offset: 0, length: Number.POSITIVE_INFINITY };
    const bytes = this.objects.get(name)?.slice(offset, offset + length);
    return bytes ? { arrayBuffer: async () => bytes.buffer } : null;
  }

  async delete(names: string[]): Promise<void> {
    await this.#happens("bucket before delete");
    for (const name of names) this.objects.delete(name);
    await this.#happens("bucket after delete");
  }
}

export class World {
  /** Told of every await. */
  happens: Event = async () => {};
  readonly DB: SqliteD1;
  readonly clicks: MemoryDays;
  readonly LOG: SqliteD1;
  readonly ARCHIVE: MemoryBucket;

  constructor() {
    const happens: Event = (point) => this.happens(point);
    this.DB = new SqliteD1("books", `${MIGRATIONS}/books`, happens);
    this.clicks = new MemoryDays(this.DB, { fault: happens });
    this.LOG = new SqliteD1("log", `${MIGRATIONS}/log`, happens);
    this.ARCHIVE = new MemoryBucket(happens);
  }

  /** A queue whose messages are taken at once. */
  readonly CLICK_LOG: ArchiveQueue = {
    send: (message) => takeArchive(this, this.CLICK_LOG, message, SMALL.piece, START_MS),
    sendBatch: async (messages) => {
      for (const { body } of messages) await this.CLICK_LOG.send(body);
    },
  };

  get days() {
    return this.clicks.days;
  }

  /** Conversion `number` (three to an hour) with its entry, postback and click. */
  async plant(...numbers: number[]): Promise<void> {
    for (const number of numbers) {
      const conversion = conversionRow(number, { click_id: clickIdOf(number) });
      await plant(this.DB, "conversions", [conversion]);
      await plant(this.DB, "entries", [entryRow(conversion)]);
      await plantLog(this, [postbackRow(conversion, { params: `{"n":${number}}` })]);
      this.#log([conversion]);
    }
    await this.tellHours();
  }

  /** More clicks of the hour of click `number`, each with a text of its own. */
  async plantClicks(number: number, ...texts: string[]): Promise<void> {
    this.logClicks(number, ...texts);
    await this.tellHours();
  }

  /** The same, of which D1 has not heard yet. */
  logClicks(number: number, ...texts: string[]): void {
    this.#log(
      texts.map((text, index) => conversionRow(number, { click_id: clickIdOf(number, index + 1, text), sub1: text })),
    );
  }

  #log(conversions: ReturnType<typeof conversionRow>[]): void {
    for (const conversion of conversions) {
      const day = dayOf(Number(conversion.clicked_at));
      const row = cellsOf({ ...clickRow(conversion), unique: 1 });
      this.clicks.open(clickDayName({ day, shard: 0 }, 1, 1)).add({ day, groups: groupsOf([{ row }]) });
    }
  }

  /** As the alarms do it. */
  tellHours(): Promise<void> {
    return this.#quietly(() => this.clicks.tend(START_MS));
  }

  async #quietly(work: () => Promise<void>): Promise<void> {
    const { happens } = this;
    this.happens = async () => {};
    await work();
    this.happens = happens;
  }

  /** What is over is closed by then. */
  async archive(nowMs: number, limits = USUAL): Promise<number> {
    await this.#quietly(() => closeLog(this, nowMs));
    return archiveHours(this, LOGS, limits, nowMs);
  }

  /** Retention of a day for clicks, in as many runs as it takes, and two for postbacks. */
  async expire(nowMs: number, maxRows = 1_000): Promise<number> {
    const postbacks = { log: "postbacks", keptMs: 2 * DAY_MS, ...BOUNDLESS } as const;
    for (let run = 0; run < 4 && this.clicks.names.length > 0; run++)
      await endDays(this, 1, maxRows, nowMs + run * 10 * MINUTE_MS);
    return deleteExpired(this, postbacks, maxRows, nowMs);
  }

  database(log: Log): SqliteD1 {
    return log === "postbacks" ? this.LOG : this.DB;
  }

  dueHours(log: Log): number[] {
    const rows = this.database(log).db.prepare("SELECT hour FROM due_hours WHERE log = ? ORDER BY hour").all(log);
    return rows.map(({ hour }) => Number(hour));
  }

  /** The manifest, with what of it was deleted from D1. */
  pieces(log: Log): (Piece & { deleted: boolean })[] {
    const rows = this.database(log)
      .db.prepare("SELECT * FROM archive_pieces WHERE log = ? ORDER BY hour, piece")
      .all(log);
    return rows.map((row) => ({
      log,
      hour: Number(row.hour),
      piece: Number(row.piece),
      rowCount: Number(row.row_count),
      firstKey: JSON.parse(String(row.first_key)),
      lastKey: JSON.parse(String(row.last_key)),
      bytes: Number(row.bytes),
      sha256: String(row.sha256),
      deleted: row.deleted_at !== null,
    }));
  }

  /** Identifiers of the rows in D1. */
  held(log: Log): string[] {
    if (log === "clicks") return this.clicks.rows().map(({ click_id }) => String(click_id));
    const id = { postbacks: "receipt", entries: "conversion_id || '-' || seq" }[log];
    const rows = this.database(log).db.prepare(`SELECT ${id} AS id FROM ${log} ORDER BY 1`).all();
    return rows.map(({ id: text }) => String(text));
  }

  /** Identifiers of the rows in all objects that the manifest names, in order. */
  async archived(log: Log): Promise<string[]> {
    const rows = await this.archivedRows(log);
    return rows.map(([id]) => String(id)).sort();
  }

  async archivedRows(log: Log): Promise<ParquetCell[][]> {
    const rows: ParquetCell[][] = [];
    for (const piece of this.pieces(log)) {
      const bytes = this.ARCHIVE.objects.get(pieceName(piece));
      if (!bytes) throw new Error(`the manifest names ${pieceName(piece)}, which is not there`);
      for await (const group of openParquet(bytes).groups()) rows.push(...group);
    }
    return rows;
  }
}

/** The click of conversion `number`, and others of the same hour. */
export function clickIdOf(number: number, more = 0, text = ""): string {
  const { link, clicked_at } = conversionRow(number);
  const counter = 1_000 * number + more + 20 * [...text].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const click = { issuedAtMs: Number(clicked_at), link: Number(link), counter, test: false, provisional: false };
  return issueClickId(KEYS, click);
}

function cellsOf(row: Record<string, string | number | null>): ClickCells {
  return CLICK_FACTS.map(({ name }) => row[name] ?? null);
}

/** A set-up and rows 0 … rows - 1. */
export async function startWorld(rows: number): Promise<World> {
  const world = new World();
  await plantSetUp(world.DB);
  await world.plant(...Array.from({ length: rows }, (_, number) => number));
  return world;
}

/** When everything of `rows` rows is closed. */
export function closedMs(rows: number): number {
  return START_MS + Math.ceil(rows / 3) * HOUR_MS + HOUR_MS;
}
