/** Conversions told to doubles of the platforms: each counts once and with its value, whatever goes wrong and whichever event of a batch is bad. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { PlatformFacts } from "../../../workers/core/platforms/platform-facts.ts";
import { PLATFORM_NAMES, type PlatformName } from "../../../workers/core/platforms/platform-target.ts";
import { PLATFORMS } from "../../../workers/core/platforms/platforms.ts";
import { CLICKED_MS, factsFor, MONEY, OCCURRED_MS, PARTLY_REFUNDED, REFUNDED } from "./facts.ts";
import { type Fault, teller } from "./teller.ts";

const TOLD = PLATFORM_NAMES.filter((name) => name !== "pinterest");

/** The sale number `index`, of a click and an order of its own. */
function sale(name: PlatformName, index: number, over: Partial<PlatformFacts> = {}): PlatformFacts {
  return factsFor(name, {
    deliveryId: `delivery-${index}`,
    txid: `A-${index}`,
    externalId: `click-${index}`,
    gaClientId: `1.${index}`,
    ...over,
  });
}

describe.each(TOLD)("%s", (name) => {
  test("takes a sale, with its value and time", () => {
    const { tell, ends, double } = teller(name);
    tell([sale(name, 1)]);
    expect([...ends.values()]).toEqual(["delivered"]);
    expect(double.counted).toMatchObject([{ value: 25, atMs: OCCURRED_MS, click: name === "ga4" ? "1.1" : "click-1" }]);
  });

  test("takes a sale without an amount, and one in a currency without cents", () => {
    const { tell, ends, double } = teller(name);
    const none = { amountMicros: 0, payoutMicros: 0, revenueMicros: 0 };
    tell([
      sale(name, 1, { total: none }),
      sale(name, 2, { currency: "JPY", total: { ...MONEY, amountMicros: 5_000_000_000 } }),
    ]);
    expect([...ends.values()]).toEqual(["delivered", "delivered"]);
    expect(double.counted.map(({ value }) => value)).toEqual([name === "meta" ? 0 : null, 5_000]);
  });

  const { test: canTest } = PLATFORMS[name];
  test.runIf(canTest !== null)("takes a test as a test", () => {
    const { tell, ends, double } = teller(name);
    tell([sale(name, 1, { isTest: true }), sale(name, 2, { isTest: true }), sale(name, 3)]);
    expect([...ends.values()]).toEqual(["delivered", "delivered", "delivered"]);
    expect([double.tested.length, double.counted.length]).toEqual([2, 1]);
  });

  test.runIf(canTest === null)("is told no test", () => {
    const { tell, ends } = teller(name);
    tell([sale(name, 1, { isTest: true })]);
    expect([...ends.values()]).toEqual(["skipped platform_has_no_test"]);
  });

  test.skipIf(name === "ga4")("bad events keep no good one from being counted, once", () => {
    const bad = fc.array(fc.boolean(), { minLength: 1, maxLength: 16 });
    fc.assert(
      fc.property(bad, (isBad) => {
        const told = teller(name);
        told.tell(isBad.map((bad, index) => sale(name, index, bad ? { externalId: `bad-${index}` } : {})));
        const ends = isBad.map((_bad, index) => told.ends.get(`delivery-${index}`)?.split(" ")[0]);
        expect(ends).toEqual(isBad.map((bad) => (bad ? "refused" : "delivered")));
        const good = isBad.flatMap((bad, index) => (bad ? [] : [`click-${index}`]));
        expect(told.double.counted.map(({ click }) => click).toSorted()).toEqual(good.toSorted());
        // Halving finds each bad one in a few requests, or goes one by one where the platform does; each has an answer that is asked for at Google.
        const each = Math.ceil(Math.log2(isBad.length)) + 1;
        const most =
          PLATFORMS[name].batch.events === 1 ? isBad.length : 1 + 2 * each * isBad.filter((bad) => bad).length;
        expect(told.requests).toBeLessThanOrEqual(name === "google" ? 4 * isBad.length : most);
      }),
      { numRuns: 12 },
    );
  });

  test("through faults, each is counted once where repeats are dropped, and at most once where they are not", () => {
    const faults = fc.array(fc.constantFrom<Fault>("none", "none", "lost", "unsent", "busy"), { maxLength: 30 });
    fc.assert(
      fc.property(faults, fc.integer({ min: 1, max: 6 }), (plan, count) => {
        const left = [...plan];
        const told = teller(name, () => left.shift() ?? "none");
        told.tell(Array.from({ length: count }, (_, index) => sale(name, index)));
        const clicks = told.double.counted.map(({ click }) => click);
        expect(new Set(clicks).size).toBe(clicks.length);
        const ends = [...told.ends.values()];
        if (PLATFORMS[name].doubt.next === "repeat") {
          expect(ends).toEqual(Array(count).fill("delivered"));
          expect(clicks.length).toBe(count);
        } else {
          expect(ends.filter((end) => end !== "delivered" && end !== "in_doubt timed_out")).toEqual([]);
          expect(clicks.length).toBeGreaterThanOrEqual(ends.filter((end) => end === "delivered").length);
        }
      }),
      { numRuns: 12 },
    );
  });
});

