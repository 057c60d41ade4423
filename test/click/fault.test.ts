/** KV down, queue down, both: a visitor whose link the isolate has seen still gets a redirect with a good click ID. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readClickId } from "../../workers/core/click-id.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { CLICK_KEYS, LINK, locationOf, startEdge } from "./edge.ts";

const broken = () => Promise.reject(new Error("down"));
const hanging = () => new Promise<never>(() => {});

let logged = vi.spyOn(console, "error");
beforeEach(() => {
  logged = vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => void logged.mockRestore());

async function expectGoodClick(answer: Response): Promise<void> {
  expect(answer.status).toBe(302);
  const ring = await importKeyRing(CLICK_KEYS);
  const click = ring.ok && (await readClickId(ring.value, locationOf(answer).searchParams.get("click_id") ?? ""));
  expect(click).toMatchObject({ ok: true, value: { link: LINK.link } });
}

describe("a link that the isolate has seen", () => {
  it.each([
    ["KV down", broken, null],
    ["KV hanging", hanging, null],
    ["queue down", null, broken],
    ["queue hanging", null, hanging],
    [
      "queue throwing at once",
      null,
      () => {
        throw new Error("down");
      },
    ],
    ["both down", broken, broken],
    ["both hanging", hanging, hanging],
  ])("%s", async (_, kv, queue) => {
    const edge = startEdge("0");
    edge.publish("demo", { capped: true });
    await expectGoodClick(await edge.visit("/c/demo"));
    Object.assign(edge.faults, { kv, queue });
    const startMs = performance.now();
    for (let visit = 0; visit < 20; visit++) await expectGoodClick(await edge.visit("/c/demo"));
    // One wait for link and cap each, then KV is left alone for a while.
    expect(performance.now() - startMs).toBeLessThan(2_500);
    edge.faults.kv = null;
    edge.faults.queue = null;
    await expectGoodClick(await edge.visit("/c/demo"));
  });
});

describe("a link that it has not", () => {
  it.each([
    ["down", broken],
    ["hanging", hanging],
  ])("KV %s: 503, and the visitor may come back", async (_, kv) => {
    const edge = startEdge();
    edge.faults.kv = kv;
    const answer = await edge.visit("/c/demo");
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(logged).toHaveBeenCalledTimes(1);
    edge.faults.kv = null;
    await expectGoodClick(await edge.visit("/c/demo"));
  });
});

describe("what only a mistake of the operator can cause", () => {
  it.each([[""], ["{}"], ["not json"], ['{"signing":2,"keys":{"1":"AAAA"}}']])(
    "keys %j: 503, told without the secret",
    async (keys) => {
      const edge = startEdge();
      edge.env.CLICK_KEYS = keys;
      expect((await edge.visit("/c/demo")).status).toBe(503);
      expect(JSON.stringify(logged.mock.calls)).toContain("CLICK_KEYS");
      expect(JSON.stringify(logged.mock.calls)).not.toContain("AAAA");
    },
  );

  it.each([
    ["a text"],
    [{}],
    [[]],
    [42],
    [{ ...LINK, destination: 5 }],
    [{ ...LINK, rules: "x" }],
    [{ ...LINK, referrerPolicy: "a\r\nb" }],
  ])("a record in KV that is none (%j): an answer, and a line", async (record) => {
    const edge = startEdge();
    edge.stored.set("link:demo", record);
    const answer = await edge.visit("/c/demo");
    expect([410, 503]).toContain(answer.status);
    expect(logged).toHaveBeenCalled();
  });
});
