/** Click IDs as an index of time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { issueClickId } from "../../workers/core/click-id.ts";
import { clickIdRange, clickTimeMs } from "../../workers/core/click-id-time.ts";
import { ringOf } from "./keys.ts";

const ring = await ringOf({ 1: 0x11 }, 1);
const OUTSIDE_MS = 8;

test("a range holds every click ID of its time, and none of eight milliseconds outside", () => {
  const offset = fc.integer({ min: -12, max: 12 });
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 47 }), fc.nat({ max: 9 }), offset, fc.nat(), (from, length, off, counter) => {
      const [fromMs, toMs] = [from + 100, from + 100 + length];
      const { least, below } = clickIdRange(fromMs, toMs);
      for (const issuedAtMs of [fromMs + off, toMs + off]) {
        const id = issueClickId(ring, { issuedAtMs, link: 1, counter, test: false, provisional: false });
        const isIn = id >= String(least) && id < String(below);
        if (issuedAtMs >= fromMs && issuedAtMs < toMs) expect(isIn).toBe(true);
        if (issuedAtMs <= fromMs - OUTSIDE_MS || issuedAtMs >= toMs + OUTSIDE_MS) expect(isIn).toBe(false);
      }
    }),
  );
});

test("what has no bound has none", () => {
  expect(clickIdRange(null, null)).toEqual({ least: null, below: null });
});

test("a click ID says when it was issued, to four milliseconds; what is none says nothing", () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 47 }), fc.nat(), (issuedAtMs, counter) => {
      const id = issueClickId(ring, { issuedAtMs, link: 1, counter, test: false, provisional: false });
      expect(clickTimeMs(id)).toBe(Math.floor(issuedAtMs / 4) * 4);
    }),
  );
  for (const text of ["", "short", "not a click ID of ours at all"]) expect(clickTimeMs(text)).toBeNull();
});
