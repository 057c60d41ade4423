import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../scripts/random.ts";
import { lookAround } from "../../../workers/core/signals/look-around.ts";
import type { SignalRow } from "../../../workers/core/signals/signal-row.ts";
import { MINUTE_MS } from "../../../workers/core/time-units.ts";
import { signalRow } from "./rows.ts";

/** Orders of a shop, one a minute, by several affiliates in turn. */
function orders(count: number, numberOf: (minute: number) => string): SignalRow[] {
  return Array.from({ length: count }, (_, minute) =>
    signalRow({
      affiliate: 2 + (minute % 5),
      txid: numberOf(minute),
      clickedAtMs: minute * MINUTE_MS + ((minute * 7_919) % 40_000),
      occurredAtMs: minute * MINUTE_MS,
    }),
  );
}

const OTHERS = orders(60, (minute) => `W-${1_000 + 3 * minute}`);

function aheadOf(own: Partial<SignalRow>, others = OTHERS) {
  const looked = lookAround([...others, signalRow({ affiliate: 1, occurredAtMs: 20 * MINUTE_MS, ...own })]);
  return looked.find(({ affiliate }) => affiliate === 1)?.isAhead;
}

describe("order numbers", () => {
  test.each([
    ["one of the moment", { txid: "W-1060" }, false],
    ["one of the evening before", { txid: "W-7" }, false],
    ["one a little ahead", { txid: "W-1200" }, false],
    ["one that the shop does not reach", { txid: "W-9000" }, true],
    ["one of another series", { txid: "X-9000" }, null],
    ["one without a number", { txid: "abc" }, null],
    ["none", { txid: null }, null],
    ["one of another shop", { txid: "W-9000", orderSpace: "a2" }, null],
  ] as const)("%s", (_, own, isAhead) => {
    expect(aheadOf(own)).toBe(isAhead);
  });

  test("tell nothing where they are drawn, or few", () => {
    const random = seededRandom(1);
    const drawn = orders(60, () => `W-${random.whole(1_000, 2_000)}`);
    expect(aheadOf({ txid: "W-9000" }, drawn)).toBeNull();
    expect(aheadOf({ txid: "W-9000" }, OTHERS.slice(0, 19))).toBeNull();
  });

  test("one's own odd numbers do not hide one another, nor are others' measured by them", () => {
    const odd = Array.from({ length: 30 }, (_, index) =>
      signalRow({ affiliate: 1, txid: `W-${9_000 + index}`, occurredAtMs: index * MINUTE_MS }),
    );
    const looked = lookAround([...OTHERS, ...odd]);
    expect(looked.filter(({ affiliate }) => affiliate === 1).every(({ isAhead }) => isAhead)).toBe(true);
    expect(looked.filter(({ affiliate }) => affiliate !== 1).some(({ isAhead }) => isAhead)).toBe(false);
  });
});

describe("gaps", () => {
  test("are even where one is as long as the one before", () => {
    const at = [0, 60, 120, 180, 500, 503, 506].map((second) => signalRow({ clickedAtMs: second * 1_000 }));
    // The first two have nothing before them; gaps of seconds are of one moment.
    expect(lookAround(at).map(({ isEven }) => isEven)).toEqual([null, null, true, true, false, false, null]);
  });
});

describe("crowds", () => {
  const crowd = (count: number) =>
    Array.from({ length: count }, (_, index) => signalRow({ occurredAtMs: index, clickedAtMs: index * 991 }));

  test("are five in a minute of a quiet affiliate", () => {
    expect(lookAround(crowd(4)).some(({ isCrowded }) => isCrowded)).toBe(false);
    expect(lookAround(crowd(5)).every(({ isCrowded }) => isCrowded)).toBe(true);
  });

  test("are more in a minute of a busy one", () => {
    const busy = Array.from({ length: 1_440 }, (_, minute) => signalRow({ occurredAtMs: minute * MINUTE_MS }));
    const looked = lookAround([...busy, ...crowd(6)]);
    expect(looked.some(({ isCrowded }) => isCrowded)).toBe(false);
    expect(lookAround([...busy, ...crowd(40)]).some(({ isCrowded }) => isCrowded)).toBe(true);
  });
});
