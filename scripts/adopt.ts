/** `npm run adopt -- --tracker SLUG --file FILE`: adopts the clicks of a tracker's report, of any size; run again after it broke off it goes on, and from the start it changes nothing twice. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { rejectedPath, runAdoption } from "./adopt/run.ts";
import { runCommand, userPath } from "./command.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";
import { replayAll } from "./replay/pages.ts";

const USAGE = `usage: [PORT=8787] npm run adopt -- --tracker SLUG --file FILE [--time-zone NAME] [--check] [--replay] ${CONSOLE_USAGE}`;
/** The ledger adopts thousands a second; where it takes longer, it is down. */
const MOST_WAITS = 150;
const WAIT_MS = 2_000;

await runCommand(run, { failure: "The clicks could not be adopted", usage: USAGE });

/** True where every row is adopted, or with `--check` can be. */
async function run(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      tracker: { type: "string" },
      file: { type: "string" },
      "time-zone": { type: "string" },
      check: { type: "boolean", default: false },
      replay: { type: "boolean", default: false },
      ...CONSOLE_OPTIONS,
    },
  });
  const { tracker, file, check, replay, "time-zone": timeZone } = values;
  if (!tracker || !file) throw new Error(`name the tracker and the file. ${USAGE}`);
  if (check && replay) throw new Error(`--check sends nothing that could be replayed. ${USAGE}`);
  const fetchConsole = await findConsole(values);
  const asked = { fetchConsole, file: userPath(file), tracker, timeZone, sleep, tell: console.log };
  const { rows, adopted, known, refused, reasons } = await runAdoption({ ...asked, isCheck: check });
  console.log(
    `${rows} rows: ${adopted} ${check ? "would be adopted" : "given to the ledger"}, ${known} adopted before, ${refused} not.`,
  );
  for (const [reason, { count, message }] of reasons) console.log(`  ${reason}, rows: ${count}. ${message}`);
  if (refused > 0) console.log(`  each of them stands in ${rejectedPath(asked.file)}`);
  if (replay) await replayWaiting(asked);
  return refused === 0;
}

/** Once all of the file is adopted: what names a click that is not is left as it is, so that too early would be for nothing. */
async function replayWaiting(asked: Omit<Parameters<typeof runAdoption>[0], "isCheck">): Promise<void> {
  for (let waits = 0; ; waits++) {
    const { adopted } = await runAdoption({ ...asked, isCheck: true, isQuiet: true });
    if (adopted === 0) break;
    if (waits === MOST_WAITS)
      throw new Error(
        `the ledger has not adopted ${adopted} of the clicks yet: run npm run replay -- --reason foreign_unknown later`,
      );
    await sleep(WAIT_MS);
  }
  const what = { reason: "foreign_unknown", tracker: asked.tracker };
  const { queued, skipped } = await replayAll(asked.fetchConsole, what, { sleep, tell: console.log });
  console.log(
    `Queued again, of the postbacks that had waited: ${queued}; ${skipped} name clicks that are still unknown.`,
  );
}
