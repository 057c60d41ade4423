/** The doctor's look at other trackers: whether their links lead on where they are tried, whether their hosts lead here, and a postback in their words on a test click. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isRecord } from "../../workers/core/is-record.ts";
import { TEST_BROWSER } from "../../workers/core/sender/test-click.ts";
import type { TrackerRoute, TrackerTable } from "../../workers/core/trackers/tracker-table.ts";
import { TRACKER_TABLES } from "../../workers/core/trackers/tracker-tables.ts";
import { type ConsoleFetch, callConsole, itemsOf } from "../console-api.ts";
import { until } from "../until.ts";
import type { Check, Seen } from "./checks.ts";
import type { TestLink } from "./test-link.ts";

const ANSWERS_WITHIN_MS = 10_000;
const SETTLED_WITHIN_MS = 90_000;
const ASK_EVERY_MS = 250;
const CLICK_ID = /[0-9a-hjkmnp-tv-z]{36}/;
/** So many trackers are looked at one by one. */
const MOST_SHOWN = 20;
const MOST_ALIASES = 1_000;

/** The tracker that a postback is played for; `secret` where it has one: nobody can read the one that is kept. */
export interface PlayedTracker {
  slug: string;
  secret: string | undefined;
}

interface Tracker {
  slug: string;
  dialect: string;
  host: string | null;
  tryUrl: string;
  hasSecret: boolean;
}

/** Two checks of each tracker that is active; of the one that is named a postback besides. */
export async function trackerChecks(
  fetchConsole: ConsoleFetch,
  link: TestLink,
  played: PlayedTracker | null,
): Promise<Check[]> {
  const trackers: Tracker[] = [];
  for await (const item of itemsOf(fetchConsole, "/api/trackers?status=active")) trackers.push(readTracker(item));
  if (played && !trackers.some(({ slug }) => slug === played.slug))
    throw new Error(`there is no active tracker ${played.slug}`);
  return trackers
    .slice(0, MOST_SHOWN)
    .flatMap((tracker) => [
      { name: `the tracker ${tracker.slug}, where it is tried`, run: () => tryAlias(fetchConsole, tracker) },
      ...(tracker.host === null
        ? []
        : [{ name: `its host ${tracker.host}`, run: () => lookAtHost(tracker.host ?? "", link) }]),
      ...(played?.slug === tracker.slug
        ? [{ name: "a postback in its words", run: () => playPostback(fetchConsole, tracker, played.secret) }]
        : []),
    ]);
}

function readTracker({ slug, dialect, host, try_url, secret }: Record<string, unknown>): Tracker {
  return {
    slug: String(slug),
    dialect: String(dialect),
    host: typeof host === "string" ? host : null,
    tryUrl: String(try_url),
    hasSecret: secret !== null,
  };
}

interface Alias {
  alias: string;
  link: string;
  tryUrl: string;
}

async function aliasesOf(fetchConsole: ConsoleFetch, slug: string, limit: number): Promise<Alias[]> {
  const path = `/api/trackers/${encodeURIComponent(slug)}/aliases?limit=${limit}`;
  const { items } = await callConsole(fetchConsole, { path });
  return (Array.isArray(items) ? items : [])
    .filter(isRecord)
    .flatMap(({ alias, link, try_url }) =>
      typeof try_url === "string" ? [{ alias: String(alias), link: String(link), tryUrl: try_url }] : [],
    );
}

/** A HEAD counts only if a conversion follows, so any link will do. */
async function tryAlias(fetchConsole: ConsoleFetch, { slug }: Tracker): Promise<Seen> {
  const [first] = await aliasesOf(fetchConsole, slug, 1);
  if (!first) return { skipped: `it has no aliases: PUT /api/trackers/${slug}/aliases sets them` };
  const { status, location } = await ask("HEAD", withTest(first.tryUrl));
  if (!isRedirect(status)) throw new Error(`${first.tryUrl} answered ${status} instead of leading on`);
  if (!CLICK_ID.test(location))
    return { trouble: `${first.tryUrl} leads to ${location} without a click ID: is the link ${first.link} paused?` };
  return { passed: `${first.alias} leads on, as the link ${first.link} does` };
}

/** Links of ours work on every host that leads here: a test click on one says whether this does. */
async function lookAtHost(host: string, { url, slug }: TestLink): Promise<Seen> {
  const address = new URL(`/c/${slug}`, url);
  const isHere = host.endsWith(".localhost");
  if (!isHere) address.hostname = host;
  const wanted = `npm run deploy -- --tracker-host ${host} has it lead here (docs/deploy.md#hosts-of-other-trackers)`;
  try {
    const headers = isHere ? { host: address.port === "" ? host : `${host}:${address.port}` } : {};
    const { status, location } = await ask("HEAD", withTest(address.href), headers);
    if (isRedirect(status) && CLICK_ID.test(location)) return { passed: "leads here" };
    return { trouble: `it does not lead here yet: ${address.origin} answered ${status}. ${wanted}` };
  } catch (error) {
    return { trouble: `nobody answers at ${address.origin} (${wordsOf(error)}). ${wanted}` };
  }
}

