/** `npm run reconcile -- FILE.csv --advertiser SLUG`: holds an advertiser's own list against the books; the differences as CSV, and a summary. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isRecord } from "../workers/core/is-record.ts";
import { onlyFile, runCommand, userPath } from "./command.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";

const USAGE = `usage: npm run reconcile -- FILE.csv --advertiser SLUG [--from TIME] [--to TIME] [--clock received|clicked|occurred] [--out FILE] ${CONSOLE_USAGE}`;

await runCommand(run, { failure: "The file cannot be reconciled", usage: USAGE });

/** True when nothing differs. */
async function run(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      advertiser: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
      clock: { type: "string" },
      out: { type: "string" },
      ...CONSOLE_OPTIONS,
    },
  });
  const file = onlyFile(positionals, USAGE);
  const { advertiser, from, to, clock, out } = values;
  if (!advertiser) throw new Error(`name the advertiser with --advertiser. ${USAGE}`);
  const said = Object.entries({ advertiser, from, to, clock, format: "csv" });
  const query = new URLSearchParams(said.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  const fetchConsole = await findConsole(values);
  const answer = await fetchConsole(`/api/reconcile?${query}`, {
    method: "POST",
    headers: { "content-type": "text/csv" },
    body: readFileSync(file, "utf8"),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(text);
  if (out === undefined) process.stdout.write(text);
  else writeFileSync(userPath(out), text);
  return tell(answer.headers.get("x-summary") ?? "{}");
}

/** The summary goes to where the CSV does not. */
function tell(summary: string): boolean {
  const read: unknown = JSON.parse(summary);
  const { orders, agreeing, unreadable, counts } = isRecord(read) ? read : {};
  console.error(`${orders} orders in the file, ${agreeing} agree with the books.`);
  const differences = Object.entries(isRecord(counts) ? counts : {}).map(([kind, count]) => ({
    kind,
    count: Number(count),
  }));
  for (const { kind, count } of differences) if (count > 0) console.error(`  ${kind.replaceAll("_", " ")}: ${count}`);
  if (Number(unreadable) > 0) console.error(`  lines that could not be read: ${unreadable}`);
  return Number(unreadable) === 0 && differences.every(({ count }) => count === 0);
}
