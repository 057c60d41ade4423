/** Nobody has more written than the limits say, in a share of the histories of `npm run simulate -- --only cost`. */
import { describe, expect, test, vi } from "vitest";
import { prepareCost } from "./cost.ts";
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

  test.each<[string, (worker: PostbackInProcess, number: number) => void]>([
    ["a log that keeps every stranger", ({ refusals }, number) => void refusals.push(refusal(number, ""))],
    [
      "a log that keeps all that a stranger says",
      ({ refusals }, number) => void (number < 3 && refusals.push(refusal(number, "x".repeat(31_000)))),
    ],
  ])("%s", { timeout: 60_000 }, async (_, write) => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const property = await prepareCost({ start: besides(write) });
    const run = async () => {
      for (let number = 0; number < 40; number++) await property(4 * number);
    };
    await expect(run()).rejects.toThrow("Counterexample");
  });

  test("an object that takes all of a day", { timeout: 60_000 }, async () => {
    const property = await prepareCost({ limits: { bytesOfDay: 10_000_000, days: 0 }, shrinks: false });
    const run = async () => {
      for (let number = 0; number < 60; number++) await property(4 * number + 1);
    };
    await expect(run()).rejects.toMatchObject({ cause: { message: expect.stringMatching(/wrote .* into objects/) } });
  });
});
