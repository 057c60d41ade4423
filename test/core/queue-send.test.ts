/** Sending to a queue that fails or hangs: how often it is tried, and what is told. */
import { expect, test } from "vitest";
import { sendPatiently } from "../../workers/core/queue-send.ts";

/** Sends to a queue that misbehaves in turn, and gives what was told of it. */
async function send(...behaviours: (() => Promise<unknown>)[]) {
  const told: [string, number][] = [];
  const onFailure = (error: unknown, tries: number) => void told.push([String(error), tries]);
  const patience = { tries: 2, limitMs: 10, clock: globalThis, onFailure };
  const next = () => behaviours.shift()?.() ?? Promise.reject(new Error("not asked for"));
  const ended = await sendPatiently(next, patience).then(() => "sent", String);
  return { ended, told, left: behaviours.length };
}

const takes = async () => {};
const refuses = () => Promise.reject(new Error("queue is down"));
const hangs = () => new Promise<never>(() => {});
function throws(): never {
  throw new Error("no such queue");
}

test.each([
  ["takes it", [takes, takes], { ended: "sent", told: [], left: 1 }],
  ["takes it the second time", [refuses, takes], { ended: "sent", told: [["Error: queue is down", 1]], left: 0 }],
  ["hangs first", [hangs, takes], { ended: "sent", told: [["Error: no answer within 10 ms", 1]], left: 0 }],
  [
    "fails each time",
    [refuses, throws, takes],
    {
      ended: "Error: no such queue",
      told: [
        ["Error: queue is down", 1],
        ["Error: no such queue", 2],
      ],
      left: 1,
    },
  ],
])("a queue that %s", async (_, behaviours, expected) => {
  expect(await send(...behaviours)).toEqual(expected);
});
