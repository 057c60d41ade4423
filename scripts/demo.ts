/**
 * `npm run demo`: plays an affiliate programme over HTTP against the running system, and compares what was sent, and what its own receivers were told, with what the books say.
 * With `--fraud` it draws a network in which every kind of fraud is planted among honest affiliates, without a system, and shows what the signals say of it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { drawVisits, type LoggedVisit, readVisits, visit } from "./demo/clicks.ts";
import { compareConversions, compareOutcomes, compareVisits } from "./demo/compare.ts";
import { outcomesOf, type Sent, send } from "./demo/postbacks.ts";
import { printAffiliates, printComparison } from "./demo/print.ts";
import { type DemoReceivers, startDemoReceivers } from "./demo/receivers.ts";
import { showNetwork } from "./fraud/print-network.ts";
import { readConversions } from "./programme/books.ts";
import { type Credentials, ensureProgramme } from "./programme/programme.ts";
import type { PlayedClick } from "./programme/scene.ts";
import { drawKind, KINDS, type Story, tellStory } from "./programme/stories.ts";
import { TWO_SHOPS } from "./programme/two-shops.ts";
import type { Visit } from "./programme/visitors.ts";
import { type Random, seededRandom } from "./random.ts";
import { readBooked } from "./receivers/told-reckoning.ts";
import { findSystem, type RunningSystem } from "./running-system.ts";

const USAGE =
  "usage: [PORT=8787] npm run demo -- [--clicks N] [--seed N] [--state DIR] | npm run demo -- --fraud [--seed N]";
const DEFAULT_CLICKS = 2_000;
const CONVERTING_SHARE = 0.1;
const MOST_DIFFERENCES_SHOWN = 10;
/** The simulator's queues break beyond 10,000 messages, so that many clicks are played and settled before the next ones. */
const CLICKS_PER_ACT = 10_000;
const LOG_STANDS_STILL_MS = 15_000;
const LOOK_EVERY_MS = 500;

try {
  process.exitCode = (await demo()) ? 0 : 1;
} catch (error) {
  console.error(`The demo cannot go on: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

/** What was played: the visits, the stories of those that converted, and their postbacks, a list for each story and round. */
interface Run {
  name: string;
  startedAtMs: number;
  visits: Visit[];
  stories: Story[];
  sent: Sent[][];
}

/** True when the books agree with what was sent, or the signals found what was planted. */
async function demo(): Promise<boolean> {
  const { clicks, seed, state, isOfFraud } = readOptions();
  if (isOfFraud) return showNetwork(seed);
  const system = await findSystem(process.env, state);
  const credentials = await ensureProgramme(system.fetchConsole, TWO_SHOPS);
  const receivers = await startDemoReceivers(system);
  try {
    console.log(`Playing ${clicks} clicks with seed ${seed}.`);
    const run = await play(system, credentials, clicks, seededRandom(seed));
    return await judge(system, run, receivers);
  } finally {
    await receivers.stop();
  }
}

async function play(
  { origins, fetchConsole }: RunningSystem,
  credentials: ReadonlyMap<string, Credentials>,
  clicks: number,
  random: Random,
): Promise<Run> {
  const startedAtMs = Date.now();
  const run: Run = { name: startedAtMs.toString(36), startedAtMs, visits: [], stories: [], sent: [] };
  while (run.visits.length < clicks) {
    const visits = drawVisits(Math.min(CLICKS_PER_ACT, clicks - run.visits.length), random);
    const played = await visit(origins.click, visits, run.name);
    run.visits.push(...visits);
    const stories = tellStories(converting(visits, played, random), run, random);
    run.stories.push(...stories);
    for (const round of [0, 1]) {
      const lists = stories.flatMap(({ rounds }) => rounds.slice(round, round + 1));
      const sent = await send(origins.postback, credentials, lists, random);
      await outcomesOf(fetchConsole, sent.flat());
      run.sent.push(...sent);
    }
  }
  return run;
}

/** One story per click; every kind is told once before any is told again. */
function tellStories(clicks: readonly PlayedClick[], { name, stories }: Run, random: Random): Story[] {
  return clicks.map((click, index) => {
    const number = stories.length + index;
    return tellStory(KINDS[number] ?? drawKind(random), click, `${ordersOf(name)}${number}`, random);
  });
}

/** What the orders of a run begin with. */
function ordersOf(run: string): string {
  return `demo-${run}-`;
}

/** The clicks that convert: of people, not of bots and previewers; at least one. */
function converting(visits: readonly Visit[], played: readonly PlayedClick[], random: Random): PlayedClick[] {
  const people = played.filter((_, index) => visits[index]?.kind === "counted");
  const drawn = people.filter(() => random.next() < CONVERTING_SHARE);
  return drawn.length > 0 ? drawn : people.slice(0, 1);
}

async function judge({ fetchConsole }: RunningSystem, run: Run, receivers: DemoReceivers): Promise<boolean> {
  const outcomes = await outcomesOf(fetchConsole, run.sent.flat());
  const logged = await landedVisits(() => readVisits(fetchConsole, run.name, run.startedAtMs), run);
  const conversions = await readConversions(fetchConsole, run.startedAtMs, ordersOf(run.name));
  const parts = [
    compareVisits(run.visits, logged),
    compareOutcomes(run.sent, outcomes),
    compareConversions(
      run.stories.flatMap((story) => story.conversions),
      conversions,
    ),
    await receivers.compare(await readBooked(fetchConsole, run.startedAtMs, ordersOf(run.name))),
  ];
  console.log();
  printComparison(parts.flatMap(({ lines }) => lines));
  console.log();
  printAffiliates(conversions);
  const differences = parts.flatMap((part) => part.differences);
  for (const difference of differences.slice(0, MOST_DIFFERENCES_SHOWN)) console.error(`differs: ${difference}`);
  console.log(
    differences.length === 0
      ? "\nThe books agree with what was sent, and with what was told."
      : `\nThe books differ from what was sent, or was told, in ${differences.length} places.`,
  );
  return differences.length === 0;
}

/** The click log is written after the redirect: waits until all visits are in it, as long as it grows. */
async function landedVisits(read: () => Promise<LoggedVisit[]>, { visits }: Run): Promise<LoggedVisit[]> {
  let logged = await read();
  let grewAtMs = Date.now();
  while (logged.length < visits.length && Date.now() - grewAtMs < LOG_STANDS_STILL_MS) {
    await sleep(LOOK_EVERY_MS);
    const now = await read();
    if (now.length > logged.length) grewAtMs = Date.now();
    logged = now;
  }
  return logged;
}

function readOptions(): { clicks: number; seed: number; state: string | undefined; isOfFraud: boolean } {
  const { values } = parseArgs({
    options: {
      clicks: { type: "string" },
      seed: { type: "string" },
      state: { type: "string" },
      fraud: { type: "boolean", default: false },
    },
  });
  return {
    isOfFraud: values.fraud,
    clicks: readWhole("--clicks", values.clicks, DEFAULT_CLICKS),
    seed: readWhole("--seed", values.seed, Date.now() % 2 ** 32),
    state: values.state,
  };
}

function readWhole(name: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new Error(`${name} takes a whole number from 1, not ${text}; ${USAGE}`);
  return Number(text);
}
