/** `npm run replay`: has messages that failed, or that were rejected for a reason, sent to the ledger again. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";
import { type Replay, replayAll } from "./replay/pages.ts";

const USAGE = `usage: [PORT=8787] npm run replay -- --failed | --reason REASON [--since TIME] [--tracker SLUG] ${CONSOLE_USAGE}`;

await runCommand(run, { failure: "The replay stopped", usage: USAGE });

async function run(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      failed: { type: "boolean", default: false },
      reason: { type: "string" },
      since: { type: "string" },
      tracker: { type: "string" },
      ...CONSOLE_OPTIONS,
    },
  });
  const { failed, reason, since, tracker } = values;
  if (failed === (reason !== undefined)) throw new Error(`say either --failed or --reason. ${USAGE}`);
  if (failed && since !== undefined) throw new Error(`--since goes with --reason. ${USAGE}`);
  const within = { ...(since !== undefined && { since }), ...(tracker !== undefined && { tracker }) };
  const what: Replay = reason === undefined ? { failed: true } : { reason, ...within };
  const fetchConsole = await findConsole(values);
  const { queued, skipped } = await replayAll(fetchConsole, what, { sleep, tell: console.log });
  const left = failed
    ? "they stay in the archive, under failed/"
    : "what names nothing needs a mapping, an unknown click its import, and a correction is made anew in the console";
  console.log(`${queued} messages were queued again${skipped > 0 ? `, ${skipped} could not be: ${left}` : ""}.`);
  return true;
}
