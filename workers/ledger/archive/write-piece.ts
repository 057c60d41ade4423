/** Makes a piece of an hour's rows and puts it into the bucket. The same rows make the same bytes, so that it can be done again with the same outcome. */
import { type Key, type Piece, pieceName } from "../../core/archive-piece.ts";
import { PARQUET_TYPE, type ParquetColumn } from "../../core/parquet-format.ts";
import { parquetFile, rowGroups, textLength } from "../../core/parquet-writer.ts";
import { sha256 } from "../../core/sha256.ts";
import type { Bucket } from "./bucket.ts";
import type { ArchivedLog } from "./logs.ts";
import { type ArchivedRow, keyOf } from "./read-hour.ts";

/** Where a piece ends: in time and memory, it is made and read back as a whole. */
export interface PieceLimits {
  rows: number;
  /** Characters of text. */
  length: number;
}

export interface MadePiece {
  bytes: Uint8Array<ArrayBuffer>;
  rowCount: number;
  firstKey: Key;
  lastKey: Key;
}

/** The first rows of `pages` as one file; null when there are none. */
export async function makePiece(
  log: ArchivedLog,
  pages: AsyncIterable<ArchivedRow[]>,
  limits: PieceLimits,
): Promise<MadePiece | null> {
  const file = parquetFile(columnsOf(log));
  const parts: Uint8Array[] = [];
  let rowCount = 0;
  let first: ArchivedRow | undefined;
  let last: ArchivedRow | undefined;
  for await (const rows of rowGroups(firstRows(pages, limits))) {
    parts.push(file.rowGroup(rows));
    rowCount += rows.length;
    first ??= rows[0];
    last = rows.at(-1);
  }
  if (!first || !last) return null;
  parts.push(file.finish());
  return { bytes: joined(parts), rowCount, firstKey: keyOf(log, first), lastKey: keyOf(log, last) };
}

/** Puts it where it belongs, the manifest's words beside it, and gives them. */
export async function putPiece(
  bucket: Bucket,
  place: Pick<Piece, "log" | "hour" | "piece">,
  { bytes, rowCount, firstKey, lastKey }: MadePiece,
): Promise<Piece> {
  const piece: Piece = { ...place, rowCount, firstKey, lastKey, bytes: bytes.length, sha256: sha256(bytes) };
  await bucket.put(pieceName(piece), bytes, {
    sha256: piece.sha256,
    customMetadata: {
      rows: String(rowCount),
      first_key: JSON.stringify(firstKey),
      last_key: JSON.stringify(lastKey),
      sha256: piece.sha256,
    },
    httpMetadata: { contentType: PARQUET_TYPE },
  });
  return piece;
}

function columnsOf({ columns }: ArchivedLog): ParquetColumn[] {
  return columns.map(({ name, kind }) => ({ name, kind }));
}

async function* firstRows(pages: AsyncIterable<ArchivedRow[]>, limits: PieceLimits): AsyncGenerator<ArchivedRow[]> {
  let rows = 0;
  let length = 0;
  for await (const page of pages) {
    const end = page.findIndex((row) => {
      rows++;
      length += textLength(row);
      return rows >= limits.rows || length >= limits.length;
    });
    yield end < 0 ? page : page.slice(0, end + 1);
    if (end >= 0) return;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
