/** `npm run archive`: says what the archive holds; `--verify` has every piece read back, `--repair` those archived again that differ, `--out DIR` copies it. */
import { parseArgs } from "node:util";
import { LOGS } from "../workers/core/archive-piece.ts";
import { rewriteDamaged, verifyCommands } from "./archive/commands.ts";
import { copyLog } from "./archive/copy.ts";
import { archiveAgain, type Fault, readSummary, type Summary, verifyLog } from "./archive/pieces.ts";
import { printSome, runCommand, userPath } from "./command.ts";
import type { FullFetch } from "./console-api.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";

const USAGE = `usage: [PORT=8787] npm run archive -- [--verify [--repair]] [--out DIR [--from TIME] [--to TIME]] [--token T] ${CONSOLE_USAGE}`;
const MEGABYTE = 1_000_000;

await runCommand(run, { failure: "The archive cannot be looked at", usage: USAGE });

/** True when nothing is wrong. */
async function run(): Promise<boolean> {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: { verify: flag, repair: flag, out: text, from: text, to: text, token: text, ...CONSOLE_OPTIONS },
  });
  const fetchConsole = await findConsole(values);
  printSummary(await readSummary(fetchConsole));
  if (values.out !== undefined) await copy(fetchConsole, userPath(values.out), values);
  return values.verify ? verify(fetchConsole, values.repair) : true;
}

function printSummary(logs: readonly Summary[]): void {
  for (const { log, pieces, rows, bytes, from, to, deletedTo, waitingHours, waitingFrom } of logs) {
    const held =
      pieces === 0
        ? "nothing yet"
        : `${rows} rows in ${pieces} pieces, ${(bytes / MEGABYTE).toFixed(1)} MB, from ${from} to ${to}`;
    console.log(`${log.padEnd(10)} ${held}`);
    if (deletedTo !== null) console.log(`${"".padEnd(10)} in the archive alone up to ${deletedTo}`);
    if (waitingHours > 0) console.log(`${"".padEnd(10)} ${waitingHours} hours wait, the oldest of ${waitingFrom}`);
  }
  console.log("An hour is archived ten minutes after its end, and again when a row of it comes late.");
}

async function copy(fetchConsole: FullFetch, directory: string, range: { from?: string; to?: string }): Promise<void> {
  for (const log of LOGS) {
    const { fetched, there } = await copyLog(fetchConsole, log, range, directory);
    console.log(`${log}: ${fetched} pieces copied, ${there} were there. ${directory}/${log}`);
  }
}

async function verify(fetchConsole: FullFetch, repair: boolean): Promise<boolean> {
  const faults: Fault[] = [];
  for (const log of LOGS) {
    let [pieces, rows] = [0, 0];
    const own = await verifyLog(fetchConsole, log, (morePieces, moreRows) => {
      pieces += morePieces;
      rows += moreRows;
    });
    console.log(`${log}: ${pieces} pieces with ${rows} rows read back, ${own.length} differ.`);
    faults.push(...own);
  }
  const commands = await verifyCommands(fetchConsole);
  console.log(
    `commands: ${commands.pieces} pieces with ${commands.lines} lines read back, ${commands.faults.length} differ.`,
  );
  printSome(commands.faults.map(({ name, what }) => `${name}: ${what.replaceAll("_", " ")}`));
  if (commands.faults.length > 0 && repair) {
    printSome(await rewriteDamaged(fetchConsole, commands));
    console.log("Archives of commands with damaged pieces were written anew from their objects; look again.");
  }
  printSome(faults.map(({ name, what }) => `${name}: ${what.replaceAll("_", " ")}`));
  if (faults.length + commands.faults.length > 0 && !repair)
    console.log("Have what differs archived again with: npm run archive -- --verify --repair");
  if (faults.length === 0) return commands.faults.length === 0;
  if (repair) {
    await archiveAgain(fetchConsole, faults);
    console.log(
      "Asked for these hours to be archived again; look again in a minute. Rows that only the archive had do not come back.",
    );
  }
  return false;
}