test.each(["google", "microsoft"] as const)("%s: what is left of a sale is what counts there", (name) => {
  const { tell, ends, double } = teller(name);
  tell([factsFor(name)]);
  tell([factsFor(name, PARTLY_REFUNDED)]);
  expect(double.counted.map(({ value }) => value)).toEqual([15]);
  tell([factsFor(name, REFUNDED)]);
  expect(double.counted).toEqual([]);
  expect([...ends.values()]).toEqual(["delivered", "delivered", "delivered"]);
  // What was taken back cannot count again, so it is not tried.
  tell([factsFor(name, { deliveryId: "again", kind: "reinstatement", fromStatus: "reversed", sale: "told" })]);
  expect(ends.get("again")).toBe("skipped told_before");
});

test("ga4: a refund is an event beside the purchase", () => {
  const { tell, double } = teller("ga4");
  tell([factsFor("ga4")]);
  tell([factsFor("ga4", PARTLY_REFUNDED)]);
  expect(double.counted.map(({ name, value }) => [name, value])).toEqual([
    ["purchase", 25],
    ["refund", 10],
  ]);
});

test.each(TOLD.filter((name) => PLATFORMS[name].refunds === null))("%s: hears of no refund", (name) => {
  const { tell, ends } = teller(name);
  tell([factsFor(name, PARTLY_REFUNDED), factsFor(name, REFUNDED)]);
  expect([...ends.values()]).toEqual(["skipped platform_takes_no_refunds", "skipped platform_takes_no_refunds"]);
});

test("every amount arrives to the last micro, at every platform", () => {
  const amount = fc.integer({ min: 1, max: 1_000_000_000_000_000 });
  fc.assert(
    fc.property(amount, fc.constantFrom("USD", "JPY", "KWD"), fc.constantFrom(...TOLD), (micros, currency, name) => {
      const { tell, double } = teller(name);
      tell([sale(name, 1, { currency, total: { ...MONEY, amountMicros: micros } })]);
      // A number that was read from JSON is the nearest to its digits, which 15 of them are exactly.
      expect(double.counted[0]?.value).toBe(micros / 1_000_000);
    }),
    { numRuns: 100 },
  );
});

test("every event that is sent is one that its platform takes, at any time within the window", () => {
  const window = (name: PlatformName) => PLATFORMS[name].window.ms;
  fc.assert(
    fc.property(
      fc.constantFrom(...TOLD),
      fc.double({ min: 0, max: 2, noNaN: true }),
      fc.double({ min: 0, max: 2, noNaN: true }),
      (name, clickShare, share) => {
        const { tell, ends, double } = teller(name);
        const nowMs = OCCURRED_MS + 8 * 3_600_000;
        const occurredAtMs = Math.floor(nowMs - share * window(name));
        const clickedAtMs = Math.floor(nowMs - clickShare * window(name));
        tell([sale(name, 1, { occurredAtMs, clickedAtMs })]);
        const [end] = [...ends.values()];
        expect(["delivered", "skipped deadline_passed"]).toContain(end);
        expect(double.counted.length).toBe(end === "delivered" ? 1 : 0);
      },
    ),
    { numRuns: 120 },
  );
});

test("a time before the click's is told as after it", () => {
  const { tell, double } = teller("microsoft");
  tell([sale("microsoft", 1, { occurredAtMs: CLICKED_MS - 700 })]);
  expect(double.counted[0]?.atMs).toBe(CLICKED_MS + 1_000);
});
