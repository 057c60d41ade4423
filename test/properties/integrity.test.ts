/** Nobody else's word moves the books, in a share of the histories of `npm run simulate -- --only integrity`. */
import { describe, expect, test } from "vitest";
import { issueClicks, testKeyRing } from "../ledger/world.ts";
import { historiesWithin } from "./histories-within.ts";
import { integrityOf, withstand } from "./integrity.ts";
import { knownAttacks } from "./known-attacks.ts";
import { type Booking, bookingWith } from "./ledger-in-process.ts";

const MOST_S = 15;

const ring = await testKeyRing();
const clicks = await issueClicks(ring);
const booking = bookingWith(ring);
/** A ledger that takes the pixel's word for the sender's. */
const trusting: Booking = (batches, caps) =>
  booking(
    batches.map((batch) => batch.map((message) => ({ ...message, channel: "get" as const }))),
    caps,
  );

test("an adversary with public means changes nothing, and elsewhere delays at most", { timeout: 120_000 }, async () => {
  expect(await historiesWithin(MOST_S, integrityOf(booking, clicks))).toBeGreaterThan(0);
});

describe.each(knownAttacks(clicks))("$name", (attack) => {
  test("comes to nothing", async () => {
    await expect(withstand(booking, attack, attack.namesClick)).resolves.toBeUndefined();
  });

  test("is found where the pixel is trusted", async () => {
    await expect(withstand(trusting, attack, attack.namesClick)).rejects.toThrow("others for the adversary");
  });
});
