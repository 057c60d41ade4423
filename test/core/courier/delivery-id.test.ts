/** The delivery ID: the same for the same telling, another for every other, and sorted by time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { DELIVERY_ID_LENGTH, type DeliveryName, deliveryId } from "../../../workers/core/courier/delivery-id.ts";
import { importHmacKey } from "../../../workers/core/hmac-sha256.ts";
import { isWebhookId } from "../../../workers/core/postback/signed-webhook.ts";

const KEY = importHmacKey(Buffer.alloc(32, 1));
const ONE: DeliveryName = {
  destination: 9,
  conversionId: "01jd8zq4x5abcdefghjkmnpqrs",
  seq: 2,
  receivedAtMs: Date.UTC(2026, 10, 20),
  replay: 0,
};

test("it has not changed", () => {
  expect(deliveryId(KEY, ONE)).toBe("01m7v41f0087rk5r9vpzn3zv13");
});

test("it is a webhook-id, and is made again as it was", () => {
  const id = deliveryId(KEY, ONE);
  expect(id).toHaveLength(DELIVERY_ID_LENGTH);
  expect(isWebhookId(id)).toBe(true);
  // 48 bits of time fill the first ten characters of a ULID, of which the first is at most 7 (https://github.com/ulid/spec).
  expect(id).toMatch(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/);
  expect(deliveryId(KEY, { ...ONE })).toBe(id);
});

test.each<[string, Partial<DeliveryName>]>([
  ["destination", { destination: 10 }],
  ["conversion", { conversionId: "01jd8zq4x5abcdefghjkmnpqrt" }],
  ["entry", { seq: 3 }],
  ["replay", { replay: 1 }],
])("another %s has another", (_what, over) => {
  expect(deliveryId(KEY, { ...ONE, ...over })).not.toBe(deliveryId(KEY, ONE));
});

test("another key makes others, and later ones sort behind", () => {
  expect(deliveryId(importHmacKey(Buffer.alloc(32, 2)), ONE)).not.toBe(deliveryId(KEY, ONE));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 42 }), fc.integer({ min: 1, max: 2 ** 40 }), (receivedAtMs, later) => {
      const [first, second] = [receivedAtMs, receivedAtMs + later].map((ms) =>
        deliveryId(KEY, { ...ONE, receivedAtMs: ms }),
      );
      expect((first ?? "") < (second ?? "")).toBe(true);
    }),
    { numRuns: 200 },
  );
});
