/** Nobody has more written than the limits say, in a share of the histories of `npm run simulate -- --only cost`. */
import { describe, expect, test, vi } from "vitest";
import { START_MS } from "../ledger/world.ts";
import { type PayerName, prepareCost } from "./cost.ts";
import { historiesWithin } from "./histories-within.ts";
import { type PostbackInProcess, startPostback } from "./postback-in-process.ts";

const MOST_S = 10;

test("N requests of anybody write at most so much", { timeout: 120_000 }, async () => {
  for (const level of ["log", "error", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  const held = await historiesWithin(MOST_S, await prepareCost());
  vi.restoreAllMocks();
  expect(held).toBeGreaterThan(0);
});

describe("the property finds", () => {
  /** The doors, with something written besides for each request. */
  const besides = (write: (worker: PostbackInProcess, number: number) => void) => (): PostbackInProcess => {
    const worker = startPostback();
    let number = 0;
    return {
      ...worker,
      async send(path, init) {
        write(worker, number++);
        return worker.send(path, init);
      },
    };
  };
  const refusal = (number: number, said: string) => ({
    kind: "refusal" as const,
    receipt: `3${String(number).padStart(25, "0")}`,
    ...{ advertiser: 1, receivedAtMs: 0, channel: "get" as const, reason: "bad_token", params: { said } },
  });

  test.each<[string, PayerName, (worker: PostbackInProcess, number: number) => void]>([
    ["a log that keeps every stranger", "strangers", ({ refusals }, number) => void refusals.push(refusal(number, ""))],
    [
      "a log that keeps every forged webhook",
      "who forges a shop's webhooks",
      ({ refusals }, number) => void refusals.push(refusal(number, "")),
    ],
    [
      "a webhook that is queued again and again",
      "a shop",
      ({ postbacks }, number) => {
        const sent = postbacks.at(-1);
        for (let copy = number * 20; sent && copy < (number + 1) * 20; copy++)
          // Each of an order of its own, since one order's are settled together.
          postbacks.push({ ...sent, receipt: `0${String(copy).padStart(25, "0")}`, content: { txid: `copy ${copy}` } });
      },
    ],
    [
      "an old tracker that is told more than was sent",
      "a sender",
      ({ postbacks }, number) => {
        const tracker = { number: 3, clickId: number.toString(16).padStart(24, "f"), target: `/${"x".repeat(9_000)}` };
        const receipt = `2${String(number).padStart(25, "0")}`;
        const sent = { receipt, advertiser: 1, receivedAtMs: START_MS, channel: "tracker:trackier" } as const;
        postbacks.push({ kind: "postback", ...sent, tracker, content: {} });
      },
    ],
    [
      "a log that keeps all that a stranger says",
      "strangers",
      ({ refusals }, number) => void (number < 3 && refusals.push(refusal(number, "x".repeat(31_000)))),
    ],
  ])("%s", { timeout: 60_000 }, async (_, of, write) => {
    for (const level of ["log", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
    const property = await prepareCost({ of, start: besides(write), shrinks: false });
    const run = async () => {
      for (let number = 0; number < 40; number++) await property(number);
    };
    await expect(run()).rejects.toMatchObject({ cause: { message: expect.stringContaining(`${of} wrote`) } });
  });

  test("an object that takes all of a day", { timeout: 60_000 }, async () => {
    const property = await prepareCost({
      of: "the pixel",
      limits: { bytesOfDay: 10_000_000, days: 0 },
      shrinks: false,
    });
    const run = async () => {
      for (let number = 0; number < 60; number++) await property(number);
    };
    await expect(run()).rejects.toMatchObject({ cause: { message: expect.stringMatching(/wrote .* into objects/) } });
  });
});
