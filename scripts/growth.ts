/**
 * `npm run growth`: what the same work costs in a large system and in a small one, by turns, printed as ratios large/small; what it costs over a day of many
 * clicks, in milliseconds; and how much of a processor a round of signals takes. Clicks come through the ledger, conversions by SQL. Ends with an error when a figure that must hold does not. A whole part is kept in
 * `bench/growth.json` and shown in docs/scale.md; a quick one, or a smaller one, only prints.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { measureSignals } from "../test/growth/signals.ts";
import { describeMachine } from "./bench/machine.ts";
import { insertBetween } from "./bench/results.ts";
import { digits } from "./bench/rows.ts";
import { type BusyDay, type DayFigures, measureDay, startBusyDay } from "./growth/busy-day.ts";
import { measureExports } from "./growth/exports.ts";
import { limitResult, limitTable } from "./growth/limits.ts";
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
const DAY_CLICKS = 20_000_000;
/** Fewer than are looked up make no day. */
const LEAST_DAY_CLICKS = 1_000;
const QUICK_DAY_CLICKS = 100_000;
/** Exported rows that all others are compared with. */
const FEW = 10_000;
/** Few, so that the small system stays small. */
const BATCHES = 3;
/** A Worker has 128 MB for all that it holds; what is outside V8's old space needs some of it. */
const HEAP_MB = 96;
const GIGABYTE = 1_000_000_000;
/** Where a D1 database and an object end. */
const FULL_BYTES = 10 * GIGABYTE;
const PARTS = ["day", "systems", "signals"];
const SIGNALS = { conversions: 1_000_000, clicks: 50_000_000 };
const QUICK_SIGNALS = { conversions: 50_000, clicks: 2_500_000 };
/** A round of signals over these takes no more of a processor; and no run of the cron more than the platform lets it. */
const MOST_ROUND_S = 60;
const MOST_RUN_S = 30;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    dir: { type: "string" },
    only: { type: "string" },
    "day-clicks": { type: "string" },
  },
});
const rounds = values.quick ? 5 : 9;
const dayRounds = 7;
const exportRounds = 5;
process.env.WRANGLER_LOG ??= "error";
// An isolate that needs more is ended, as on the platform.
process.env.MINIFLARE_WORKERD_V8_FLAGS = `--max-old-space-size=${HEAP_MB}`;

const sizes = values.quick ? QUICK_SIZES : SIZES;
const dayClicks = Number(values["day-clicks"] ?? (values.quick ? QUICK_DAY_CLICKS : DAY_CLICKS));
if (!Number.isSafeInteger(dayClicks) || dayClicks < LEAST_DAY_CLICKS)
  throw new Error(`--day-clicks is a whole number from ${count(LEAST_DAY_CLICKS)} on, and not ${values["day-clicks"]}`);
if (values.only !== undefined && !PARTS.includes(values.only))
  throw new Error(`--only is one of ${PARTS.join(", ")}, and not ${values.only}`);
// A directory that is named is kept, and what it holds is not seeded again.
const holds =
  values.dir === undefined
    ? await inTemporaryDirectory("clickback-growth-", growIn)
    : await growIn(resolve(values.dir));
process.exitCode = holds ? 0 : 1;

/** True when everything holds that must. One part after the other, so that neither takes the other's processors. */
async function growIn(directory: string): Promise<boolean> {
  const isAsked = (part: string) => values.only === undefined || values.only === part;
  const [day, systems, signals] = [
    !isAsked("day") || (await growDay(join(directory, "day"))),
    !isAsked("systems") || (await growSystems(directory)),
    !isAsked("signals") || (await growSignals()),
  ];
  return day && systems && signals;
}

/** A round of signals, in this process with its database: printed, and held to its limits. */
async function growSignals(): Promise<boolean> {
  const size = values.quick ? QUICK_SIGNALS : SIGNALS;
  const { conversions, clicks, affiliates, found, runs, wholeS, nextS, mostRunS } = await measureSignals(
    size.conversions,
    size.clicks,
  );
  console.log(
    `signals over ${count(conversions)} conversions and ${count(clicks)} clicks of ${count(affiliates)} affiliates: ${found} speak`,
  );
  return tellBroken(
    [
      { name: "a whole round", seconds: wholeS, mostS: MOST_ROUND_S },
      { name: `its longest run of ${runs}`, seconds: mostRunS, mostS: MOST_RUN_S },
      { name: "a round after it", seconds: nextS, mostS: MOST_ROUND_S },
    ].map(({ name, seconds, mostS }) => {
      const told = `${seconds.toFixed(1)} s of a processor, user and system`;
      console.log(`${name}: ${told}`);
      return { name, found: told, goal: `≤ ${mostS} s`, holds: seconds <= mostS };
    }),
  );
}

