/** What is read of a visitor's headers: no more of them than is used, however long they are, and nothing of them stays in an isolate's memory. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { createAgentReader } from "../../workers/click/agents.ts";
import { type ClickSource, readSource } from "../../workers/click/source.ts";
import { BROWSER } from "./edge.ts";

const LONG = 60_000;
const MANY = 1_000;

function sourceOf(headers: Record<string, string>, readAgent = createAgentReader()): ClickSource {
  return readSource(new Request("https://go.example/c/demo", { headers }), readAgent);
}

it("reads a user agent and a referrer as they are", () => {
  const referrer = "https://blog.example/shoes?page=2";
  expect(sourceOf({ "User-Agent": BROWSER, Referer: referrer })).toMatchObject({ userAgent: BROWSER, referrer });
});

it("cuts long ones: the host of a referrer is still there", () => {
  const { userAgent, referrer } = sourceOf({
    "User-Agent": `${BROWSER} ${"x".repeat(LONG)}`,
    Referer: `https://blog.example/${"y".repeat(LONG)}`,
  });
  expect([userAgent.length, userAgent.startsWith(BROWSER)]).toEqual([512, true]);
  expect([referrer.length, new URL(referrer).hostname]).toEqual([512, "blog.example"]);
});

it("keeps a thousand long headers in a few megabytes", () => {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("garbage cannot be collected here");
  const usedBytes = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const readAgent = createAgentReader();
  const before = usedBytes();
  const clicks = Array.from({ length: MANY }, (_, index) => {
    const made = `made up ${index} ${"z".repeat(LONG)}`;
    return sourceOf({ "User-Agent": made, Referer: `https://blog.example/${made}` }, readAgent);
  });
  const grownBytes = usedBytes() - before;
  expect(clicks).toHaveLength(MANY);
  expect(grownBytes).toBeLessThan((MANY * LONG) / 6);
});
