/** Archives what an advertiser's object took, piece by piece. The piece lies in the bucket before the object notes it, so wherever this dies, the next run writes the same piece again. */
import { commandPieceName, type PieceMark, readMark, writeMark, writePiece } from "../../core/books/command-piece.ts";
import type { ArchivedCommands } from "../../core/books/rebuilding.ts";
import { sha256 } from "../../core/sha256.ts";
import type { Sql } from "../sql.ts";
import { readArchived } from "./archived.ts";
import { nextPage, noteArchived } from "./command-page.ts";

/** The part of R2 that pieces of commands lie in. */
export interface CommandBucket {
  put(
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
    options: { sha256: string; customMetadata: Record<string, string>; httpMetadata: { contentType: string } },
  ): Promise<unknown>;
  get(name: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer>; customMetadata?: Record<string, string> } | null>;
  head(name: string): Promise<{ customMetadata?: Record<string, string> } | null>;
  list(options: { prefix: string; include: ["customMetadata"]; cursor?: string }): Promise<{
    objects: { key: string; customMetadata?: Record<string, string> }[];
    truncated: boolean;
    cursor?: string;
  }>;
  delete(names: string[]): Promise<void>;
}

/** What is needed of an object's storage. */
export interface ArchivingStorage {
  sql: Sql;
  transactionSync<Value>(work: () => Value): Value;
}

export const PIECE_TYPE = "application/gzip";

/** Writes so many pieces at most. */
export async function archiveCommands(
  storage: ArchivingStorage,
  bucket: CommandBucket,
  nowMs: number,
  mostPieces: number,
  pageRows?: number,
): Promise<ArchivedCommands> {
  for (let written = 0; written < mostPieces; written++) {
    const page = nextPage(storage.sql, pageRows);
    if (!page) return "all";
    const { advertiser, object, piece, journal } = page.behind;
    if (piece === 1 && (await isAnothers(bucket, advertiser, object))) {
      console.error({ event: "archive_of_lost_object", advertiser });
      return "lost";
    }
    const { lines, isComplete, from } = page;
    const mark = { object, atMs: nowMs, lines: lines.length, isComplete, journal, ...(from !== undefined && { from }) };
    await putPiece(bucket, commandPieceName(advertiser, piece), writePiece(lines), mark);
    storage.transactionSync(() => {
      // Whoever rebuilt it meanwhile knows better how far it is.
      if (readArchived(storage.sql)?.piece === piece - 1) noteArchived(storage.sql, page);
    });
    if (isComplete) return "all";
  }
  return "more";
}

export async function putPiece(
  bucket: CommandBucket,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  mark: PieceMark,
): Promise<void> {
  await bucket.put(name, bytes, {
    sha256: sha256(bytes),
    customMetadata: writeMark(mark),
    httpMetadata: { contentType: PIECE_TYPE },
  });
}

/** An object that has archived nothing finds an archive: it was lost, and what lies there is all that is left of it. */
async function isAnothers(bucket: CommandBucket, advertiser: number, object: string): Promise<boolean> {
  const name = commandPieceName(advertiser, 1);
  const first = await bucket.head(name);
  return first !== null && readMark(first.customMetadata, name).object !== object;
}
