import { describe, expect, test } from "vitest";
import { activitiesOf } from "../../../workers/core/signals/activity.ts";
import type { noSums } from "../../../workers/core/signals/activity-sums.ts";
import { inWords } from "../../../workers/core/signals/found-signal.ts";
import { judgeOffer } from "../../../workers/core/signals/judge-offer.ts";
import { type SetSignal, settingsOf } from "../../../workers/core/signals/offer-settings.ts";
import { SIGNAL_NAMES, signalOf } from "../../../workers/core/signals/signals.ts";
import { sumDay } from "../../../workers/core/signals/sum-day.ts";
import { THRESHOLD_NAMES, THRESHOLDS } from "../../../workers/core/signals/thresholds.ts";
import { activity, signalRow, TODAY } from "./rows.ts";

const USUAL = settingsOf([], null);

/** What is said of the first affiliate, whose peers convert within seconds one time in a hundred. */
function saidOf(own: [part: number, whole: number], settings = USUAL, peers = 4) {
  const others = Array.from({ length: peers }, (_, index) => activity(2 + index, { shares: { too_fast: [1, 100] } }));
  return judgeOffer([activity(1, { shares: { too_fast: own }, named: { too_fast: ["a"] } }), ...others], settings);
}

describe("a share", () => {
  test("speaks where it is far above its peers', with its rows", () => {
    const [said, ...more] = saidOf([50, 100]);
    expect(more).toEqual([]);
    expect(said).toMatchObject({ signal: "too_fast", affiliate: 1, event: "sale", found: { rows: ["a"], peers: 4 } });
    expect(said && inWords(said.found)).toBe("50 % of 100 (at least 36 %), of 4 peers 1 % of 400 (at most 3.9 %)");
  });

  test.each([
    ["has fewer than twenty cases", [19, 19], 4],
    ["has a bound below the floor", [30, 100], 4],
    ["has fewer than three peers", [50, 100], 2],
  ] as const)("is silent where it %s", (_, [part, whole], peers) => {
    expect(saidOf([part, whole], USUAL, peers)).toEqual([]);
  });

  test("is silent where its peers' are alike", () => {
    const all = Array.from({ length: 6 }, (_, index) => activity(index, { shares: { too_fast: [50, 100] } }));
    expect(judgeOffer(all, USUAL)).toEqual([]);
  });

  test("one peer with all the cases is not what is usual", () => {
    const huge = activity(9, { shares: { too_fast: [900_000, 1_000_000] } });
    const small = Array.from({ length: 40 }, (_, index) => activity(20 + index, { shares: { too_fast: [5, 1_000] } }));
    expect(judgeOffer([activity(1, { shares: { too_fast: [500, 1_000] } }), huge, ...small], USUAL)).toHaveLength(2);
  });
});

describe("settings", () => {
  const set = (one: Partial<SetSignal>): SetSignal => ({
    ...{ signal: "too_fast", offer: null, state: null, thresholds: {} },
    ...one,
  });

  test("an offer's go before those of all offers, each by itself", () => {
    const all = [
      set({ state: "hold", thresholds: { least: 40, floor: 30 } }),
      set({ offer: 7, thresholds: { floor: 50 } }),
      set({ offer: 8, state: "off" }),
    ];
    expect(settingsOf(all, 7).get("too_fast")).toMatchObject({
      state: "hold",
      thresholds: { least: 40, floor: 50, times: 3, seconds: 10 },
    });
    expect(settingsOf(all, 8).get("too_fast")).toMatchObject({ state: "off", thresholds: { least: 40, floor: 30 } });
    expect(settingsOf(all, null).get("last_second")).toMatchObject({ state: "show" });
  });

  test("what is off is neither counted nor said", () => {
    const off = settingsOf([set({ state: "off" })], 1);
    expect(saidOf([50, 100], off)).toEqual([]);
    const row = signalRow({ occurredAtMs: 1_000 });
    const sharesWith = (settings: typeof off) => sumDay({ rows: [row], claims: [] }, () => settings, 0)[0]?.sums.shares;
    expect(sharesWith(USUAL)).toHaveProperty("too_fast", [1, 1]);
    expect(sharesWith(off)).not.toHaveProperty("too_fast");
  });

  test("thresholds are looked at", () => {
    const speaks = (thresholds: SetSignal["thresholds"]) => saidOf([50, 100], settingsOf([set({ thresholds })], 1));
    expect(speaks({})).toHaveLength(1);
    expect(speaks({ least: 101 })).toEqual([]);
    expect(speaks({ floor: 40 })).toEqual([]);
    expect(speaks({ times: 10 })).toEqual([]);
  });
});

test("names by which others call their sub-ids are counted like any", () => {
  const rows = ["constructor", "__proto__", "toString"].map((sub) => signalRow({ sub }));
  const [day] = sumDay({ rows, claims: [] }, () => USUAL, 0);
  const stored: ReturnType<typeof noSums> = JSON.parse(JSON.stringify(day?.sums));
  const activities = activitiesOf(
    [1, 2].map((affiliate) => ({ affiliate, event: "sale", day: TODAY, sums: stored, clicks: null })),
    TODAY,
  );
  expect(Object.entries(activities[0]?.sums.subs ?? {}).sort()).toEqual([
    ["__proto__", 1],
    ["constructor", 1],
    ["toString", 1],
  ]);
});

describe("the table", () => {
  test.each(SIGNAL_NAMES)("%s has thresholds within their bounds, and twenty cases at least", (name) => {
    const { thresholds, names, counted, mayHold, rows } = signalOf(name);
    for (const threshold of THRESHOLD_NAMES) {
      const value = thresholds[threshold];
      if (value !== undefined) expect(value).toBeGreaterThanOrEqual(THRESHOLDS[threshold].from);
    }
    expect(thresholds.least).toBeGreaterThanOrEqual(20);
    // Its rows are either kept with the sums or picked.
    expect(counted === undefined).toBe(names !== undefined);
    if (rows === "claims") expect(mayHold).toBe(false);
  });
});
