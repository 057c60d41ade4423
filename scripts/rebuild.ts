/** `npm run rebuild`: what was lost is made anew. `--rows`: rows of D1 from the objects; `--objects`: an advertiser's object from the archive of its commands; `--restored` says in the signed log that D1 was restored. Without `--yes` it only looks. */
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import type { FullFetch } from "./console-api.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";
import { checkJournals } from "./journal-check.ts";
import { readArchive, readState, rebuildObject, repairRows } from "./rebuild/rebuilding.ts";
import { readRestorations, sayRestored } from "./rebuild/restored.ts";
import { linesOf, type Report, verifyBooks } from "./verification.ts";

const USAGE = `usage: [PORT=8787] npm run rebuild -- --rows [--advertiser SLUG] [--yes SLUG|all] | --objects --advertiser SLUG [--over] [--yes SLUG] | --restored [--yes books] ${CONSOLE_USAGE}`;

await runCommand(run, { failure: "The rebuilding stopped", usage: USAGE });

async function run(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      rows: { type: "boolean", default: false },
      objects: { type: "boolean", default: false },
      restored: { type: "boolean", default: false },
      over: { type: "boolean", default: false },
      advertiser: { type: "string" },
      yes: { type: "string" },
      ...CONSOLE_OPTIONS,
    },
  });
  const { rows, objects, restored, over, advertiser, yes } = values;
  if ([rows, objects, restored].filter(Boolean).length !== 1)
    throw new Error(`say one of --rows, --objects and --restored. ${USAGE}`);
  if (restored && advertiser !== undefined) throw new Error(`--restored is about all advertisers. ${USAGE}`);
  if (objects && advertiser === undefined) throw new Error(`--objects takes one --advertiser. ${USAGE}`);
  if (over && !objects) throw new Error(`--over goes with --objects. ${USAGE}`);
  const meant = restored ? "books" : (advertiser ?? "all");
  if (yes !== undefined && yes !== meant)
    throw new Error(`--yes says what is meant: write --yes ${meant}, or leave it out to look`);
  const fetchConsole = await findConsole(values);
  if (restored) return tellRestored(fetchConsole, yes !== undefined);
  if (objects && advertiser !== undefined) return rebuildOne(fetchConsole, advertiser, over, yes !== undefined);
  return rebuildRows(fetchConsole, advertiser, yes !== undefined);
}

/** True where everything that was found is said. */
async function tellRestored(fetchConsole: FullFetch, isMeant: boolean): Promise<boolean> {
  const found = await readRestorations(fetchConsole);
  const unsaid = found.filter(({ saidAt }) => saidAt === null);
  for (const { minutes, row, foundAt, by, saidAt } of found)
    console.log(
      `At ${foundAt}, with ${minutes} minutes published, the database was at row ${row} of the audit log: ${saidAt === null ? "not said yet" : `restored, says ${by}`}.`,
    );
  if (unsaid.length === 0) {
    console.log(
      found.length === 0
        ? "The books' database was not found taken back. The ledger looks every minute."
        : "All is said.",
    );
    return true;
  }
  if (!isMeant) {
    console.log(
      "Only looked. To say in the signed log that it was restored, for good: npm run rebuild -- --restored --yes books",
    );
    return false;
  }
  await sayRestored(fetchConsole);
  console.log("Within a minute the signed log has it, and verify says so from then on.");
  return true;
}

async function rebuildRows(fetchConsole: FullFetch, only: string | undefined, isMeant: boolean): Promise<boolean> {
  const before = await verifyBooks(fetchConsole, isMeant ? 0 : undefined, undefined, only);
  printDifferences(before);
  if (before.disagreements.length === 0) return before.silent.length === 0;
  if (!isMeant) {
    console.log(
      `Only looked. To have these rows written anew from the objects: npm run rebuild -- --rows ${only === undefined ? "--yes all" : `--advertiser ${only} --yes ${only}`}`,
    );
    return false;
  }
  return prove(fetchConsole, await repairRows(fetchConsole, only, console.log));
}

async function rebuildOne(
  fetchConsole: FullFetch,
  advertiser: string,
  over: boolean,
  isMeant: boolean,
): Promise<boolean> {
  const state = await readState(fetchConsole, advertiser);
  console.log(
    `The object holds ${state.messages} messages, ${state.conversions} conversions and ${state.journal} rows of its journal.`,
  );
  if (state.isBeingRebuilt) console.log("It is being rebuilt: what was begun goes on.");
  if (state.complete === null) {
    console.log("The archive has nothing of this advertiser from which it could be made anew.");
    return false;
  }
  const archived = await readArchive(fetchConsole, advertiser, state.complete);
  console.log(
    `The archive holds ${archived.messages} messages, ${archived.conversions} conversions and ${state.archivedJournal} rows of the journal, as of ${state.completeAt}, in ${state.complete} pieces.`,
  );
  const before = await verifyBooks(fetchConsole, 0, undefined, advertiser);
  printDifferences(before);
  const isEmpty = state.messages + state.conversions === 0;
  if (!isMeant) {
    console.log(
      `Only looked. ${isEmpty || state.isBeingRebuilt ? "" : "The object is not empty, so that what it holds has to go first (--over). "}To make it anew: npm run rebuild -- --objects --advertiser ${advertiser}${isEmpty ? "" : " --over"} --yes ${advertiser}`,
    );
    return false;
  }
  const untold = await rebuildObject(fetchConsole, advertiser, over, console.log);
  console.log(
    "If the queue postbacks is paused, resume it now: what is decided once more, and rows of D1, come by it.",
  );
  for (const receipt of untold)
    console.log(`${receipt}: an operator's word; it is to be said anew, the audit log has it`);
  console.log(
    "Within a minute the signed log has it that this journal was made anew, and verify says so from then on.",
  );
  return (await prove(fetchConsole, await repairRows(fetchConsole, advertiser, console.log))) && untold.length === 0;
}

function printDifferences(report: Report): void {
  console.log(`${report.checked} rows looked at, ${report.disagreements.length} differ.`);
  for (const line of linesOf(report)) console.log(line);
  for (const [advertiser, own] of Map.groupBy(report.disagreements, (one) => one.advertiser)) {
    const kinds = Map.groupBy(own, ({ table, what }) => `${table} ${what}`);
    console.log(`  ${advertiser}: ${[...kinds].map(([kind, some]) => `${some.length} ${kind}`).join(", ")}`);
  }
}

/** True where nothing differs any more, and the journals agree. */
async function prove(fetchConsole: FullFetch, report: Report): Promise<boolean> {
  printDifferences(report);
  const journal = await checkJournals(fetchConsole);
  console.log(`journal: ${journal.rows} rows looked at, ${journal.findings.length || "no"} findings.`);
  return report.disagreements.length + report.silent.length + journal.findings.length === 0;
}