/** A test click through an alias of a link for testing, its postback as the tracker's senders write it, and its row in the log. */
async function playPostback(fetchConsole: ConsoleFetch, tracker: Tracker, secret: string | undefined): Promise<Seen> {
  const { slug, tryUrl, hasSecret } = tracker;
  if (hasSecret && !secret)
    return { skipped: "put its key or token into TRACKER_SECRET: nobody can read the one that is kept" };
  const alias = await testAlias(fetchConsole, slug);
  if (!alias) return { skipped: "none of its aliases names a link for testing: set one that does" };
  const clicked = await ask("GET", withTest(alias.tryUrl));
  const clickId = CLICK_ID.exec(clicked.location)?.[0];
  if (clickId === undefined) throw new Error(`${alias.tryUrl} answered ${clicked.status} without a click ID`);
  const table = TRACKER_TABLES.get(tracker.dialect);
  const target = table ? postbackTarget(table, clickId, secret) : null;
  if (target === null) return { skipped: "this version does not know how its postbacks are written" };
  const answered = await ask("GET", `${tryUrl}${target}`);
  if (answered.status >= 300) throw new Error(`its postback was answered ${answered.status}`);
  const query = new URLSearchParams({ channel: `tracker:${slug}`, click_id: clickId });
  const row = await until(() => firstRow(fetchConsole, `/api/postbacks?${query}`), {
    everyMs: ASK_EVERY_MS,
    withinMs: SETTLED_WITHIN_MS,
  });
  if (!row) throw new Error(`its postback is not in the log after ${SETTLED_WITHIN_MS / 1_000} s`);
  const { status, reason, test } = row;
  if (status !== "attributed" || test !== true)
    throw new Error(`its postback is ${status}${reason === null ? "" : `: ${reason}`}${test ? "" : ", and no test"}`);
  return { passed: "attributed once, as a test" };
}

async function testAlias(fetchConsole: ConsoleFetch, slug: string): Promise<Alias | null> {
  const aliases = await aliasesOf(fetchConsole, slug, MOST_ALIASES);
  const looked = new Map<string, boolean>();
  for (const alias of aliases) {
    if (!looked.has(alias.link)) {
      const path = `/api/links/${encodeURIComponent(alias.link)}`;
      const { test, status } = await callConsole(fetchConsole, { path });
      looked.set(alias.link, test === true && status === "active");
    }
    if (looked.get(alias.link)) return alias;
  }
  return null;
}

/** Path and query of a postback that names a click and nothing else, as the table has it; null where it has none. */
export function postbackTarget(table: TrackerTable, clickId: string, secret: string | undefined): string | null {
  const route = table.routes.find((one): one is Extract<TrackerRoute, { role: "postback" }> => one.role === "postback");
  const [name] = Object.entries(table.words.names).find(([, ours]) => ours === "click_id") ?? [];
  if (!route || name === undefined) return null;
  const query = new URLSearchParams({ ...route.is, [name]: clickId });
  const { secret: place } = table;
  if (place && "parameter" in place && secret) query.set(place.parameter, secret);
  const path = route.path.replace(/^\*/, "").replace(/\{\w+\}/g, encodeURIComponent(secret ?? "clickback"));
  return `${path}?${query}`;
}

async function firstRow(fetchConsole: ConsoleFetch, path: string): Promise<Record<string, unknown> | null> {
  for await (const row of itemsOf(fetchConsole, path)) return row;
  return null;
}

function withTest(address: string): string {
  return `${address}${address.includes("?") ? "&" : "?"}test=1`;
}

function isRedirect(status: number): boolean {
  return status === 302 || status === 307;
}

interface Asked {
  status: number;
  location: string;
}

/** As fetch does, but with the Host header that is said. */
function ask(method: "GET" | "HEAD", address: string, headers: Record<string, string> = {}): Promise<Asked> {
  const send = address.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const timeout = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const asked = send(address, { method, headers: { "user-agent": TEST_BROWSER, ...headers }, signal: timeout });
    asked.once("error", reject);
    asked.once("response", (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, location: answer.headers.location ?? "" });
    });
    asked.end();
  });
}

function wordsOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  return error instanceof Error ? error.message : String(error);
}
