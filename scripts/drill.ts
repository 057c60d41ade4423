/** `npm run drill`: rehearses every recovery of docs/recovery.md on a copy of a local state, never on the state itself, and says how long each took and whether the books are proved after it. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import { type LocalCopy, startCopy } from "./drill/local-copy.ts";
import { REHEARSALS } from "./drill/rehearsals.ts";
import { rollBack } from "./drill/roll-back.ts";
import { playSmall } from "./drill/small-programme.ts";
import { codeOf, holderOf, isRunning } from "./file-lock.ts";
import { SECRETS_FILE } from "./local/secrets.ts";
import { DEFAULT_STATE, readPort } from "./local/start-options.ts";

const USAGE = "usage: [PORT=…] npm run drill -- [--state DIR | --new]";
const LOCK = "platform.pid";
const MS = 1_000;

// Secrets come from the state, and not from where wrangler looks for them.
process.env.WRANGLER_LOG ??= "error";

await runCommand(run, { failure: "The drill cannot go on", usage: USAGE });

/** True when everything came back as it was. */
async function run(): Promise<boolean> {
  const { values } = parseArgs({ options: { state: { type: "string" }, new: { type: "boolean", default: false } } });
  const original = values.new ? null : stateDir(values.state);
  const dir = mkdtempSync(join(tmpdir(), "clickback-drill-"));
  const copy = join(dir, "state");
  if (original === null) {
    console.log("A small programme of its own is drilled.");
    mkdirSync(copy);
  } else {
    console.log(`${original} is copied; it stays as it is.`);
    cpSync(original, copy, { recursive: true, filter: (path) => !path.endsWith(LOCK) && !path.endsWith("/build") });
  }
  const world = await startCopy(copy, process.env.PORT ? readPort(process.env.PORT) : null);
  try {
    if (original === null) await playSmall(world);
    return await rehearseAll(world, copy, join(dir, "bookmark"));
  } finally {
    await world.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function rehearseAll(world: LocalCopy, copy: string, bookmark: string): Promise<boolean> {
  const all = [
    ...REHEARSALS,
    { name: "a wrong migration, gone back behind", run: () => rollBack(world, copy, bookmark) },
  ];
  console.log(`\n${"rehearsed".padEnd(50)}${"seconds".padStart(8)}  result`);
  let isWell = true;
  for (const { name, run: rehearse } of all) {
    const startedMs = performance.now();
    let told: string;
    try {
      told = `proved: ${await rehearse(world)}`;
    } catch (error) {
      isWell = false;
      told = `NOT AS BEFORE: ${error instanceof Error ? error.message : error}`;
    }
    const seconds = ((performance.now() - startedMs) / MS).toFixed(1);
    console.log(`${name.padEnd(50)}${seconds.padStart(8)}  ${told.slice(0, 400)}`);
    // What follows would only tell of it once more.
    if (!isWell) break;
  }
  console.log(
    isWell ? "\nEverything came back as it was." : "\nNot everything came back: what follows was not rehearsed.",
  );
  return isWell;
}

/** Throws one line where there is no state, or it is in use: files that are written meanwhile make no copy. */
function stateDir(said: string | undefined): string {
  const dir =
    said === undefined
      ? resolve(import.meta.dirname, "..", DEFAULT_STATE)
      : resolve(process.env.INIT_CWD ?? process.cwd(), said);
  if (!existsSync(join(dir, SECRETS_FILE)))
    throw new Error(
      `${dir} holds no state of Clickback: name one with --state DIR, or drill a small programme with --new`,
    );
  const lock = join(dir, LOCK);
  try {
    const pid = existsSync(lock) ? holderOf(lock) : null;
    if (pid !== null && isRunning(pid))
      throw new Error(
        `${dir} is in use by process ${pid}: stop it, copy it yourself while it is stopped, or drill with --new`,
      );
  } catch (error) {
    if (error instanceof Error && !("code" in error)) throw error;
    throw new Error(`${lock} cannot be read (${codeOf(error)})`);
  }
  return dir;
}
