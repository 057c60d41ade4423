/** What `npm start` costs: the logged click of a user's own start, against the same workers on their own sockets. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { consoleFetch, type FullFetch } from "../console-api.ts";
import { HOST } from "../local/options.ts";
import { type Origins, originsOf } from "../local/origins.ts";
import { freePorts } from "../local/ports.ts";
import { endGroup, startGroup } from "../local/process-group.ts";
import { localSecrets } from "../local/secrets.ts";
import type { StartOptions } from "../local/start-options.ts";
import { createAcme, DEMO_LINK } from "../programme/acme.ts";
import { ROOT } from "../sections.ts";
import { type Cast, consoleParts, startCast } from "./cast.ts";
import { REQUESTS } from "./clicks.ts";
import type { Effort } from "./effort.ts";
import { saturate, type Target } from "./load.ts";
import { LOGGED_ROUND, watchLoggedClicks } from "./logged-clicks.ts";
import { alternate, compare } from "./rounds.ts";
import type { Findings } from "./rows.ts";
import { waitFor } from "./wait-for.ts";

const ENDS_WITHIN_MS = 30_000;

/** A system at work, whoever started it. */
interface System {
  target: Target;
  fetchConsole: FullFetch;
}

/** Row `start`. */
export async function measureStart(directory: string, effort: Effort): Promise<Findings> {
  if (!effort.wants("start")) return { rows: {}, cpuMs: {} };
  const cast = await startOwnSockets(directory);
  try {
    return await withStart(join(directory, "state"), async (ours) => {
      const reference = await systemAt(cast.origin("click"), fetchConsoleOf(cast));
      const rounds = await race(reference, ours, effort);
      return { rows: { start: compare(rounds) }, cpuMs: {} };
    });
  } finally {
    await cast.stop();
  }
}

async function race(reference: System, ours: System, effort: Effort) {
  const prepare = async ({ target, fetchConsole }: System) => {
    const amount = LOGGED_ROUND * (await effort.amountFor((clicks) => saturate(target, clicks)));
    return { amount, log: await watchLoggedClicks(target, fetchConsole) };
  };
  const theirs = await prepare(reference);
  const mine = await prepare(ours);
  const rounds = await alternate(
    effort.rounds,
    () => theirs.log.round(theirs.amount),
    () => mine.log.round(mine.amount),
  );
  await theirs.log.settle();
  await mine.log.settle();
  return rounds;
}

async function startOwnSockets(directory: string): Promise<Cast> {
  return startCast(
    [{ name: "click", section: "click", entry: "workers/click/index.ts" }, ...consoleParts()],
    join(directory, "cast"),
  );
}

/** Runs what `npm start` runs, in a process of its own, as long as `work` takes. */
async function withStart<Found>(stateDir: string, work: (started: System) => Promise<Found>): Promise<Found> {
  mkdirSync(stateDir);
  const { CONSOLE_TOKEN } = localSecrets(stateDir, process.env);
  const port = await freePorts(HOST, 3);
  const options: StartOptions = { stateDir, fresh: false, demo: true, history: false, allowLoopback: false, port };
  const platform = startGroup(join(ROOT, "scripts/local/serve.ts"), options, ["ignore", "inherit"]);
  const ended = new Promise<void>((resolve) => platform.once("exit", () => resolve()));
  try {
    const origins: Origins = originsOf(port);
    const fetchConsole = consoleFetch(origins.console, CONSOLE_TOKEN);
    const isReady = async () => (await fetchConsole(`/api/links/${DEMO_LINK.slug}`).catch(() => null))?.status === 200;
    await waitFor(isReady, "answer of npm start");
    return await work(await systemAt(origins.click, fetchConsole));
  } finally {
    if (platform.connected) platform.send("stop");
    await ended;
    await endGroup(platform.pid, ENDS_WITHIN_MS);
  }
}

async function systemAt(origin: string, fetchConsole: FullFetch): Promise<System> {
  await createAcme(fetchConsole);
  return {
    target: { origin, requests: REQUESTS, status: 302 },
    fetchConsole,
  };
}

function fetchConsoleOf(cast: Cast): FullFetch {
  return consoleFetch(cast.origin("console"), cast.secrets.CONSOLE_TOKEN);
}
