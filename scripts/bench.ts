/**
 * `npm run bench`: our workers against references, in one run on one machine, by turns. Prints every ratio, and ends with an error when one that must hold does not.
 * A whole run is kept in `bench/` and shown in the README; a partial or quick one only prints.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureClicks } from "./bench/click.ts";
import { countUsage } from "./bench/counters.ts";
import { measureDelivering } from "./bench/deliver.ts";
import { createEffort, type Effort } from "./bench/effort.ts";
import { measureExport } from "./bench/export.ts";
import { describeMachine } from "./bench/machine.ts";
import { measurePostbacks } from "./bench/postback.ts";
import { insertBetween, markdownTable, resultRows } from "./bench/results.ts";
import { COMPARISONS, type Findings, isRowName } from "./bench/rows.ts";
import { measureSettling } from "./bench/settle.ts";
import { measureStart } from "./bench/start.ts";
import { ROOT } from "./sections.ts";
import { inTemporaryDirectory } from "./temporary-directory.ts";

const USAGE = `usage: npm run bench -- [--quick] [--only NAME]…, of ${Object.keys(COMPARISONS).join(", ")}`;
const OUT = join(ROOT, "bench");
const README = join(ROOT, "README.md");
/** Each measures its rows on workers of its own, so that none has to do with what the one before it left. */
const PARTS = [
  measureClicks,
  measureStart,
  measurePostbacks,
  measureSettling,
  measureDelivering,
  measureExport,
] as const;

process.env.WRANGLER_LOG ??= "error";
const { values } = parseArgs({
  options: { only: { type: "string", multiple: true, default: [] }, quick: { type: "boolean", default: false } },
});
const only = values.only.filter(isRowName);
if (only.length < values.only.length) {
  console.error(USAGE);
  process.exit(2);
}
const effort = createEffort(only, values.quick);
const startedMs = performance.now();
const findings = await measure(effort);
const rows = resultRows(findings.rows);
const table = markdownTable(findings.rows);
console.log(`\n${table}\n`);
console.log(`${describeMachine()}; ${effort.rounds} rounds; ${Math.round((performance.now() - startedMs) / 1000)} s`);
if (only.length === 0 && !values.quick) await keep();
const broken = rows.filter((row) => !row.holds);
for (const { name, ratio, goal } of broken) console.error(`${name}: ${ratio} does not hold ${goal}`);
process.exitCode = broken.length === 0 ? 0 : 1;

async function measure(effort: Effort): Promise<Findings> {
  const found: Findings = { rows: {}, cpuMs: {} };
  for (const part of PARTS) {
    const { rows, cpuMs } = await inTemporaryDirectory("bench-", (directory) => part(directory, effort));
    Object.assign(found.rows, rows);
    Object.assign(found.cpuMs, cpuMs);
    for (const { name, ratio, min, max, goal } of resultRows(rows))
      console.log(`${name.padEnd(16)} ${ratio} (${min}–${max}), ${goal}`);
  }
  return found;
}

async function keep(): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const machine = describeMachine();
  const counters = await countUsage(findings.cpuMs);
  const shown = `${table}\n\nMeasured on ${date}: ${machine}; ${effort.rounds} rounds.`;
  writeJson("results.json", { date, machine, rounds: effort.rounds, rows });
  writeJson("counters.json", { date, machine, ...counters });
  writeFileSync(join(OUT, "results.md"), `# The last run of the benchmark\n\n${shown}\n`);
  writeFileSync(README, insertBetween(readFileSync(README, "utf8"), "bench", shown));
}

function writeJson(name: string, value: unknown): void {
  writeFileSync(join(OUT, name), `${JSON.stringify(value, null, 2)}\n`);
}
