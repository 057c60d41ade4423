/** A signed log with journals that grow as they are told, over a database that can be taken back and a bucket; each call of its outside may fail. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SQLOutputValue } from "node:sqlite";
import { afterAll, expect } from "vitest";
import { toBase64 } from "../../workers/core/journal/commitments.ts";
import { rootOf } from "../../workers/core/journal/merkle.ts";
import { must } from "../../workers/core/must.ts";
import { openCheckpoint } from "../../workers/core/signed-log/checkpoint.ts";
import { readEntries } from "../../workers/core/signed-log/hash-tiles.ts";
import { hashEntry, type RebuiltHead } from "../../workers/core/signed-log/minute.ts";
import { readMinute } from "../../workers/core/signed-log/minute-file.ts";
import { openProofKeys } from "../../workers/core/signed-log/proof-keys.ts";
import { consistencyPath, isConsistent } from "../../workers/core/signed-log/tree-proofs.ts";
import type { LogBucket } from "../../workers/ledger/signed-log/log-bucket.ts";
import { type SignedLogParts, tilesOf } from "../../workers/ledger/signed-log/signed-log-parts.ts";
import { migrated } from "../house/databases.ts";
import { SqliteD1 } from "./sqlite-platform.ts";

export const NOW_MS = Date.UTC(2026, 11, 1, 12, 3);
export const MINUTE_MS = 60_000;
/** What the log reads and writes of the books, which are made much faster than all of them. */
const TABLES = [
  "advertisers",
  "audit",
  "archive_pieces",
  "checkpoints",
  "audit_chain",
  "restorations",
  "due_click_roots",
];
const schema = mkdtempSync(join(tmpdir(), "signed-log-"));
const made = migrated("books")
  .prepare(
    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name IN (SELECT value FROM json_each(?)) ORDER BY type = 'trigger', type = 'index'",
  )
  .all(JSON.stringify(TABLES));
writeFileSync(
  join(schema, "0001.sql"),
  made
    .map(({ sql }) => `${String(sql)};\n`)
    .join("")
    .replace(/CREATE TRIGGER (?!audit|checkpoints|restorations|click_root)[\s\S]*?\nEND;\n/g, ""),
);
afterAll(() => {
  rmSync(schema, { recursive: true });
});

const signers = await openProofKeys(
  JSON.stringify({ signing: 1, keys: { 1: Buffer.alloc(32, 6).toString("base64") } }),
);

/** R2 as far as it is used: conditions hold or null is answered, and what is read is what was written. */
class Bucket implements LogBucket {
  readonly objects = new Map<string, { content: string | Uint8Array<ArrayBuffer>; etag: string }>();
  readonly writes: string[] = [];
  #etags = 0;

