/** A file beside the export that says which process writes it, so that two never write one file. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { codeOf, isRunning } from "../process.ts";

export function lockPath(out: string): string {
  return `${out}.lock`;
}

/** Takes the lock for this process, from one that has ended too. Throws one line while another one has it. Gives what lets it go. */
export function lockFile(out: string): () => void {
  const path = lockPath(out);
  if (!tryLock(path)) {
    const holder = holderOf(path);
    if (holder === null) throw new Error(`${path} cannot be read: delete it when no export writes ${out}`);
    if (isRunning(holder))
      throw new Error(`process ${holder} is writing ${out}: wait for it, or name another --out (${path} says so)`);
    rmSync(path, { force: true });
    if (!tryLock(path)) throw new Error(`another export has just begun to write ${out}`);
  }
  return () => rmSync(path, { force: true });
}

/** False when there is one already: the file is made or nothing is done. */
function tryLock(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function holderOf(path: string): number | null {
  const pid = Number(readFileSync(path, "utf8"));
  return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
}
