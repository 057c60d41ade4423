/** A file that says which process is at work on something that one at a time may use. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";

/** Locks that this process has: any other that bears its number was left by one that has ended, as in containers, where every run has the same. */
const own = new Set<string>();

export function lockPath(file: string): string {
  return `${file}.lock`;
}

/**
 * Takes the lock of a file that a command works on, from a process that has ended too. Throws one line while another one has it: `doing` and `instead` say what it
 * does, and what else may be done. Gives what lets it go.
 */
export function lockFile(file: string, doing: string, instead: string): () => void {
  const path = lockPath(file);
  if (!tryLock(path)) {
    const holder = holderOf(path);
    if (holder === null) throw new Error(`${path} cannot be read: delete it when no process is ${doing} ${file}`);
    if (holder === process.pid ? own.has(path) : isRunning(holder))
      throw new Error(`process ${holder} is ${doing} ${file}: ${instead} (${path} says so)`);
    rmSync(path, { force: true });
    if (!tryLock(path)) throw new Error(`another process has just begun ${doing} ${file}`);
  }
  own.add(path);
  return () => {
    own.delete(path);
    rmSync(path, { force: true });
  };
}

/** The process that a lock names; null where it names none. */
export function holderOf(path: string): number | null {
  const pid = Number(readFileSync(path, "utf8"));
  return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
}

/** True while there is a process of this number; one that may not be signalled is there all the same. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** The system's name of an error, such as `EEXIST`; of any other error its text. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
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