  async put(
    name: string,
    content: string | Uint8Array<ArrayBuffer>,
    { onlyIf = {} }: { onlyIf?: { etagDoesNotMatch?: string; etagMatches?: string } },
  ): Promise<object | null> {
    const there = this.objects.get(name);
    if (there && onlyIf.etagDoesNotMatch === "*") return null;
    if (onlyIf.etagMatches !== undefined && there?.etag !== onlyIf.etagMatches) return null;
    this.objects.set(name, { content, etag: String(this.#etags++) });
    this.writes.push(name);
    return {};
  }

  async get(name: string): Promise<{ etag: string; text(): Promise<string> } | null> {
    const there = this.objects.get(name);
    return there ? { etag: there.etag, text: async () => String(there.content) } : null;
  }

  text(name: string): string {
    return String(this.objects.get(name)?.content ?? "");
  }

  bytes(name: string): Uint8Array {
    const content = this.objects.get(name)?.content;
    return content instanceof Uint8Array ? content : new Uint8Array();
  }
}

/** A log with journals that grow as they are told, each call of whose outside may fail. */
export class World {
  DB = this.#database();
  readonly bucket = new Bucket();
  readonly journals = new Map<number, { seq: number; logged: Map<number, number>; rebuilt: RebuiltHead[] }>();
  fault: (point: string) => Promise<void> = async () => {};

  constructor(advertisers = 2) {
    for (let number = 1; number <= advertisers; number++) {
      this.journals.set(number, { seq: 0, logged: new Map(), rebuilt: [] });
      this.DB.db
        .prepare(
          "INSERT INTO advertisers (number, slug, name, credentials, created_at, updated_at) VALUES (?, ?, ?, '[]', 0, 0)",
        )
        .run(number, `a${number}`, `A${number}`);
    }
  }

  #database(): SqliteD1 {
    return new SqliteD1("books", schema, (point) => this.fault(point));
  }

  /** All rows of the database now. */
  bookmark(): Map<string, Record<string, SQLOutputValue>[]> {
    return new Map(TABLES.map((table) => [table, this.DB.db.prepare(`SELECT * FROM ${table}`).all()]));
  }

  /** What Time Travel does to D1: its rows are those of the bookmark, and nothing else is. */
  restore(bookmark: ReturnType<World["bookmark"]>): void {
    this.DB = this.#database();
    for (const [table, rows] of bookmark) {
      // Triggers fill it as pieces come.
      if (table === "due_click_roots") this.DB.db.exec("DELETE FROM due_click_roots");
      for (const row of rows) {
        const columns = Object.keys(row);
        const insert = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
        this.DB.db.prepare(insert).run(...Object.values(row));
      }
    }
  }

  settle(advertiser: number): void {
    const journal = must(this.journals.get(advertiser), "journal", advertiser);
    journal.seq++;
  }

  get parts(): SignedLogParts {
    const failing = async <Value>(point: string, work: () => Promise<Value>): Promise<Value> => {
      await this.fault(`before ${point}`);
      const value = await work();
      await this.fault(`after ${point}`);
      return value;
    };
    return {
      DB: this.DB,
      signers,
      ARCHIVE: {
        put: (name, content, options) => failing(`put ${name}`, () => this.bucket.put(name, content, options)),
        get: (name) => failing(`get ${name}`, () => this.bucket.get(name)),
      },
      journalOf: (advertiser) => {
        const journal = must(this.journals.get(advertiser), "journal", advertiser);
        return {
          headsToLog: () =>
            failing("headsToLog", async () => ({
              last:
                journal.seq > Math.max(0, ...journal.logged.keys())
                  ? { seq: journal.seq, head: headOf(advertiser, journal.seq) }
                  : null,
              rebuilt: journal.rebuilt,
            })),
          markLogged: (seq, _, checkpoint) =>
            failing("markLogged", async () => void (journal.logged.has(seq) || journal.logged.set(seq, checkpoint))),
          markRebuilt: (seq) =>
            failing("markRebuilt", async () => {
              journal.rebuilt = journal.rebuilt.filter(({ number }) => number !== seq);
            }),
        };
      },
    };
  }

  /** What is wrong with all that was published. */
  async look(): Promise<{ size: number; heads: string[] }> {
    const note = this.bucket.text("log/checkpoint");
    const newest = await openCheckpoint(note, signers.names.log);
    if (!newest.ok) throw new Error(newest.refusal);
    const { size } = newest.value;
    const read = tilesOf(this.DB);
    let before = null;
    const leaves: Uint8Array[] = [];
    const heads: string[] = [];
    for (let number = 1; number <= size; number++) {
      const opened = await openCheckpoint(this.bucket.text(`log/checkpoints/${number}`), signers.names.log);
      if (!opened.ok) throw new Error(`checkpoint ${number}: ${opened.refusal}`);
      const width = ((number - 1) % 256) + 1;
      const tile = `${Math.floor((number - 1) / 256)}`.padStart(3, "0") + (width === 256 ? "" : `.p/${width}`);
      const entries = readEntries(this.bucket.bytes(`log/tile/entries/${tile}`));
      const leaf = hashEntry(Buffer.from(must(entries.at(-1), "entry", number)).toString());
      expect(toBase64(this.bucket.bytes(`log/tile/0/${tile}`).subarray(-32))).toBe(toBase64(leaf));
      leaves.push(leaf);
      expect(toBase64(opened.value.root)).toBe(toBase64(rootOf(leaves)));
      if (before)
        expect(isConsistent(before, opened.value, await consistencyPath(read, before.size, number))).toBe(true);
      before = opened.value;
      const minute = readMinute(this.bucket.text(`minutes/${number}.json`));
      heads.push(
        ...minute.heads.map(({ kind, advertiser, name, number: of }) => `${kind} ${advertiser ?? name} ${of}`),
      );
    }
    return { size, heads };
  }
}

export const headOf = (advertiser: number, seq: number) => Buffer.alloc(32, `${advertiser}/${seq}`).toString("base64");

export function audited(world: World, subject: string, after: string | null = null): void {
  const insert =
    "INSERT INTO audit (at, actor, role, action, kind, subject, after) VALUES (1, 'ann', 'admin', 'change', 'conversion', ?, ?)";
  world.DB.db.prepare(insert).run(subject, after);
}
