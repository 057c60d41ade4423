/** The root over an hour of the click log: over the files that it lies in, in their order. Whoever has a file can see that it is one of them. */

import { toBase64 } from "../journal/commitments.ts";
import { NO_HEAD } from "../journal/journal.ts";
import { hashLeaf, rootOf } from "../journal/merkle.ts";

/** One file of an hour, by the SHA-256 over its bytes, in hex. */
export interface HashedPiece {
  piece: number;
  sha256: string;
}

/** Of an hour whose clicks lie with those of another one, a root of zeros. */
export function clickRoot(hour: number, pieces: readonly HashedPiece[]): string {
  if (pieces.length === 0) return NO_HEAD;
  const encoder = new TextEncoder();
  return toBase64(
    rootOf(pieces.map(({ piece, sha256 }) => hashLeaf(encoder.encode(`${hour}\n${piece}\n${sha256}\n`)))),
  );
}
