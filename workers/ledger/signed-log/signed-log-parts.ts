/** What writing the signed log needs of the world, and how its tree is read. */

import type { RebuiltHead } from "../../core/signed-log/minute.ts";
import type { ProofSigners } from "../../core/signed-log/proof-keys.ts";
import { type AskHashes, storedTiles, TILE_HASHES } from "../../core/signed-log/stored-tree.ts";
import type { ReadTile } from "../../core/signed-log/tree-proofs.ts";
import type { LogBucket } from "./log-bucket.ts";

/** A journal's last row, and where it was made anew. */
export interface HeadsToLog {
  last: { seq: number; head: string } | null;
  rebuilt: RebuiltHead[];
}

/** What an advertiser's object is asked. */
export interface LoggedJournal {
  /** What the log does not have yet. */
  headsToLog(): Promise<HeadsToLog>;
  /** Notes under which checkpoint the log has its row of that head. */
  markLogged(seq: number, head: string, checkpoint: number): Promise<void>;
  /** Notes under which checkpoint the log has it that the journal was made anew at that time. */
  markRebuilt(seq: number, atMs: number, checkpoint: number): Promise<void>;
}

export interface SignedLogParts {
  DB: D1Database;
  ARCHIVE: LogBucket;
  journalOf: (advertiser: number) => LoggedJournal;
  signers: ProofSigners;
}

export function tilesOf(DB: D1Database): ReadTile {
  const ask: AskHashes = async (numbers, path) =>
    (await DB.prepare(TILE_HASHES).bind(numbers, path).all<{ hash: string }>()).results.map(({ hash }) => hash);
  return storedTiles(ask);
}
