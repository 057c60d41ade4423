/** Packs for a queue: nothing lost, nothing moved, none too large. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { packMessages } from "../../workers/core/message-packs.ts";

const LIMIT_BYTES = 256_000;

test("packs hold all messages in their order, at most a hundred and less than the queue's limit each", () => {
  const message = fc.record({
    text: fc.oneof(
      fc.string(),
      fc.nat(60_000).map((length) => "\u20ac".repeat(length)),
    ),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 300 }), (messages) => {
      const packs = packMessages(messages);
      expect(packs.flat()).toEqual(messages);
      for (const pack of packs) {
        expect(pack.length).toBeGreaterThan(0);
        expect(pack.length).toBeLessThanOrEqual(100);
        const bytes = pack.reduce((sum, one) => sum + Buffer.byteLength(JSON.stringify(one)), 0);
        if (pack.length > 1) expect(bytes).toBeLessThan(LIMIT_BYTES);
      }
    }),
    { numRuns: 200 },
  );
});

test("a hundred small messages are one pack, a hundred and one are two", () => {
  expect(packMessages(Array(100).fill("small"))).toHaveLength(1);
  expect(packMessages(Array(101).fill("small")).map((pack) => pack.length)).toEqual([100, 1]);
});

test("where neighbours must stay apart a new pack begins", () => {
  expect(packMessages([1, 1, 2, 2, 1], (left, right) => left !== right)).toEqual([[1, 1], [2, 2], [1]]);
});
