/** X-Complete-Until: two minutes before now, or before the oldest message that waits in a queue whose rows the table has. */
import { expect, test, vi } from "vitest";
import { databasesOf } from "../../workers/console/reports/questions.ts";
import { completeUntilMs } from "../../workers/console/tables/completeness.ts";
import { METRICS } from "../../workers/core/metrics/definitions.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const SETTLING_MS = 120_000;

const empty: QueueMetrics = { backlogCount: 0, backlogBytes: 0 };
const waiting = (sinceMs: number): QueueMetrics => ({
  backlogCount: 3,
  backlogBytes: 900,
  oldestMessageTimestamp: new Date(sinceMs),
});
const anHourAgo = NOW_MS - 3_600_000;
const aSecondAgo = NOW_MS - 1_000;

type Queues = Record<"POSTBACKS" | "REFUSALS" | "CLICK_LOG", QueueMetrics>;
const quiet: Queues = { POSTBACKS: empty, REFUSALS: empty, CLICK_LOG: empty };

function untilMs(queues: Partial<Queues>, ...databases: ("DB" | "click log" | "LOG")[]): Promise<number | null> {
  const all = { ...quiet, ...queues };
  const asked = (metrics: QueueMetrics) => ({ metrics: async () => metrics });
  const env = {
    POSTBACKS: asked(all.POSTBACKS),
    REFUSALS: asked(all.REFUSALS),
    CLICK_LOG: asked(all.CLICK_LOG),
  };
  return completeUntilMs(env, databases, NOW_MS);
}

const cases: [string, Partial<Queues>, "DB" | "click log" | "LOG", number][] = [
  ["nothing waits", {}, "DB", NOW_MS],
  ["a postback waits", { POSTBACKS: waiting(anHourAgo) }, "DB", anHourAgo],
  ["a refusal waits", { REFUSALS: waiting(anHourAgo) }, "LOG", anHourAgo],
  ["a refusal waits, which is nothing to the books", { REFUSALS: waiting(anHourAgo) }, "DB", NOW_MS],
  ["a postback waits for the log", { POSTBACKS: waiting(anHourAgo) }, "LOG", anHourAgo],
  ["both wait", { REFUSALS: waiting(aSecondAgo), POSTBACKS: waiting(anHourAgo) }, "LOG", anHourAgo],
  ["clicks wait, which is nothing to the books", { CLICK_LOG: waiting(anHourAgo) }, "DB", NOW_MS],
  ["clicks wait", { CLICK_LOG: waiting(anHourAgo) }, "click log", anHourAgo],
  ["a postback waits, which is nothing to the clicks", { POSTBACKS: waiting(anHourAgo) }, "click log", NOW_MS],
  ["the queue's clock is ahead", { POSTBACKS: waiting(NOW_MS + 5_000) }, "DB", NOW_MS],
];

test.each(cases)("%s", async (_, queues, database, sinceMs) => {
  expect(await untilMs(queues, database)).toBe(sinceMs - SETTLING_MS);
});

test("what is read from all databases is complete when all are", async () => {
  for (const queue of ["POSTBACKS", "REFUSALS", "CLICK_LOG"])
    expect(await untilMs({ [queue]: waiting(anHourAgo) }, "DB", "click log", "LOG")).toBe(anHourAgo - SETTLING_MS);
});

test.each([
  ["clicks", ["DB", "click log"]],
  ["conversion_rate", ["DB", "click log"]],
  ["click_log_loss", ["DB", "click log"]],
  ["revenue", ["DB"]],
  ["postbacks", ["DB", "LOG"]],
  ["click_latency_p50", ["DB"]],
])("%s is read from %j", (name, databases) => {
  const metrics = METRICS.filter((metric) => metric.name === name);
  expect(metrics).toHaveLength(1);
  expect(databasesOf(metrics)).toEqual(databases);
});

test("nothing is said where a queue does not say since when its messages wait, or does not answer", async () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(await untilMs({ POSTBACKS: { backlogCount: 3, backlogBytes: 1 } }, "DB")).toBeNull();
  expect(
    await untilMs({ CLICK_LOG: { ...empty, backlogCount: 1, oldestMessageTimestamp: new Date(0) } }, "click log"),
  ).toBeNull();
  const silent = { metrics: () => Promise.reject(new Error("no")) };
  expect(await completeUntilMs({ POSTBACKS: silent, REFUSALS: silent, CLICK_LOG: silent }, ["DB"], NOW_MS)).toBeNull();
  expect(logged).toHaveBeenCalledTimes(3);
  logged.mockRestore();
});
