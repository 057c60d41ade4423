/**
 * `npm run cost -- --clicks 1e9 --conversions 1e7 --deliveries 1e7`: what a month of them costs at Cloudflare's list prices, part by part and per million, from what was counted on
 * this code: `bench/counters.json` of `npm run bench` (`--count` counts anew); beside it what trackers charge.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Counters, countUsage } from "./bench/counters.ts";
import { describeMachine } from "./bench/machine.ts";
import { billOf, type Line, sumOf } from "./cost/bill.ts";
import { commandArchiveCost } from "./cost/command-archive.ts";
import { TRACKERS } from "./cost/prices.ts";
import { type ClickSettings, type Traffic, trafficOf } from "./cost/traffic.ts";
import { configOf, ROOT, readSections } from "./sections.ts";

const USAGE = `usage: npm run cost -- [--clicks 1e9] [--conversions 1e7] [--clicks-per-message N] [--first-visits 0.5] [--links N] [--deliveries N] [--deliveries-per-run 1] [--advertisers 100] [--count]`;
const COUNTERS = join(ROOT, "bench/counters.json");
const MILLION = 1_000_000;

process.env.WRANGLER_LOG ??= "error";
const { values } = parseArgs({
  options: {
    clicks: { type: "string", default: "1e9" },
    conversions: { type: "string", default: "1e7" },
    "clicks-per-message": { type: "string" },
    "first-visits": { type: "string", default: "0.5" },
    links: { type: "string" },
    deliveries: { type: "string" },
    "deliveries-per-run": { type: "string", default: "1" },
    advertisers: { type: "string", default: "100" },
    count: { type: "boolean", default: false },
  },
});
const {
  clicks,
  conversions,
  "clicks-per-message": perMessage,
  "first-visits": firstVisits,
  links,
  deliveries,
} = values;
const said = {
  clicks: Number(clicks),
  conversions: Number(conversions),
  firstVisitShare: Number(firstVisits),
  ...(perMessage !== undefined && { clicksPerMessage: Number(perMessage) }),
  ...(links !== undefined && { links: Number(links) }),
  ...(deliveries !== undefined && { deliveries: Number(deliveries) }),
  deliveriesPerRun: Number(values["deliveries-per-run"]),
};
const { clicksPerMessage = 1 } = said;
const isTraffic =
  [...Object.values(said), Number(values.advertisers)].every((number) => number >= 0) &&
  said.clicks + said.conversions > 0;
if (!isTraffic || said.firstVisitShare > 1 || clicksPerMessage < 1 || said.deliveriesPerRun < 1) {
  console.error(USAGE);
  process.exit(2);
}
const traffic = trafficOf(said, clickSettings());
const counted = await counters();
print(traffic, billOf(traffic, counted));
if (traffic.conversions > 0) {
  printRows(counted.perConversion);
  printCommandArchive(traffic.conversions, Number(values.advertisers));
}

function clickSettings(): ClickSettings {
  const { queues, vars } = configOf(readSections(), "ledger");
  const consumer = queues.consumers?.find(({ queue }) => queue === "clicks");
  return {
    messages: consumer?.max_batch_size ?? 1,
    waitS: consumer?.max_batch_timeout ?? 1,
    hotDays: Number(vars.CLICK_DAYS_HOT),
  };
}

/** What was counted last. Where nothing was, or it is asked for, it is counted now, and kept; CPU stays what the benchmark measured. */
async function counters(): Promise<Counters> {
  const kept: (Counters & { date: string; machine: string }) | null = existsSync(COUNTERS)
    ? JSON.parse(readFileSync(COUNTERS, "utf8"))
    : null;
  if (kept && !values.count) {
    console.log(`Counted on ${kept.date}: ${kept.machine}`);
    return kept;
  }
  console.log(
    kept
      ? "Counting now. CPU is what npm run bench measured last."
      : "Counting now, without CPU, which npm run bench measures.",
  );
  const counted = await countUsage({
    loggedClick: kept?.perClick.cpuMs ?? 0,
    postback: kept?.perPostback.cpuMs ?? 0,
    settledPostback: kept?.perConversion.cpuMs ?? 0,
  });
  const now = { date: new Date().toISOString().slice(0, 10), machine: describeMachine(), ...counted };
  writeFileSync(COUNTERS, `${JSON.stringify(now, null, 2)}\n`);
  return counted;
}

function print(traffic: Traffic, lines: readonly Line[]): void {
  const { clicks, conversions, deliveries, clicksPerMessage, firstVisits, links } = traffic;
  console.log(
    `\n${count(clicks)} clicks, ${count(conversions)} conversions and ${count(deliveries)} deliveries a month, at list prices, beyond what the plan includes`,
  );
  if (clicks > 0)
    console.log(
      `${count(clicksPerMessage)} clicks in a message, ${count(firstVisits)} first visits, ${count(links)} links, countries and devices apart`,
    );
  console.log();
  for (const [of, number] of [
    ["clicks", clicks],
    ["conversions", conversions],
    ["deliveries", deliveries],
  ] as const) {
    const own = lines.filter((line) => line.of === of);
    if (own.length === 0) continue;
    console.log(`${of.padEnd(30)}${"quantity".padStart(18)}${"a month".padStart(14)}${"per million".padStart(14)}`);
    for (const { part, quantity, dollars } of own) console.log(row(`  ${part}`, count(quantity), dollars, number));
    console.log(`${row("  together", "", sumOf(own), number)}\n`);
  }
  const events = clicks + conversions;
  console.log(row("all", "", sumOf(lines), events));
  console.log("\nLeft out: the plan's $5, logs, what is read and written in R2, and what the plan includes.");
  console.log("\nTrackers charge, for a million events:");
  const own = (sumOf(lines) / events) * MILLION;
  for (const { name, least, most } of TRACKERS) {
    const price = least === most ? `$${least}` : `$${least}–${most}`;
    console.log(
      `  ${name.padEnd(30)}${price.padStart(10)}, ${times(least / own)}${least === most ? "" : ` to ${times(most / own)}`}`,
    );
  }
}

function printRows({ lies, rowsWritten, objectRowsWritten }: Counters["perConversion"]): void {
  const known = Object.values(lies).reduce((sum, rows) => sum + rows, 0);
  console.log("\nRows that are written for a conversion:");
  const rows = {
    ...lies,
    "what is added up and marked": rowsWritten - known,
    "in the advertiser's object": objectRowsWritten,
  };
  for (const [name, each] of Object.entries(rows)) console.log(`  ${name.padEnd(30)}${each.toFixed(2).padStart(10)}`);
}

function printCommandArchive(conversions: number, advertisers: number): void {
  const { pieces, rowsWritten, rowsRead, gigabytes, dollars } = commandArchiveCost(conversions, advertisers);
  console.log(`\nThe archive of commands, of ${count(advertisers)} advertisers, apart from the above:`);
  const parts = {
    "pieces written": pieces,
    "object rows written": rowsWritten,
    "object rows read": rowsRead,
    "GB, each month more": gigabytes,
  };
  for (const [name, quantity] of Object.entries(parts))
    console.log(`  ${name.padEnd(28)}${count(quantity).padStart(18)}`);
  console.log(row("  together", "", dollars, conversions));
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
