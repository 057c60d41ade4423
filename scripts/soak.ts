/**
 * `npm run soak -- --minutes N`: the whole system over HTTP under steady load, while it is killed, its queue refuses, its databases fail, and whom it tells hangs, errs or is away; in the end
 * every accepted postback must be in the books once, with the right money, every entry told once or not for a reason, `verify` must find nothing, clicks may be missing only from just before a kill, and memory must not have grown.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { MINUTE_MS } from "../workers/core/time-units.ts";
import { HOST } from "./local/options.ts";
import { freePorts } from "./local/ports.ts";
import { residentBytes } from "./process-table.ts";
import { readConversions } from "./programme/books.ts";
import { ensureProgramme } from "./programme/programme.ts";
import type { ExpectedConversion } from "./programme/scene.ts";
import { TWO_SHOPS } from "./programme/two-shops.ts";
import { type Random, seededRandom } from "./random.ts";
import { readClicks, readPostbacks } from "./soak/books.ts";
import { FAULTS, type Fault, KILL } from "./soak/faults.ts";
import { type Load, ORDERS, startLoad } from "./soak/load.ts";
import { MOST_GROWTH, memoryTrend, type Sample } from "./soak/memory-trend.ts";
import { type PlatformProcess, startProcess } from "./soak/platform-process.ts";
import { type SoakReceivers, startSoakReceivers } from "./soak/receivers.ts";
import { LOST_WITHIN_MS, reckon } from "./soak/reckoning.ts";
import { type ReceiversReckoning, readBookedEntries, reckonReceiver } from "./soak/telling.ts";
import { until } from "./until.ts";
import { verifyBooks } from "./verification.ts";

const USAGE = "usage: npm run soak -- [--minutes 10] [--rate 25] [--seed N]";
/** From one fault to the next. */
const FAULT_EVERY_MS = 20_000;
const LOOK_EVERY_MS = 1_000;
/** A message that failed several times waits longer and longer; a postback of a fresh click waits a minute at most. */
const SETTLES = { everyMs: LOOK_EVERY_MS, withinMs: 300_000 };
/** The click log writes on for so long after the last click. */
const CLICKS_LAND = { everyMs: LOOK_EVERY_MS, withinMs: 15_000 };
/** A receiver that was away is probed each minute, and then told ever more; notices that a kill took are found by comparison. */
const ALL_TOLD = { everyMs: 3_000, withinMs: 300_000 };
const MOST_SHOWN = 20;
const MEGABYTE = 1_000_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    rate: { type: "string", default: "25" },
    seed: { type: "string" },
  },
});
const [minutes, rate, seed] = [
  Number(values.minutes),
  Number(values.rate),
  Number(values.seed ?? Date.now() % 2 ** 32),
];
if (!(minutes > 0) || !(rate > 0) || !Number.isInteger(seed)) {
  console.error(USAGE);
  process.exit(2);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

/** A run: the platform of the moment, and what was done to it. */
interface Run {
  stateDir: string;
  port: number;
  platform: PlatformProcess;
  load: Load;
  receivers: SoakReceivers;
  fromMs: number;
  kills: number[];
  /** Of the platform of the moment. */
  memory: Sample[];
}

const stateDir = mkdtempSync(join(tmpdir(), "clickback-soak-"));
try {
  process.exitCode = (await soak(seededRandom(seed))) ? 0 : 1;
} catch (error) {
  console.error(`The soak cannot go on: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
if (process.exitCode === 0) rmSync(stateDir, { recursive: true, force: true });
else console.error(`What it left behind is in ${stateDir}: npm start -- --state ${stateDir}`);
// Where it broke off, visitors and the platform would go on.
process.exit();

async function soak(random: Random): Promise<boolean> {
  const port = await freePorts(HOST, 3);
  const fromMs = Date.now();
  const platform = await startProcess(stateDir, port, fromMs);
  const credentials = await ensureProgramme(platform.fetchConsole, TWO_SHOPS);
  const receivers = await startSoakReceivers(platform.fetchConsole);
  const load = startLoad({ origins: platform.origins, credentials }, rate, random);
  const run: Run = { stateDir, port, platform, load, receivers, fromMs, kills: [], memory: [] };
  console.log(`${minutes} minutes, ${rate} visitors a second, seed ${seed}`);
  const watch = setInterval(() => sample(run), LOOK_EVERY_MS);
  const loadedAtMs = Date.now();
  const endMs = loadedAtMs + minutes * MINUTE_MS;
  // The second half has no kills, so that one process lives long enough to be seen growing.
  const lastKillMs = loadedAtMs + (minutes * MINUTE_MS) / 2;
  for (let round = 0; Date.now() < endMs; round++) {
    const fault = FAULTS[round % FAULTS.length];
    if (!fault || (fault.name === KILL && Date.now() > lastKillMs)) continue;
    await sleep(Math.max(0, Math.min(FAULT_EVERY_MS, endMs - Date.now())));
    await inject(run, fault);
  }
  await load.stop();
  clearInterval(watch);
  return judge(run);
}

function sample({ platform, memory }: Run): void {
  memory.push({ ageMs: Date.now() - platform.startedAtMs, bytes: residentBytes(platform.pid, true) });
}

async function inject(run: Run, { name, told, forMs }: Fault): Promise<void> {
  const { accepted, clicks } = run.load.sent;
  const { pid } = run.platform;
  const [workerd, all] = [residentBytes(pid, false), residentBytes(pid, true)];
  const memory = `workerd ${megabytes(workerd)} MB, node ${megabytes(all - workerd)} MB`;
  console.log(`${clock(run)}  ${clicks.size} clicks, ${accepted.size} postbacks accepted; ${memory}; now ${name}`);
  if (name === KILL) return killAndStart(run);
  await run.platform.fail(told);
  await sleep(forMs);
  await run.platform.fail({});
}

/** What was accepted before is in the platform's journal, as Cloudflare's queues are on disk: the next start delivers it. */
async function killAndStart(run: Run): Promise<void> {
  run.load.shut();
  run.kills.push(Date.now());
  await run.platform.kill();
  run.platform = await startProcess(run.stateDir, run.port, run.fromMs);
  // Only now: while it starts the watch still looks at the process that is gone, and would hold the next one against nothing.
  run.memory = [];
  run.load.open();
}

async function unsettled({ platform, load, fromMs }: Run) {
  const { postbacks } = await readPostbacks(platform.fetchConsole, fromMs);
  return [...load.sent.accepted]
    .filter(([receipt]) => !postbacks.has(receipt))
    .map(([, accepted]) => accepted)
    .sort((left, right) => left.atMs - right.atMs);
}

/** True when everything is as it should be. */
async function judge(run: Run): Promise<boolean> {
  const { sent } = run.load;
  console.log(`${clock(run)}  the load has ended; waiting until everything is settled`);
  // When it does not come to that, the reckoning will say what is missing.
  await until(async () => (await unsettled(run)).length === 0, SETTLES);
  const { fetchConsole } = run.platform;
  await until(async () => (await readClicks(fetchConsole, run.fromMs)).size >= sent.clicks.size, CLICKS_LAND);
  const books = {
    ...(await readPostbacks(fetchConsole, run.fromMs)),
    conversions: await readConversions(fetchConsole, run.fromMs, ORDERS),
    clicks: await readClicks(fetchConsole, run.fromMs),
  };
  const { faults, lostClicks, oldestLostMs } = reckon(sent, books, run.kills);
  const told = await reckonTold(run);
  for (const { receiver, faults: found } of told)
    faults.push(...found.map((fault) => `the receiver that ${receiver.name}: ${fault}`));
  const { checked, disagreements } = await verifyBooks(fetchConsole, 0);
  for (const one of disagreements)
    faults.push(`verify: ${one.table} ${one.key}: ${one.what} ${one.columns.join(", ")}`);
  const trend = memoryTrend(run.memory);
  if (trend && trend.ratio > MOST_GROWTH) faults.push(`memory grew to ${trend.ratio.toFixed(2)} of what it was`);
  await run.receivers.stop();
  const stopped = await run.platform.stop();
  if (stopped.held > 0) faults.push(`at the stop ${stopped.held} messages were held`);
  console.log(`
  clicks redirected          ${sent.clicks.size}
  clicks lost                ${lostClicks}, the oldest ${oldestLostMs} ms before one of ${run.kills.length} kills (${LOST_WITHIN_MS} ms are the most)
  postbacks accepted         ${sent.accepted.size} receipts, ${sent.retries} tries were made again
  orders in the books        ${orders(books.conversions)}, and ${orders(sent.conversions)} should be
  rubbish refused            ${sent.refused}
  visitors that stayed away  ${sent.stayedAway}
${told.map(toldLine).join("\n")}
  rows verified              ${checked}, ${disagreements.length} disagreements
  memory                     ${trend ? `${megabytes(trend.firstBytes)} → ${megabytes(trend.lastBytes)} MB, ${trend.ratio.toFixed(2)} (≤ ${MOST_GROWTH})` : "the last process lived too short to judge"}
`);
  for (const fault of faults.slice(0, MOST_SHOWN)) console.error(`wrong: ${fault}`);
  if (faults.length > MOST_SHOWN) console.error(`… and ${faults.length - MOST_SHOWN} more`);
  console.log(
    faults.length === 0 ? "Everything that was accepted is in the books, once, and told." : `${faults.length} faults`,
  );
  return faults.length === 0;
}

/** What each receiver knows, once nothing is missing or nothing more comes. */
async function reckonTold({ platform: { fetchConsole }, receivers, fromMs }: Run): Promise<ReceiversReckoning[]> {
  await receivers.back;
  const entries = await readBookedEntries(fetchConsole, fromMs, ORDERS);
  let told: ReceiversReckoning[] = [];
  await until(async () => {
    told = [];
    for (const receiver of receivers.all) told.push(await reckonReceiver(fetchConsole, receiver, entries));
    return told.every(({ faults }) => faults.length === 0);
  }, ALL_TOLD);
  return told;
}

function toldLine({ receiver: { name, heard }, told, explained }: ReceiversReckoning): string {
  const whyNot = [...explained].map(([why, count]) => `${count} ${why}`);
  const parts = [
    `${told} entries`,
    `${heard.turnedAway} tries turned away`,
    `${heard.again.length} in doubt and again`,
  ];
  return `  told who ${name.padEnd(20)}${[...parts, ...whyNot].join(", ")}`;
}

function orders(conversions: readonly ExpectedConversion[]): number {
  return new Set(conversions.map(({ txid }) => txid)).size;
}

function clock({ fromMs }: Run): string {
  const seconds = Math.round((Date.now() - fromMs) / 1_000);
  return `${String(Math.floor(seconds / 60)).padStart(3)}:${String(seconds % 60).padStart(2, "0")}`;
}

function megabytes(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(0);
}
