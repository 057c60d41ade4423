/** Rows in pieces that one request takes. */
import type { Row } from "./rows.ts";

export interface PieceLimits {
  rows: number;
  bytes: number;
}

/** Pieces of at most `limits`, in the order of the rows. Where reading breaks off, what was read before is still a piece; then the reader's error is thrown. */
export async function* inPieces(rows: AsyncIterable<Row>, limits: PieceLimits): AsyncGenerator<Row[]> {
  let piece: Row[] = [];
  let bytes = 0;
  try {
    for await (const row of rows) {
      const size = row.bytes.length + 1;
      if (piece.length === limits.rows || (piece.length > 0 && bytes + size > limits.bytes)) {
        yield piece;
        [piece, bytes] = [[], 0];
      }
      piece.push(row);
      bytes += size;
    }
  } catch (error) {
    if (piece.length > 0) yield piece;
    throw error;
  }
  if (piece.length > 0) yield piece;
}
