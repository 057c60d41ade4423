/** `npm run set-up`: the nightly copies of the set-up. `--list` names them, `--diff DAY` says how the set-up differs from one, `--restore DAY --yes DAY` brings rows back. */
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";
import { listCopies, readDifferences, restoreSetUp, type TableDifferences } from "./rebuild/set-up-copies.ts";

const USAGE = `usage: [PORT=8787] npm run set-up -- --list | --diff DAY | --restore DAY [--over] [--yes DAY] ${CONSOLE_USAGE}`;

await runCommand(run, { failure: "The copies of the set-up cannot be looked at", usage: USAGE });

/** True when nothing is missing or changed. */
async function run(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      list: { type: "boolean", default: false },
      diff: { type: "string" },
      restore: { type: "string" },
      over: { type: "boolean", default: false },
      yes: { type: "string" },
      ...CONSOLE_OPTIONS,
    },
  });
  const { list, diff, restore, over, yes } = values;
  if ([list, diff !== undefined, restore !== undefined].filter(Boolean).length !== 1)
    throw new Error(`say one of --list, --diff and --restore. ${USAGE}`);
  if (yes !== undefined && yes !== restore)
    throw new Error(`--yes says which copy is meant: write --yes ${restore ?? "DAY"}, with --restore`);
  const fetchConsole = await findConsole(values);
  if (list) {
    const copies = await listCopies(fetchConsole);
    for (const { day, rows, bytes, sha256 } of copies)
      console.log(`${day}  ${rows} rows, ${(bytes / 1_000).toFixed(1)} KB  ${sha256}`);
    if (copies.length === 0) console.log("There is none yet: the first is written after the next 2:00 UTC.");
    return true;
  }
  const day = diff ?? restore ?? "";
  const differences = await readDifferences(fetchConsole, day);
  for (const one of differences) printTable(one);
  const left = differences.filter(({ missing, changed }) => missing + changed > 0).length;
  if (left === 0) console.log(`Of the copy of ${day} nothing is missing, and nothing was changed since.`);
  if (restore === undefined || left === 0) return left === 0;
  if (yes === undefined) {
    console.log(
      `Only looked. To bring back what is missing${over ? ", and what was changed" : " (with --over also what was changed)"}: npm run set-up -- --restore ${day}${over ? " --over" : ""} --yes ${day}`,
    );
    return false;
  }
  console.log(
    `${await restoreSetUp(fetchConsole, day, over)} rows were brought back. The edge hears of them within minutes; at once with: npm run publish`,
  );
  return true;
}

function printTable({
  table,
  missing,
  changed,
  added,
  missingNames,
  changedRows,
  isOnlyAdded,
}: TableDifferences): void {
  if (missing + changed + added === 0) return;
  console.log(
    `${table.padEnd(22)} ${missing} missing, ${changed} changed since${isOnlyAdded && changed > 0 ? " (they stay)" : ""}, ${added} new since`,
  );
  for (const name of missingNames) console.log(`  missing  ${name}`);
  for (const { name, columns } of changedRows) console.log(`  changed  ${name}: ${columns.join(", ")}`);
}
