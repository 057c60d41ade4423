/** What the redirect costs: by itself, and with its log through queue and ledger into the objects of its day. */
import { setTimeout as sleep } from "node:timers/promises";
import { linkKey } from "../../schema/records.ts";
import { consoleFetch } from "../console-api.ts";
import { type Cast, consoleParts, startCast } from "./cast.ts";
import { LINK, REQUESTS, SLUG } from "./clicks.ts";
import type { Effort } from "./effort.ts";
import { latenciesAt, saturate, type Target } from "./load.ts";
import { LANDING_MS, LOGGED_ROUND, watchLoggedClicks } from "./logged-clicks.ts";
import { alternate, compare, costs, interleave, median, percentile, type Slice, speeds } from "./rounds.ts";
import type { Findings } from "./rows.ts";

/** Turns of both in a round of the redirect by itself. */
const TURNS = 4;
const PACED_PER_SECOND = 1_000;
const NOTHING: Findings = { rows: {}, cpuMs: {} };

/** All rows about the click. */
export async function measureClicks(directory: string, effort: Effort): Promise<Findings> {
  if (!effort.wants("click", "click-cpu", "click-logged", "click-p99")) return NOTHING;
  const cast = await startCast(
    [
      { name: "constant", section: "click", entry: "bench/workers/constant.ts" },
      { name: "unlogged", section: "click", entry: "bench/workers/click-unlogged.ts" },
      { name: "click", section: "click", entry: "workers/click/index.ts" },
      ...consoleParts(),
    ],
    directory,
  );
  try {
    const edge = await cast.miniflare.getKVNamespace("EDGE", "click");
    await edge.put(linkKey(SLUG), JSON.stringify(LINK));
    const parts = [
      await measureRedirect(cast, effort),
      await measureLogged(cast, effort),
      await measureLatency(cast, effort),
    ];
    return {
      rows: Object.assign({}, ...parts.map(({ rows }) => rows)),
      cpuMs: Object.assign({}, ...parts.map(({ cpuMs }) => cpuMs)),
    };
  } finally {
    await cast.stop();
  }
}

async function measureRedirect(cast: Cast, effort: Effort): Promise<Findings> {
  if (!effort.wants("click", "click-cpu")) return NOTHING;
  const run = async (name: string, amount: number): Promise<Slice> => {
    const before = cast.cpuSeconds();
    const { answered, seconds } = await saturate(target(cast, name), amount);
    return { answered, seconds, cpuSeconds: cast.cpuSeconds() - before };
  };
  const constant = await amountFor(cast, "constant", effort);
  const unlogged = await amountFor(cast, "unlogged", effort);
  const rounds = await interleave(
    effort.rounds,
    TURNS,
    () => run("constant", Math.ceil(constant / TURNS)),
    () => run("unlogged", Math.ceil(unlogged / TURNS)),
  );
  const cpu = compare(costs(rounds));
  return { rows: { click: compare(speeds(rounds)), "click-cpu": cpu }, cpuMs: { redirect: cpu.ours / 10 } };
}

async function measureLogged(cast: Cast, effort: Effort): Promise<Findings> {
  if (!effort.wants("click-logged")) return NOTHING;
  const fetchConsole = consoleFetch(cast.origin("console"), cast.secrets.CONSOLE_TOKEN);
  const unlogged = await amountFor(cast, "unlogged", effort);
  const logged = LOGGED_ROUND * (await amountFor(cast, "click", effort));
  const log = await watchLoggedClicks(target(cast, "click"), fetchConsole);
  const cpuMs: number[] = [];
  const rounds = await alternate(
    effort.rounds,
    async () => {
      const { answered, seconds } = await saturate(target(cast, "unlogged"), unlogged);
      return answered / seconds;
    },
    async () => {
      const before = cast.cpuSeconds();
      const perSecond = await log.round(logged);
      cpuMs.push(((cast.cpuSeconds() - before) / logged) * 1000);
      return perSecond;
    },
  );
  await log.settle();
  return { rows: { "click-logged": compare(rounds) }, cpuMs: { loggedClick: median(cpuMs) } };
}

async function measureLatency(cast: Cast, effort: Effort): Promise<Findings> {
  if (!effort.wants("click-p99")) return NOTHING;
  const p99 = async (name: string): Promise<number> =>
    percentile(await latenciesAt(target(cast, name), PACED_PER_SECOND, effort.pacedSeconds), 0.99);
  await p99("unlogged");
  await p99("click");
  await sleep(LANDING_MS);
  const rounds = await alternate(
    effort.rounds,
    () => p99("unlogged"),
    async () => {
      const ours = await p99("click");
      // What was logged is still on its way into the log, where it would hold the other one up.
      await sleep(LANDING_MS);
      return ours;
    },
  );
  return { rows: { "click-p99": compare(rounds) }, cpuMs: {} };
}

function target(cast: Cast, name: string): Target {
  return { origin: cast.origin(name), requests: REQUESTS, status: 302 };
}

/** Warms the worker up and says how many requests make a round. */
async function amountFor(cast: Cast, name: string, effort: Effort): Promise<number> {
  return effort.amountFor((amount) => saturate(target(cast, name), amount));
}
