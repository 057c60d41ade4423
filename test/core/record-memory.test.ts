/** The isolate's memory of KV: what is fresh, what is old, what is absent, and what is left when KV fails. */
import { describe, expect, it, test } from "vitest";
import { createRecordMemory, readFreshMs } from "../../workers/core/record-memory.ts";
import { startEdge } from "../click/edge.ts";

const S = 1_000;

/** A memory over the fake KV, told the time. */
function remember(freshMs = 30 * S, absenceLasts = true) {
  const edge = startEdge();
  const left: Promise<unknown>[] = [];
  const made: string[] = [];
  const stale: string[] = [];
  const records = createRecordMemory<string>({
    hold(stored) {
      const value: string = JSON.parse(stored);
      made.push(value);
      return value;
    },
    firstReadMs: 100,
    readAnewMs: 500,
    absenceLasts,
    clock: globalThis,
    onStale: (key) => void stale.push(key),
  });
  const ctx = { waitUntil: (promise: Promise<unknown>) => void left.push(promise) };
  const reader = { kv: edge.env.EDGE, freshMs, ctx };
  return {
    ...edge,
    made,
    stale,
    find: (key: string, atMs: number) => records.find(reader, key, atMs),
    background: async () => {
      const { length } = left;
      while (left.length > 0) await left.shift();
      return length;
    },
  };
}

describe("a record in memory", () => {
  it("is read once, then given at once and without a promise until it is 30 s old", async () => {
    const { stored, reads, find } = remember();
    stored.set("a", "one");
    expect(await find("a", 0)).toBe("one");
    stored.set("a", "two");
    for (const atMs of [1, 10 * S, 30 * S - 1]) expect(find("a", atMs)).toBe("one");
    expect(reads).toEqual(["a"]);
  });

  it("from 30 to 50 s is given at once too, and read anew in the background by one request", async () => {
    const { stored, reads, find, background } = remember();
    stored.set("a", "one");
    await find("a", 0);
    stored.set("a", "two");
    expect([find("a", 30 * S), find("a", 30 * S + 1), find("a", 30 * S + 2)]).toEqual(["one", "one", "one"]);
    expect(await background()).toBe(1);
    expect(reads).toEqual(["a", "a"]);
    expect(find("a", 31 * S)).toBe("two");
  });

  it("of 50 s and more is read before it is used, so that a change is live within two minutes", async () => {
    const { stored, find } = remember();
    stored.set("a", "one");
    await find("a", 0);
    stored.set("a", "two");
    const found = find("a", 50 * S);
    expect(found).toBeInstanceOf(Promise);
    expect(await found).toBe("two");
  });

  it("that is never fresh is read each time", async () => {
    const { stored, find } = remember(0);
    stored.set("a", "one");
    expect(await find("a", 0)).toBe("one");
    stored.set("a", "two");
    expect(await find("a", 0)).toBe("two");
    stored.delete("a");
    expect(await find("a", 0)).toBeNull();
  });

  it("is absent for 5 s, then looked for again", async () => {
    const { stored, reads, find } = remember();
    expect(await find("a", 0)).toBeNull();
    stored.set("a", "one");
    expect(find("a", 5 * S - 1)).toBeNull();
    expect(reads).toHaveLength(1);
    expect(await find("a", 9 * S)).toBe("one");
  });

  it("is not replaced by an older read that took longer", async () => {
    const { stored, faults, find } = remember(0);
    stored.set("a", "old");
    let answer = () => {};
    faults.kv = () => new Promise((resolve) => (answer = () => resolve(undefined)));
    const slow = find("a", 0);
    const answerSlow = answer;
    faults.kv = null;
    expect(await find("a", 1)).toBe("old");
    stored.set("a", "new");
    expect(await find("a", 2)).toBe("new");
    stored.set("a", "old");
    answerSlow();
    expect(await slow).toBe("new");
  });

  it("that comes back as it was is not made anew", async () => {
    const { stored, reads, made, find } = remember();
    stored.set("a", "one");
    for (const atMs of [0, 60 * S, 120 * S]) expect(await find("a", atMs)).toBe("one");
    expect([reads, made]).toEqual([["a", "a", "a"], ["one"]]);
  });

  it("is not pushed out by made-up keys", async () => {
    const { stored, reads, find } = remember();
    stored.set("a", "one");
    await find("a", 0);
    for (let key = 0; key < 6_000; key++) await find(`absent-${key}`, 1);
    expect(find("a", 2)).toBe("one");
    // The absent ones are bounded: the first of them has been forgotten.
    const before = reads.length;
    await find("absent-0", 3);
    expect(reads).toHaveLength(before + 1);
  });

  it("makes room for others: the one read longest ago goes first", async () => {
    const { stored, find } = remember();
    for (let key = 0; key <= 5_000; key++) {
      stored.set(`k${key}`, `${key}`);
      await find(`k${key}`, 0);
    }
    expect(find("k1", 1)).toBe("1");
    expect(find("k5000", 1)).toBe("5000");
    expect(find("k0", 1)).toBeInstanceOf(Promise);
  });
});

describe("when KV fails", () => {
  const broken = () => Promise.reject(new Error("KV is down"));
  const hanging = () => new Promise<never>(() => {});

  it.each([
    ["is down", broken],
    ["hangs", hanging],
  ])("and %s, the old value is used, and KV is left alone for 5 s", async (_, fault) => {
    const { stored, reads, faults, stale, find } = remember();
    stored.set("a", "one");
    await find("a", 0);
    faults.kv = fault;
    expect(await find("a", 3_600 * S)).toBe("one");
    expect(find("a", 3_605 * S - 1)).toBe("one");
    expect(reads).toHaveLength(2);
    expect(stale).toEqual(["a"]);
    faults.kv = null;
    stored.set("a", "two");
    expect(await find("a", 3_605 * S)).toBe("two");
  });

  it.each([
    ["is down", broken],
    ["hangs", hanging],
  ])("and %s, what was never read throws within its time", async (_, fault) => {
    const { faults, find } = remember();
    faults.kv = fault;
    await expect(find("a", 0)).rejects.toThrow();
  });

  it("a refresh in the background that fails is not repeated at once", async () => {
    const { stored, reads, faults, find, background } = remember();
    stored.set("a", "one");
    await find("a", 0);
    faults.kv = broken;
    expect(find("a", 31 * S)).toBe("one");
    await background();
    expect(find("a", 33 * S)).toBe("one");
    expect(await background()).toBe(0);
    expect(reads).toHaveLength(2);
  });

  it.each([
    ["lasts, where that is what is wanted", true],
    ["is not known any more, where somebody would rely on it", false],
  ])("absence %s", async (_, absenceLasts) => {
    const { faults, find } = remember(30 * S, absenceLasts);
    await find("a", 0);
    faults.kv = broken;
    expect(find("a", 5 * S - 1)).toBeNull();
    const later = Promise.resolve(find("a", 9 * S));
    if (absenceLasts) expect(await later).toBeNull();
    else await expect(later).rejects.toThrow("KV is down");
  });
});

test.each([
  ["30", 30 * S],
  ["0", 0],
  ["2.5", 2.5 * S],
  ["", 30 * S],
  ["soon", 30 * S],
  ["-1", 30 * S],
])("EDGE_CACHE_S of %j is %d ms", (setting, freshMs) => {
  expect(readFreshMs(setting)).toBe(freshMs);
});
