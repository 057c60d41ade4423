/** `npm run replay`: has messages that failed, or that were rejected for a reason, sent to the ledger again; or only looks at what other rules would make of a period. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import type { ConsoleFetch } from "./console-api.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";
import { type Replay, replayAll } from "./replay/pages.ts";
import { applyWhatIf, dropWhatIf, lookByFile } from "./replay/what-if.ts";

const USAGE = `usage: [PORT=8787] npm run replay -- --failed | --reason REASON [--since TIME] [--tracker SLUG]
       | --what-if FILE.json | --apply NUMBER --note TEXT | --drop NUMBER ${CONSOLE_USAGE}`;

await runCommand(run, { failure: "The replay stopped", usage: USAGE });

async function run(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      failed: { type: "boolean", default: false },
      reason: { type: "string" },
      since: { type: "string" },
      tracker: { type: "string" },
      "what-if": { type: "string" },
      apply: { type: "string" },
      note: { type: "string" },
      drop: { type: "string" },
      ...CONSOLE_OPTIONS,
    },
  });
  const { failed, reason, since, tracker, "what-if": file, apply, note, drop } = values;
  const asked = [failed || undefined, reason, file, apply, drop].filter((one) => one !== undefined);
  if (asked.length !== 1)
    throw new Error(`say either --failed or --reason, or one of --what-if, --apply and --drop. ${USAGE}`);
  const fetchConsole = await findConsole(values);
  if (file !== undefined) await lookByFile(fetchConsole, file, console.log);
  else if (drop !== undefined) await dropWhatIf(fetchConsole, drop, console.log);
  else if (apply !== undefined) {
    if (note === undefined) throw new Error(`say why by --note: it stands in every account for ever. ${USAGE}`);
    await applyWhatIf(fetchConsole, apply, note, console.log);
  } else {
    if (failed && since !== undefined) throw new Error(`--since goes with --reason. ${USAGE}`);
    const within = { ...(since !== undefined && { since }), ...(tracker !== undefined && { tracker }) };
    await sendAgain(fetchConsole, reason === undefined ? { failed: true } : { reason, ...within });
  }
  return true;
}

async function sendAgain(fetchConsole: ConsoleFetch, what: Replay): Promise<void> {
  const { queued, skipped } = await replayAll(fetchConsole, what, { sleep, tell: console.log });
  const left =
    "failed" in what
      ? "they stay in the archive, under failed/"
      : "what names nothing needs a mapping, an unknown click its import, and a correction is made anew in the console";
  console.log(`${queued} messages were queued again${skipped > 0 ? `, ${skipped} could not be: ${left}` : ""}.`);
}
