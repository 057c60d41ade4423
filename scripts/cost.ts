/**
 * `npm run cost -- --clicks 1e9 --conversions 1e7`: what a month of them costs at Cloudflare's list prices, part by part and per million, from what was counted on
 * this code: `bench/counters.json` of `npm run bench` and `bench/growth.json` of `npm run growth`; beside it what trackers charge.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Counters, countUsage } from "./bench/counters.ts";
import { billOf, type Line, type Stored, sumOf, type Volume } from "./cost/bill.ts";
import { TRACKERS } from "./cost/prices.ts";
import { ROOT } from "./sections.ts";
import { inTemporaryDirectory } from "./temporary-directory.ts";

const USAGE = "usage: npm run cost -- [--clicks 1e9] [--conversions 1e7]";
const COUNTERS = join(ROOT, "bench/counters.json");
const GROWTH = join(ROOT, "bench/growth.json");
const MILLION = 1_000_000;

process.env.WRANGLER_LOG ??= "error";
const { values } = parseArgs({
  options: { clicks: { type: "string", default: "1e9" }, conversions: { type: "string", default: "1e7" } },
});
const volume: Volume = { clicks: Number(values.clicks), conversions: Number(values.conversions) };
if (!(volume.clicks >= 0) || !(volume.conversions >= 0) || volume.clicks + volume.conversions === 0) {
  console.error(USAGE);
  process.exit(2);
}
print(volume, billOf(volume, await counters(), stored()));

/** What the last benchmark counted; where there was none, the counts alone are made now. */
async function counters(): Promise<Counters> {
  if (existsSync(COUNTERS)) {
    const kept: Counters & { date: string; machine: string } = JSON.parse(readFileSync(COUNTERS, "utf8"));
    console.log(`Counted on ${kept.date}: ${kept.machine}`);
    return kept;
  }
  console.log("There is no bench/counters.json: counting now, without CPU, which npm run bench measures.");
  return inTemporaryDirectory("clickback-cost-", (directory) => countUsage(directory, {}));
}

/** Null where nothing was measured: then storage is left out. */
function stored(): Stored | null {
  if (!existsSync(GROWTH)) {
    console.log("There is no bench/growth.json: storage is left out.");
    return null;
  }
  const { sizes }: { sizes: Stored } = JSON.parse(readFileSync(GROWTH, "utf8"));
  return sizes;
}

function print({ clicks, conversions }: Volume, lines: readonly Line[]): void {
  console.log(
    `\n${count(clicks)} clicks and ${count(conversions)} conversions a month, at list prices, beyond what the plan includes\n`,
  );
  for (const [of, number] of [
    ["clicks", clicks],
    ["conversions", conversions],
  ] as const) {
    const own = lines.filter((line) => line.of === of);
    if (own.length === 0) continue;
    console.log(`${of.padEnd(30)}${"quantity".padStart(18)}${"a month".padStart(14)}${"per million".padStart(14)}`);
    for (const { part, quantity, dollars } of own) console.log(row(`  ${part}`, count(quantity), dollars, number));
    console.log(`${row("  together", "", sumOf(own), number)}\n`);
  }
  const events = clicks + conversions;
  console.log(row("all", "", sumOf(lines), events));
  console.log("\nTrackers charge, for a million events:");
  const own = (sumOf(lines) / events) * MILLION;
  for (const { name, least, most } of TRACKERS) {
    const price = least === most ? `$${least}` : `$${least}–${most}`;
    console.log(
      `  ${name.padEnd(30)}${price.padStart(10)}, ${times(least / own)}${least === most ? "" : ` to ${times(most / own)}`}`,
    );
  }
}

function row(name: string, quantity: string, dollars: number, number: number): string {
  const million = `$${((dollars / number) * MILLION).toFixed(2)}`;
  return `${name.padEnd(30)}${quantity.padStart(18)}${`$${dollars.toFixed(2)}`.padStart(14)}${million.padStart(14)}`;
}

function times(factor: number): string {
  return `${factor >= 10 ? Math.round(factor) : factor.toFixed(1)} times as much`;
}

function count(number: number): string {
  return number.toLocaleString("en-US", { maximumFractionDigits: number < 100 ? 2 : 0 });
}
