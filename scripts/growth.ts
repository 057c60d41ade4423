/**
 * `npm run growth`: what the same work costs in a large system and in a small one, by turns; printed as ratios large/small. The systems are filled by SQL. Ends with
 * an error when a ratio that must hold does not. A whole run is kept in `bench/growth.json` and shown in docs/scale.md; a quick one only prints.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "./bench/machine.ts";
import { insertBetween } from "./bench/results.ts";
import { digits } from "./bench/rows.ts";
import { measureExports } from "./growth/exports.ts";
import { measureReports } from "./growth/reports.ts";
import { type GrowthRow, growthTable, resultOf } from "./growth/rows.ts";
import { measureSettling } from "./growth/settling.ts";
import { measureSizes, type Sizes } from "./growth/sizes.ts";
import { type Size, startWorld, type World } from "./growth/world.ts";
import { ROOT } from "./sections.ts";
import { inTemporaryDirectory } from "./temporary-directory.ts";

const SIZES: readonly Size[] = [
  { clicks: 10_000, conversions: 1_000 },
  { clicks: 1_000_000, conversions: 100_000 },
  { clicks: 10_000_000, conversions: 1_000_000 },
];
const QUICK_SIZES: readonly Size[] = [
  { clicks: 10_000, conversions: 1_000 },
  { clicks: 100_000, conversions: 5_000 },
  { clicks: 300_000, conversions: 20_000 },
];
/** Exported rows that all others are compared with. */
const FEW = 10_000;
/** Few, so that the small system stays small. */
const BATCHES = 3;
/** A Worker has 128 MB for all that it holds; what is outside V8's old space needs some of it. */
const HEAP_MB = 96;
const GIGABYTE = 1_000_000_000;
/** Where a D1 database and an object end. */
const FULL_BYTES = 10 * GIGABYTE;

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false }, dir: { type: "string" } } });
const rounds = values.quick ? 5 : 9;
const exportRounds = 5;
process.env.WRANGLER_LOG ??= "error";
// An isolate that needs more is ended, as on the platform.
process.env.MINIFLARE_WORKERD_V8_FLAGS = `--max-old-space-size=${HEAP_MB}`;

const sizes = values.quick ? QUICK_SIZES : SIZES;
// A directory that is named is kept, and what it holds is not seeded again.
const holds =
  values.dir === undefined
    ? await inTemporaryDirectory("clickback-growth-", growIn)
    : await growIn(resolve(values.dir));
process.exitCode = holds ? 0 : 1;

async function growIn(directory: string): Promise<boolean> {
  const worlds: World[] = [];
  try {
    return await grow(worlds, directory);
  } finally {
    for (const { cast } of worlds) await cast.stop();
  }
}

/** True when everything holds that must. */
async function grow(worlds: World[], directory: string): Promise<boolean> {
  for (const size of sizes) {
    const startedMs = performance.now();
    worlds.push(await startWorld(join(directory, String(size.clicks)), size));
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    console.log(`${count(size.clicks)} clicks and ${count(size.conversions)} conversions are there after ${seconds} s`);
  }
  const [small, large] = [worlds.at(0), worlds.at(-1)];
  if (!small || !large) return false;
  const rows: GrowthRow[] = [];
  for (const part of [
    () => measureReports(worlds, rounds),
    () => measureSettling(worlds, rounds, BATCHES),
    () => measureExports(large, FEW, exportRounds),
  ]) {
    const measured = await part();
    for (const { name, ratio, min, max, goal } of measured.map(resultOf))
      console.log(`${name.padEnd(30)} ${ratio} (${min}–${max}), ${goal}`);
    rows.push(...measured);
  }
  const stored = await measureSizes(small, large);
  const shown = `${growthTable(rows)}\n\n${sizeTable(stored)}`;
  console.log(`\n${shown}\n\n${describeMachine()}; ${rounds} rounds`);
  const results = rows.map(resultOf);
  if (!values.quick) keep(rows, stored, shown);
  const broken = results.filter((row) => !row.holds);
  for (const { name, ratio, goal } of broken) console.error(`${name}: ${ratio} does not hold ${goal}`);
  return broken.length === 0;
}

function keep(rows: readonly GrowthRow[], sizes: Sizes, shown: string): void {
  const date = new Date().toISOString().slice(0, 10);
  const machine = describeMachine();
  const kept = { date, machine, rounds, rows: rows.map(resultOf), sizes };
  writeFileSync(join(ROOT, "bench/growth.json"), `${JSON.stringify(kept, null, 2)}\n`);
  insert("docs/scale.md", `${shown}\n\nMeasured on ${date}: ${machine}; ${rounds} rounds.`);
  const report = rows.find(({ comparison }) => comparison.atMost !== undefined);
  if (report)
    insert(
      "README.md",
      `With a thousand times the clicks behind it, a month's report by affiliate and day costs ${digits(report.ratio.ratio)} times as much; what else grows, and where it ends: [docs/scale.md](docs/scale.md).`,
    );
}

function insert(file: string, text: string): void {
  const path = join(ROOT, file);
  writeFileSync(path, insertBetween(readFileSync(path, "utf8"), "growth", text));
}

function sizeTable({ click, conversion, objectConversion }: Sizes): string {
  const line = (what: string, bytes: number) =>
    `| ${what} | ${count(bytes)} | ${count(Math.floor(FULL_BYTES / bytes / 10_000) * 10_000)} |`;
  return [
    "| what is stored | bytes each | in 10 GB |",
    "| --- | --- | --- |",
    line("a click in the click log's database", click),
    line(
      "a conversion (pending, then approved) in the databases of books and log, with entries and rollups",
      conversion,
    ),
    line("the same in its advertiser's object", objectConversion),
  ].join("\n");
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
