/** What writing the signed log needs of the world, and how its tree is read. */

import type { ProofSigners } from "../../core/signed-log/proof-keys.ts";
import { type AskHashes, storedTiles, TILE_HASHES } from "../../core/signed-log/stored-tree.ts";
import type { ReadTile } from "../../core/signed-log/tree-proofs.ts";
import type { LogBucket } from "./log-bucket.ts";

/** What an advertiser's object is asked. */
export interface LoggedJournal {
  /** Its last row, where the log does not have it yet. */
  headToLog(): Promise<{ seq: number; head: string } | null>;
  /** Notes under which checkpoint the log has it. */
  markLogged(seq: number, checkpoint: number): Promise<void>;
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
