/** What a proof is made of besides its leaves: the newest checkpoint, and the ways from rows of journals to it. */
import { objectName } from "../../core/books/stored.ts";
import { formatInstant } from "../../core/instant.ts";
import { toBase64 } from "../../core/journal/commitments.ts";
import type { JournalStretch } from "../../core/journal/journal-row.ts";
import { must } from "../../core/must.ts";
import { checkpointName, minuteName } from "../../core/signed-log/log-names.ts";
import { pathInMinute } from "../../core/signed-log/minute.ts";
import { readMinute } from "../../core/signed-log/minute-file.ts";
import { openPublicKeys, publishedKeys } from "../../core/signed-log/proof-keys.ts";
import { storedTiles, TILE_HASHES } from "../../core/signed-log/stored-tree.ts";
import { inclusionPath, type ReadTile } from "../../core/signed-log/tree-proofs.ts";
import type { Env } from "../env.ts";

export const PROOF_FORMAT = "clickback-proof-1";

export type ProofEnv = Pick<Env, "DB" | "ARCHIVE" | "CONVERSIONS" | "PROOF_PUBLIC_KEYS">;

/** The checkpoint that a proof leads to, and the keys that it is checked with. */
export interface ProofEnd {
  size: number;
  checkpoint: string;
  keys: string[];
  read: ReadTile;
}

/** A stretch of a journal with the way from its last row to the checkpoint. Hashes are in base64. */
export interface ProvedStretch {
  journal: number;
  name: string;
  before: string;
  /** Number, time and root of each row. */
  rows: [seq: number, atMs: number, root: string][];
  minute: { number: number; at: string; index: number; of: number; path: string[] };
  log: string[];
}

const NEWEST = "SELECT number FROM checkpoints WHERE published_at IS NOT NULL ORDER BY number DESC LIMIT 1";

/** Null as long as nothing was logged. */
export async function proofEnd(env: ProofEnv): Promise<ProofEnd | null> {
  const size = await env.DB.prepare(NEWEST).first<number>("number");
  if (size === null) return null;
  const note = must(await env.ARCHIVE.get(checkpointName(size)), "the file of checkpoint", size);
  const { log } = publishedKeys(await openPublicKeys(env.PROOF_PUBLIC_KEYS));
  const read = storedTiles(async (numbers, path) => {
    const { results } = await env.DB.prepare(TILE_HASHES).bind(numbers, path).all<{ hash: string }>();
    return results.map(({ hash }) => hash);
  });
  return { size, checkpoint: await note.text(), keys: log, read };
}

/** The ways from these rows of an advertiser's journal to the checkpoint, as far as it has them. */
export async function provedStretches(
  env: ProofEnv,
  end: ProofEnd,
  { advertiser, journal, rows }: { advertiser: number; journal: number; rows: readonly number[] },
): Promise<ProvedStretch[]> {
  const stretches = await env.CONVERSIONS.getByName(objectName(advertiser)).stretches([...rows]);
  const proved: ProvedStretch[] = [];
  for (const stretch of stretches)
    if (stretch.checkpoint <= end.size) proved.push(await provedStretch(env, end, { advertiser, journal, stretch }));
  return proved;
}

async function provedStretch(
  env: ProofEnv,
  { read, size }: ProofEnd,
  { advertiser, journal, stretch }: { advertiser: number; journal: number; stretch: JournalStretch },
): Promise<ProvedStretch> {
  const { checkpoint: number, before, rows } = stretch;
  const file = must(await env.ARCHIVE.get(minuteName(number)), "the file of minute", number);
  const minute = readMinute(await file.text());
  const index = minute.heads.findIndex((head) => head.kind === "journal" && head.advertiser === advertiser);
  const head = must(minute.heads[index], "the head in minute", number);
  const path = pathInMinute(minute, index).map(toBase64);
  return {
    journal,
    name: head.name,
    before,
    rows: rows.map(({ seq, atMs, root }) => [seq, atMs, root]),
    minute: { number, at: formatInstant(minute.atMs), index, of: minute.heads.length, path },
    log: (await inclusionPath(read, number - 1, size)).map(toBase64),
  };
}
