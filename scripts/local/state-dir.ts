/** The state directory: made when it is missing, emptied when asked, and used by one platform at a time. */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeOf, holderOf, isRunning } from "../file-lock.ts";
import { SECRETS_FILE } from "./secrets.ts";

const LOCK = "platform.pid";

/** The owner alone enters: conversions, sub-ids and secrets lie here. */
const OWNERS_ALONE = 0o700;

/** Makes the directory ready for this process, and closes it to everybody but its owner. Throws one line when it cannot be written, is in use, or `fresh` would delete what is not ours. */
export function claimStateDir(dir: string, fresh: boolean): void {
  make(dir);
  refuseIfInUse(dir);
  if (fresh) empty(dir);
  closeToOthers(dir);
  write(dir);
}

export function releaseStateDir(dir: string): void {
  rmSync(join(dir, LOCK), { force: true });
}

function make(dir: string): void {
  try {
    makeWithParents(dir);
  } catch (error) {
    throw new Error(`the state directory ${dir} cannot be made (${codeOf(error)}): choose another with --state DIR`);
  }
}

/** Node's own recursive way never returns where a file system has no room for directories, such as /proc. */
function makeWithParents(dir: string): void {
  if (existsSync(dir)) return;
  makeWithParents(dirname(dir));
  mkdirSync(dir);
}

function refuseIfInUse(dir: string): void {
  const path = join(dir, LOCK);
  const pid = existsSync(path) ? holderOf(path) : null;
  if (pid !== null && isRunning(pid))
    throw new Error(
      `the state directory ${dir} is in use by process ${pid}: stop it, or choose another with --state DIR`,
    );
}

/** Only a directory that has held our state is emptied, so that a mistyped path costs nothing. */
function empty(dir: string): void {
  const names = readdirSync(dir);
  if (names.length > 0 && !names.includes(SECRETS_FILE))
    throw new Error(
      `--fresh would empty ${dir}, which holds no state of Clickback: remove it yourself, or choose another`,
    );
  for (const name of names) rmSync(join(dir, name), { recursive: true, force: true });
}

/** Only what is ours, or empty: who names a directory that others use as well keeps it open, and what is written there is the owner's file by file. */
function closeToOthers(dir: string): void {
  const names = readdirSync(dir);
  if (names.length > 0 && !names.includes(SECRETS_FILE)) return;
  try {
    chmodSync(dir, OWNERS_ALONE);
  } catch (error) {
    throw new Error(
      `the state directory ${dir} cannot be closed to others (${codeOf(error)}): choose another with --state DIR`,
    );
  }
}

function write(dir: string): void {
  try {
    writeFileSync(join(dir, LOCK), String(process.pid));
  } catch (error) {
    throw new Error(`the state directory ${dir} cannot be written (${codeOf(error)}): choose another with --state DIR`);
  }
}
