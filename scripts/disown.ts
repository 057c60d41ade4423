/** `npm run disown`: counts what a version of an advertiser's credentials vouched for since a time, and takes it back. */
import { parseArgs } from "node:util";
import { printSome, runCommand } from "./command.ts";
import { disownAll } from "./disown/pages.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";

const USAGE = `usage: [PORT=8787] npm run disown -- --advertiser SLUG --version N --since TIME [--dry-run] ${CONSOLE_USAGE}`;

await runCommand(run, { failure: "Not all could be taken back; the same command goes on", usage: USAGE });

async function run(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      advertiser: { type: "string" },
      version: { type: "string" },
      since: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      ...CONSOLE_OPTIONS,
    },
  });
  const { advertiser, version, since } = values;
  if (!advertiser || !since || !/^\d+$/.test(version ?? ""))
    throw new Error(`say --advertiser, --version and --since. ${USAGE}`);
  const fetchConsole = await findConsole(values);
  const what = { advertiser, version: Number(version), since };
  const counted = await disownAll(fetchConsole, { ...what, dryRun: true });
  console.log(`Version ${version} made or approved ${counted.disowned.length} conversions since ${since}:`);
  for (const [currency, { amount, revenue, payout }] of counted.sums)
    console.log(`  ${currency}: amount ${amount}, revenue ${revenue}, payout ${payout}`);
  printSome(counted.disowned);
  if (counted.changed.length > 0) {
    console.log(`${counted.changed.length} more it only changed. They stay as they are; look at them in the console:`);
    printSome(counted.changed);
  }
  if (counted.untold > 0) console.log(`${counted.untold} conversions since then do not say who vouched for them.`);
  if (values["dry-run"]) return true;
  const { queued } = await disownAll(fetchConsole, { ...what, dryRun: false });
  console.log(`${queued} corrections were queued. In a moment this command finds nothing more.`);
  return true;
}
