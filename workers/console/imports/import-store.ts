/**
 * How far imports came, in R2: of each a head, and a piece for as many rows as one request sends, with the receipt of each. Nothing of what the files say is kept.
 *
 *     imports/{id}/head.json                who imports what for whom
 *     imports/{id}/000000-002000.json       rows 1 to 2,000
 */
import * as v from "valibot";
import { POSTBACKS_KEPT_MS } from "../../core/retention.ts";
import type { Env } from "../env.ts";

const PREFIX = "imports/";
const ID = /^[0-9a-f]{24}$/;
const PIECE = /\/(\d{6})-(\d{6})\.json$/;
const YES = "yes";
/** R2 lists no more at once, and deletes no more. */
const LISTED = 1_000;

const head = v.object({
  advertiser: v.number(),
  slug: v.string(),
  by: v.string(),
  at_ms: v.number(),
  file_sha256: v.string(),
  bytes: v.number(),
  layout: v.nullable(v.string()),
  /** Of the whole file. */
  rows: v.number(),
  /** What was said of how it is read, as the call's parameters, and what had been kept of that. */
  said: v.exactOptional(v.record(v.string(), v.string())),
  kept: v.exactOptional(v.nullable(v.record(v.string(), v.string()))),
});
export type ImportHead = v.InferOutput<typeof head>;

/** A row that was sent, by its receipt; or one that was not, and why. What the door would refuse has a receipt as there. */
const sentRow = v.object({
  row: v.number(),
  line: v.number(),
  receipt: v.nullable(v.string()),
  reason: v.nullable(v.string()),
  parameter: v.nullable(v.string()),
});
export type ImportedRow = v.InferOutput<typeof sentRow>;
const sentRows = v.array(sentRow);

/** Rows behind `from`, up to `to`. */
export interface ImportPiece {
  from: number;
  to: number;
  accepted: number;
  /** True for the piece at the file's end. */
  isLast: boolean;
}

type Archive = Pick<Env, "ARCHIVE">;

export async function writeHead({ ARCHIVE }: Archive, id: string, written: ImportHead): Promise<void> {
  await ARCHIVE.put(`${PREFIX}${id}/head.json`, JSON.stringify(written));
}

/** Null where there is no such import, or none is any more. */
export async function readHead({ ARCHIVE }: Archive, id: string): Promise<ImportHead | null> {
  const object = ID.test(id) ? await ARCHIVE.get(`${PREFIX}${id}/head.json`) : null;
  return object && v.parse(head, await object.json());
}

export async function writePiece(
  { ARCHIVE }: Archive,
  id: string,
  { accepted, isLast, ...place }: ImportPiece,
  rows: readonly ImportedRow[],
): Promise<void> {
  const customMetadata = { accepted: String(accepted), ...(isLast ? { last: YES } : {}) };
  await ARCHIVE.put(pieceKey(id, place), JSON.stringify(rows), { customMetadata });
}

/** The pieces that are done, in their order, up to the first that is missing. */
export async function listPieces({ ARCHIVE }: Archive, id: string): Promise<ImportPiece[]> {
  const { objects } = await ARCHIVE.list({ prefix: `${PREFIX}${id}/`, limit: LISTED, include: ["customMetadata"] });
  const pieces: ImportPiece[] = [];
  for (const { key, customMetadata } of objects) {
    const [, from, to] = PIECE.exec(key) ?? [];
    if (from === undefined || Number(from) !== (pieces.at(-1)?.to ?? 0)) continue;
    const { accepted, last } = customMetadata ?? {};
    pieces.push({ from: Number(from), to: Number(to), accepted: Number(accepted), isLast: last === YES });
  }
  return pieces;
}

/** Begins an import anew: which rows are done is told of this time alone. */
export async function forgetPieces({ ARCHIVE }: Archive, id: string, pieces: readonly ImportPiece[]): Promise<void> {
  if (pieces.length > 0) await ARCHIVE.delete(pieces.map((piece) => pieceKey(id, piece)));
}

export async function readPiece({ ARCHIVE }: Archive, id: string, piece: ImportPiece): Promise<ImportedRow[]> {
  const object = await ARCHIVE.get(pieceKey(id, piece));
  return object === null ? [] : v.parse(sentRows, await object.json());
}

/** Deletes what is older than the receipts that it names are told. It looks at the thousand behind its own place: since names are hashes, all places are looked at in time. */
export async function forgetOldImports({ ARCHIVE }: Archive, id: string, nowMs: number): Promise<void> {
  const { objects } = await ARCHIVE.list({ prefix: PREFIX, startAfter: `${PREFIX}${id}`, limit: LISTED });
  const old = objects.filter(({ uploaded }) => uploaded.getTime() < nowMs - POSTBACKS_KEPT_MS);
  if (old.length > 0) await ARCHIVE.delete(old.map(({ key }) => key));
}

function pieceKey(id: string, { from, to }: Pick<ImportPiece, "from" | "to">): string {
  const place = [from, to].map((row) => String(row).padStart(6, "0")).join("-");
  return `${PREFIX}${id}/${place}.json`;
}
