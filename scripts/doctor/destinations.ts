/** How the courier and its destinations fare, and where it is asked for, a test delivery to each. A receiver that fails is nobody's fault here, so it is told as trouble and fails nothing. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DeliveryReason } from "../../workers/core/courier/delivery-reasons.ts";
import { formatInstant } from "../../workers/core/instant.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { type ConsoleFetch, callConsole, itemsOf, textOf } from "../console-api.ts";
import type { Check, Seen } from "./checks.ts";

/** So many destinations are looked at one by one. */
const MOST_SHOWN = 50;
/** Beyond this many of a kind are not counted. */
const MOST_COUNTED = 100;
const DAY_HOURS = 24;
const ANSWERED_WITHIN_MS = 30_000;
const LOOK_AGAIN_MS = 500;
/** Of a test delivery: it is on its way so long. */
const UNDER_WAY = ["waiting", "due", "sending"];
/** Why an ad platform is told none. */
const NO_TEST: DeliveryReason = "platform_has_no_test";
/** What an operator is to look at, and for what. */
const LEFT = { in_doubt: "in doubt", held: "held", expired: "past their deadline", gave_up: "given up" };

interface Destination {
  slug: string;
  status: string;
}

/** One look at the courier as a whole, then one at each destination that has not ended; `isTold` has each that is open told a test. */
export async function destinationChecks(
  fetchConsole: ConsoleFetch,
  isTold: boolean,
  nowMs: () => number,
): Promise<Check[]> {
  const destinations: Destination[] = [];
  for await (const { slug, status } of itemsOf(fetchConsole, "/api/destinations?limit=1000"))
    destinations.push({ slug: String(slug), status: String(status) });
  const standing = destinations.filter(({ status }) => status !== "ended");
  const shown = standing.slice(0, MOST_SHOWN);
  const each = shown.map(({ slug }) => ({
    name: `destination ${slug}`,
    run: () => lookAt(fetchConsole, slug, isTold, nowMs),
  }));
  const others = standing.length - shown.length;
  return [{ name: "the courier", run: () => lookAtAll(fetchConsole, shown, others, nowMs) }, ...each];
}

async function lookAtAll(
  fetchConsole: ConsoleFetch,
  shown: readonly Destination[],
  others: number,
  nowMs: () => number,
): Promise<Seen> {
  if (shown.length === 0) return { passed: "no destination is set up, so nobody is told" };
  const statuses = await Promise.all(shown.map(({ slug }) => statusOf(fetchConsole, slug)));
  const waiting = statuses.reduce((sum, { waiting: one }) => sum + Number(one), 0);
  const oldest = statuses.flatMap(({ oldest_at: at }) => textOf(at) ?? []).sort()[0];
  const gates = (gate: string) => statuses.filter((one) => one.gate === gate).length;
  const left = await Promise.all(
    Object.entries(LEFT).map(async ([status, words]) => `${await countOf(fetchConsole, status, nowMs)} ${words}`),
  );
  const said = [
    `${shown.length} ${shown.length === 1 ? "destination" : "destinations"}: ${gates("open")} open, ${gates("failing")} behind their breakers, ${gates("off")} off, ${gates("paused")} paused`,
    `${waiting} deliveries wait${oldest === undefined ? "" : `, the oldest since ${oldest}`}`,
    `in the last day ${left.join(", ")}`,
    ...(others > 0 ? [`${others} more destinations are not looked at`] : []),
  ].join("; ");
  return { passed: said };
}

/** Those that stand so among what was made in the last day, as far as they are counted. */
async function countOf(fetchConsole: ConsoleFetch, status: string, nowMs: () => number): Promise<string> {
  const from = formatInstant(nowMs() - DAY_HOURS * HOUR_MS);
  const query = new URLSearchParams({ status, from, limit: String(MOST_COUNTED) });
  const { items, next } = await callConsole(fetchConsole, { path: `/api/deliveries?${query}` });
  const count = Array.isArray(items) ? items.length : 0;
  return typeof next === "string" ? `${count} or more` : String(count);
}

async function lookAt(fetchConsole: ConsoleFetch, slug: string, isTold: boolean, nowMs: () => number): Promise<Seen> {
  const { gate, message, failures, waiting, sent, failed, slow_ms: slowMs } = await statusOf(fetchConsole, slug);
  const wait = `${waiting} wait`;
  if (gate === "paused") return { skipped: `paused, ${wait}: POST /api/destinations/${slug}/resume tells them` };
  if (gate === "off")
    return {
      trouble: `off, ${wait}. ${message ?? ""} Mend its set-up or its receiver, then POST /api/destinations/${slug}/resume`,
    };
  if (gate === "failing")
    return {
      trouble: `its receiver fails (${failures} in a row), ${wait} and lose no try: npm run deliveries -- --destination ${slug} --status failed shows what it answers; once it is mended POST /api/destinations/${slug}/resume spares the wait`,
    };
  const fares = `open, ${wait}; of the last ${Number(sent) + Number(failed)} it took ${sent}${slowMs === null ? "" : `, 95 of 100 within ${slowMs} ms`}`;
  return isTold ? { passed: `${await tellTest(fetchConsole, slug, nowMs)}; ${fares}` } : { passed: fares };
}

/** Sends a made-up conversion, marked as a test, and gives what came of it. Throws where the receiver did not take it, unless it is an ad platform that cannot be told a test. */
async function tellTest(fetchConsole: ConsoleFetch, slug: string, nowMs: () => number): Promise<string> {
  const { delivery_id: id } = await callConsole(
    fetchConsole,
    { method: "POST", path: `/api/destinations/${slug}/test` },
    [202],
  );
  const path = `/api/deliveries/${id}?destination=${slug}`;
  for (const endMs = nowMs() + ANSWERED_WITHIN_MS; ; await sleep(LOOK_AGAIN_MS)) {
    const answer = await fetchConsole(path);
    // It is known by its ID once it is under way.
    if (answer.status !== 200 && answer.status !== 404) throw new Error(`${path} answered ${answer.status}`);
    const { status, reason, message, http } =
      answer.status === 200 ? JSON.parse(await answer.text()) : { status: "due" };
    if (status === "sent") return `it took the test ${id}, HTTP ${http}`;
    if (status === "skipped" && reason === NO_TEST) return `no test: ${message}`;
    if (!UNDER_WAY.includes(status))
      throw new Error(
        `the test ${id} is ${status}: ${message} npm run deliveries -- --destination ${slug} --show ${id} has its answer`,
      );
    if (nowMs() > endMs) throw new Error(`the test ${id} is not answered after ${ANSWERED_WITHIN_MS / 1_000} s`);
  }
}

function statusOf(fetchConsole: ConsoleFetch, slug: string): Promise<Record<string, unknown>> {
  return callConsole(fetchConsole, { path: `/api/destinations/${slug}/status` });
}
