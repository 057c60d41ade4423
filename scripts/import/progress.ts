/** How far an import came: where the rows went, how many, and a digest by which the file is known again. */
import { createHash, type Hash } from "node:crypto";
import * as v from "valibot";
import { progressPath, readProgress } from "../progress-file.ts";

const count = v.pipe(v.number(), v.safeInteger());
const progress = v.object({
  /** Where the rows went: origin and advertiser. */
  target: v.string(),
  rows: count,
  /** Of the rows up to `rows`. */
  digest: v.string(),
  accepted: count,
  refused: count,
  /** Length of the report of refused rows. */
  reportBytes: count,
  /** Length of the list of what was accepted; absent where an older version began. */
  sentBytes: v.exactOptional(count),
});
export type Progress = v.InferOutput<typeof progress>;

/** The progress of an import of this file to `target`; null where there is none. Throws one line when it belongs to another target. */
export function progressOf(file: string, target: string): Progress | null {
  const found = readProgress(file, progress);
  if (found && found.rows > 0 && found.target !== target)
    throw new Error(
      `${progressPath(file)} is of an import to ${found.target}: finish that one, or delete the file to begin anew`,
    );
  return found;
}

/** A digest of rows that can be told after each of them. */
export function startDigest(): Hash {
  return createHash("sha256");
}

export function addToDigest(digest: Hash, row: Buffer): void {
  digest.update("\n").update(row);
}

export function tellDigest(digest: Hash): string {
  return digest.copy().digest("hex");
}
