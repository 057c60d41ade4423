/** `npm run verify`: holds the books in D1 against the objects that own them, and says where they disagree; `--repair` has those rows written anew. */
import { parseArgs } from "node:util";
import { findConsole } from "./sender/console.ts";
import { describeFailure } from "./sender/failure.ts";
import { repairBooks, verifyBooks } from "./verification.ts";

const USAGE =
  "usage: [PORT=8787] npm run verify -- [--repair] [--min-age SECONDS] [--url CONSOLE-ORIGIN] [--state DIR]; the console's token as CONSOLE_TOKEN";
/** What was settled more recently may be on its way from the object to D1. */
const MIN_AGE_S = "300";
const MOST_SHOWN = 50;

try {
  process.exitCode = (await verify()) ? 0 : 1;
} catch (error) {
  console.error(describeFailure("The books cannot be verified", error, USAGE));
  process.exitCode = 2;
}

/** True when nothing disagrees. */
async function verify(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      repair: { type: "boolean", default: false },
      "min-age": { type: "string", default: MIN_AGE_S },
      url: { type: "string" },
      state: { type: "string" },
    },
  });
  const minAgeS = Number(values["min-age"]);
  if (!Number.isInteger(minAgeS) || minAgeS < 0) throw new Error(`--min-age takes whole seconds. ${USAGE}`);
  const fetchConsole = await findConsole(values, process.env);
  const report = await verifyBooks(fetchConsole, minAgeS);
  const passedOver = minAgeS === 0 ? "" : ` What was settled in the last ${minAgeS} seconds was passed over.`;
  console.log(`${report.checked} rows looked at, ${report.disagreements.length} disagreements.${passedOver}`);
  for (const { advertiser, table, key, what, columns } of report.disagreements.slice(0, MOST_SHOWN)) {
    console.log(`  ${advertiser}  ${table} ${key}: ${what}${columns.length > 0 ? ` (${columns.join(", ")})` : ""}`);
  }
  if (report.disagreements.length > MOST_SHOWN) console.log(`  … and ${report.disagreements.length - MOST_SHOWN} more`);
  if (report.disagreements.length === 0) return true;
  if (!values.repair) console.log("Have these rows written anew from the objects with: npm run verify -- --repair");
  else {
    await repairBooks(fetchConsole, report);
    console.log("Asked the ledger to write these rows anew; look again in a minute.");
  }
  return false;
}
