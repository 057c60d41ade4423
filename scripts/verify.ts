/** `npm run verify`: holds the books in D1, and the postback log beside them, against the objects that own them, these against their journals, and all against the signed log, and says where they disagree; `--repair` has rows of D1 written anew. */
import { parseArgs } from "node:util";
import { printSome, runCommand } from "./command.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";
import { checkJournals } from "./journal-check.ts";
import { checkLog, tellGoneBack } from "./log-check.ts";
import { tellUnsaid } from "./rebuild/restored.ts";
import { linesOf, MIN_AGE_S, repairBooks, verifyBooks } from "./verification.ts";

const USAGE = `usage: [PORT=8787] npm run verify -- [--repair] [--min-age SECONDS] ${CONSOLE_USAGE}`;

await runCommand(verify, { failure: "The books cannot be verified", usage: USAGE });

/** True when nothing disagrees. */
async function verify(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      repair: { type: "boolean", default: false },
      "min-age": { type: "string", default: String(MIN_AGE_S) },
      ...CONSOLE_OPTIONS,
    },
  });
  const minAgeS = Number(values["min-age"]);
  if (!Number.isInteger(minAgeS) || minAgeS < 0) throw new Error(`--min-age takes whole seconds. ${USAGE}`);
  const fetchConsole = await findConsole(values);
  const report = await verifyBooks(fetchConsole, minAgeS);
  const passedOver = minAgeS === 0 ? "" : ` What was settled in the last ${minAgeS} seconds was passed over.`;
  console.log(`${report.checked} rows looked at, ${report.disagreements.length} disagreements.${passedOver}`);
  for (const line of linesOf(report)) console.log(line);
  const journal = await checkJournals(fetchConsole);
  console.log(`journal: ${journal.rows} rows looked at, ${journal.findings.length || "no"} findings.`);
  printSome(journal.findings.map(({ advertiser, what, name, why }) => `${advertiser}  ${what} ${name}: ${why}`));
  const log = await checkLog(fetchConsole);
  console.log(
    `signed log: ${log.size} minutes, ${log.checkpoints} checkpoints looked at, ${log.findings.length || "no"} findings.`,
  );
  for (const line of [...tellGoneBack(log), ...log.unsaid.map(tellUnsaid)]) console.log(line);
  printSome(log.findings.map(({ what, name, why }) => `${what} ${name}: ${why}`));
  printSome(
    report.disagreements.map(({ advertiser, table, key, what, columns }) => {
      const where = columns.length > 0 ? ` (${columns.join(", ")})` : "";
      return `${advertiser}  ${table} ${key}: ${what}${where}`;
    }),
  );
  if (report.disagreements.length === 0)
    return report.silent.length === 0 && journal.findings.length + log.findings.length === 0;
  if (!values.repair) console.log("Have these rows written anew from the objects with: npm run verify -- --repair");
  else {
    await repairBooks(fetchConsole, report);
    console.log("Asked the ledger to write these rows anew; look again in a minute.");
  }
  return false;
}
