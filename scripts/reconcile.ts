/** `npm run reconcile -- FILE.csv --advertiser SLUG`: holds an advertiser's own list against the books; the differences as CSV, and a summary. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { isRecord } from "./console-api.ts";
import { findConsole } from "./sender/console.ts";
import { describeFailure } from "./sender/failure.ts";

const USAGE =
  "usage: npm run reconcile -- FILE.csv --advertiser SLUG [--from TIME] [--to TIME] [--clock received|clicked|occurred] [--out FILE] [--url CONSOLE-ORIGIN] [--state DIR]; the console's token as CONSOLE_TOKEN";

try {
  process.exitCode = (await run()) === 0 ? 0 : 1;
} catch (error) {
  console.error(describeFailure("The file cannot be reconciled", error, USAGE));
  process.exitCode = 2;
}

/** How many differences there are. */
async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      advertiser: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
      clock: { type: "string" },
      out: { type: "string" },
      url: { type: "string" },
      state: { type: "string" },
    },
  });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) throw new Error(`name one file. ${USAGE}`);
  const { advertiser, from, to, clock, out } = values;
  if (!advertiser) throw new Error(`name the advertiser with --advertiser. ${USAGE}`);
  const said = Object.entries({ advertiser, from, to, clock, format: "csv" });
  const query = new URLSearchParams(said.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  const fetchConsole = await findConsole(values, process.env);
  const answer = await fetchConsole(`/api/reconcile?${query}`, {
    method: "POST",
    headers: { "content-type": "text/csv" },
    body: readFileSync(pathOf(name), "utf8"),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(text);
  if (out === undefined) process.stdout.write(text);
  else writeFileSync(pathOf(out), text);
  return tell(answer.headers.get("x-summary") ?? "{}");
}

/** The summary goes to where the CSV does not. */
function tell(summary: string): number {
  const read: unknown = JSON.parse(summary);
  const { orders, agreeing, unreadable, counts } = isRecord(read) ? read : {};
  console.error(`${orders} orders in the file, ${agreeing} agree with the books.`);
  const differences = Object.entries(isRecord(counts) ? counts : {}).map(([kind, count]) => ({
    kind,
    count: Number(count),
  }));
  for (const { kind, count } of differences) if (count > 0) console.error(`  ${kind.replaceAll("_", " ")}: ${count}`);
  if (Number(unreadable) > 0) console.error(`  lines that could not be read: ${unreadable}`);
  return differences.reduce((sum, { count }) => sum + count, Number(unreadable));
}

/** As the user named it: from where npm was called. */
function pathOf(name: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), name);
}
