/** The archive of commands in memory, for objects whose storage is a double: archiving, making an object anew, and whether both hold the same. */
import type { CommandBucket } from "../../workers/ledger/commands/archive-commands.ts";
import { type ArchivingStorage, archiveCommands } from "../../workers/ledger/commands/archive-commands.ts";
import { beginArchived } from "../../workers/ledger/commands/archived.ts";
import { FIRST_WALKED } from "../../workers/ledger/commands/archived-tables.ts";
import { rebuildObject } from "../../workers/ledger/commands/restore-commands.ts";
import { createTables } from "../../workers/ledger/object-storage.ts";
import { type Fault, ObjectStorage } from "./sqlite-platform.ts";

interface Kept {
  bytes: Uint8Array<ArrayBuffer>;
  customMetadata: Record<string, string>;
}

/** R2 as far as pieces need it. */
export class MemoryBucket implements CommandBucket {
  readonly objects = new Map<string, Kept>();
  fault: Fault = async () => {};

  async put(name: string, bytes: Uint8Array<ArrayBuffer>, { customMetadata }: Pick<Kept, "customMetadata">) {
    await this.fault("bucket before putting");
    this.objects.set(name, { bytes, customMetadata });
    await this.fault("bucket after putting");
  }

  async get(name: string) {
    const found = this.objects.get(name);
    return found ? { arrayBuffer: async () => found.bytes.buffer, customMetadata: found.customMetadata } : null;
  }

  async head(name: string) {
    return this.objects.get(name) ?? null;
  }

  /** A page has three, so that there are pages. */
  async list({ prefix, cursor = "" }: { prefix: string; cursor?: string }) {
    const names = [...this.objects.keys()].filter((name) => name.startsWith(prefix) && name > cursor).sort();
    const page = names.slice(0, 3);
    const objects = page.map((key) => ({ key, customMetadata: this.objects.get(key)?.customMetadata ?? {} }));
    return { objects, truncated: names.length > 3, cursor: page.at(-1) ?? "" };
  }

  async delete(names: string[]) {
    for (const name of names) this.objects.delete(name);
  }
}

export function archivingStorage(storage: ObjectStorage): ArchivingStorage {
  return { sql: storage, transactionSync: (work) => storage.transaction(work) };
}

/** Archives so many pieces of so many rows. */
export function archiveSome(
  storage: ObjectStorage,
  bucket: MemoryBucket,
  advertiser: number,
  pieces = 1_000,
  rows = 3,
) {
  beginArchived(storage, advertiser, FIRST_WALKED);
  return archiveCommands(archivingStorage(storage), bucket, 0, pieces, rows);
}

const REBUILDING = { over: false, by: "ann", nowMs: 0 };

/** An object made anew from the archive. */
export async function rebuilt(bucket: MemoryBucket, advertiser: number): Promise<ObjectStorage> {
  const storage = new ObjectStorage();
  createTables(storage);
  for (;;) {
    const answer = await rebuildObject(archivingStorage(storage), bucket, advertiser, REBUILDING);
    if ("refused" in answer) throw new Error(`not rebuilt: ${answer.refused}`);
    if (answer.isDone) return storage;
  }
}

/** All rows that say something, by table. What is due, and how far it is archived, is no part of the books; a cap of which no place is taken says nothing. */
export function booksOf(storage: ObjectStorage): Record<string, unknown[]> {
  const tables = storage.db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  const own = tables
    .map(({ name }) => String(name))
    .filter((name) => !["due_rows", "changes", "archived", "rebuilt"].includes(name));
  const rows = (name: string) =>
    storage.db.prepare(`SELECT * FROM ${name} ${name === "caps" ? "WHERE taken <> 0" : ""} ORDER BY 1, 2`);
  return Object.fromEntries(
    own.map((name) => [
      name,
      (name === "erased" ? storage.db.prepare("SELECT * FROM erased ORDER BY 1") : rows(name)).all(),
    ]),
  );
}