async function growDay(directory: string): Promise<boolean> {
  const startedMs = performance.now();
  const day = await startBusyDay(directory, dayClicks);
  try {
    tellSeeded(`a day of ${count(dayClicks)} clicks is there`, startedMs);
    return await showDay(day);
  } finally {
    await day.system.cast.stop();
  }
}

async function showDay(day: BusyDay): Promise<boolean> {
  const figures = await measureDay(day, dayRounds);
  const shown = `${limitTable(figures.rows)}\n\n${bytesTable([dayLine(figures)])}`;
  console.log(`\n${shown}\n\n${describeMachine()}; ${dayRounds} rounds`);
  if (dayClicks === DAY_CLICKS) keepDay(figures, shown);
  return tellBroken(figures.rows.map(limitResult).map((row) => ({ ...row, found: `${row.ms} ms` })));
}

function dayLine({ bytesPerClick }: DayFigures): string {
  return bytesLine("a click in its day's object, every second one a first visit, with what counts them", bytesPerClick);
}

async function growSystems(directory: string): Promise<boolean> {
  const worlds: World[] = [];
  try {
    return await grow(worlds, directory);
  } finally {
    for (const { cast } of worlds) await cast.stop();
  }
}

async function grow(worlds: World[], directory: string): Promise<boolean> {
  for (const size of sizes) {
    const startedMs = performance.now();
    worlds.push(await startWorld(join(directory, String(size.clicks)), size));
    tellSeeded(`${count(size.clicks)} clicks and ${count(size.conversions)} conversions are there`, startedMs);
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
  if (!values.quick) keepSystems(rows, stored, shown);
  return tellBroken(rows.map(resultOf).map((row) => ({ ...row, found: String(row.ratio) })));
}

function tellSeeded(what: string, startedMs: number): void {
  console.log(`${what} after ${Math.round((performance.now() - startedMs) / 1_000)} s`);
}

/** True where nothing is broken. */
function tellBroken(results: readonly { name: string; found: string; goal: string; holds: boolean }[]): boolean {
  const broken = results.filter((row) => !row.holds);
  for (const { name, found, goal } of broken) console.error(`${name}: ${found} does not hold ${goal}`);
  return broken.length === 0;
}

function keepDay({ rows, bytesPerClick }: DayFigures, shown: string): void {
  const kept = { ...measuredHere(), rounds: dayRounds, rows: rows.map(limitResult), bytesPerClick };
  keep("day", kept);
  insert("docs/scale.md", "growth-day", `${shown}\n\n${measuredLine(dayRounds)}`);
}

function keepSystems(rows: readonly GrowthRow[], sizes: Sizes, shown: string): void {
  keep("systems", { ...measuredHere(), rounds, rows: rows.map(resultOf), sizes });
  insert("docs/scale.md", "growth", `${shown}\n\n${measuredLine(rounds)}`);
  const report = rows.find(({ comparison }) => comparison.atMost !== undefined);
  if (report)
    insert(
      "README.md",
      "growth",
      `With a thousand times the clicks behind it, a month's report by affiliate and day costs ${digits(report.ratio.ratio)} times as much; what else grows, and where it ends: [docs/scale.md](docs/scale.md).`,
    );
}

function measuredHere(): { date: string; machine: string } {
  return { date: new Date().toISOString().slice(0, 10), machine: describeMachine() };
}

function measuredLine(rounds: number): string {
  const { date, machine } = measuredHere();
  return `Measured on ${date}: ${machine}; ${rounds} rounds.`;
}

/** Each part keeps its own, so that one can be measured without the other. */
function keep(part: "day" | "systems", kept: object): void {
  const path = join(ROOT, "bench/growth.json");
  const both = { ...JSON.parse(readFileSync(path, "utf8")), [part]: kept };
  writeFileSync(path, `${JSON.stringify(both, null, 2)}\n`);
}

function insert(file: string, mark: string, text: string): void {
  const path = join(ROOT, file);
  writeFileSync(path, insertBetween(readFileSync(path, "utf8"), mark, text));
}

function sizeTable({ conversion, objectConversion }: Sizes): string {
  return bytesTable([
    bytesLine(
      "a conversion (pending, then approved) in the databases of books and log, with entries and rollups",
      conversion,
    ),
    bytesLine("the same in its advertiser's object", objectConversion),
  ]);
}

function bytesTable(lines: readonly string[]): string {
  return ["| what is stored | bytes each | in 10 GB |", "| --- | --- | --- |", ...lines].join("\n");
}

function bytesLine(what: string, bytes: number): string {
  return `| ${what} | ${count(bytes)} | ${count(Math.floor(FULL_BYTES / bytes / 10_000) * 10_000)} |`;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
