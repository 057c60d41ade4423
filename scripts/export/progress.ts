/** How far an export came: which question it answers, where its next part begins, and the parts that lie beside it until the last one is there. */
import { existsSync, renameSync } from "node:fs";
import * as v from "valibot";
import { forgetProgress, progressPath, readProgress } from "../progress-file.ts";

const count = v.pipe(v.number(), v.safeInteger());
const progress = v.object({
  /** What was asked, of whom: another question goes into another file. */
  asked: v.string(),
  /** Where the next part begins; null: at the beginning. */
  after: v.nullable(v.string()),
  rows: count,
  /** Length of the parts that are there, one behind the other. */
  partBytes: v.array(count),
});
export type Progress = v.InferOutput<typeof progress>;

/** Where parts lie until the last one is there. */
export function partPath(out: string): string {
  return `${out}.part`;
}

/** The progress of this question; null where there is none. Throws one line when the file beside it is of another one. */
export function progressOf(out: string, asked: string): Progress | null {
  const found = readProgress(out, progress);
  if (found && found.asked !== asked)
    throw new Error(
      `${progressPath(out)} is of another export: finish that one, delete the file, or name another --out`,
    );
  return existsSync(partPath(out)) ? found : null;
}

/** All parts are there: the file gets its name. */
export function finishProgress(out: string): void {
  renameSync(partPath(out), out);
  forgetProgress(out);
}
