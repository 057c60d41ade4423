/** How far a command came with a file, in a small file beside it, so that the same command goes on where the last one ended. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import * as v from "valibot";
import { writeWhole } from "./write-whole.ts";

export function progressPath(file: string): string {
  return `${file}.progress.json`;
}

/** Null where there is none. Throws one line when what is there is no progress of this form. */
export function readProgress<Progress>(file: string, form: v.GenericSchema<unknown, Progress>): Progress | null {
  const path = progressPath(file);
  if (!existsSync(path)) return null;
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), form), readFileSync(path, "utf8"));
  if (!read.success) throw new Error(`${path} cannot be read: delete it to begin anew`);
  return read.output;
}

export function writeProgress(file: string, progress: object): void {
  writeWhole(progressPath(file), `${JSON.stringify(progress)}\n`);
}

export function forgetProgress(file: string): void {
  rmSync(progressPath(file), { force: true });
}
