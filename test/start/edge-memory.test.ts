/** The edge's records as the local platform's doors hold them: read once, and never older than the last write. */
import { expect, test } from "vitest";
import { createEdgeMemory, type EdgeReads, toldWrites } from "../../scripts/local/edge-memory.ts";

const OPTIONS = { cacheTtl: 30 };

/** A namespace that counts its reads, and answers none before `hold` is let go. */
function namespace(hold: () => Promise<void> = async () => {}) {
  const stored = new Map<string, string>();
  const asked: string[] = [];
  const edge: EdgeReads = {
    async get(key) {
      asked.push(key);
      const found = stored.get(key) ?? null;
      await hold();
      return found;
    },
  };
  const writes = {
    put: async (key: string, value: string) => {
      stored.set(key, value);
    },
    delete: async (key: string) => {
      stored.delete(key);
    },
  };
  return { stored, asked, edge, writes };
}

test("a record, or that there is none, is read once", async () => {
  const { stored, asked, edge } = namespace();
  stored.set("link/demo", "one");
  const reads = createEdgeMemory().reading(edge);
  for (let time = 0; time < 3; time++) {
    expect(await reads.get("link/demo", OPTIONS)).toBe("one");
    expect(await reads.get("link/none", OPTIONS)).toBeNull();
  }
  expect(asked).toEqual(["link/demo", "link/none"]);
});

test("a write is done when every reader has heard of it, and shows in the next read", async () => {
  const { stored, edge, writes } = namespace();
  const memories = [createEdgeMemory(), createEdgeMemory()];
  const readers = memories.map((memory) => memory.reading(edge));
  const told = toldWrites(writes, async (key) => {
    for (const memory of memories) memory.forget(key);
  });
  const seen = () => Promise.all(readers.map((reads) => reads.get("link/demo", OPTIONS)));
  expect(await seen()).toEqual([null, null]);
  await told.put("link/demo", "one");
  expect(await seen()).toEqual(["one", "one"]);
  await told.put("link/demo", "two");
  expect(await seen()).toEqual(["two", "two"]);
  await told.delete("link/demo");
  expect(await seen()).toEqual([null, null]);
  expect(stored.size).toBe(0);
});

test("a write whose readers cannot be told has failed", async () => {
  const { writes } = namespace();
  const told = toldWrites(writes, () => Promise.reject(new Error("the door is gone")));
  await expect(told.put("link/demo", "one")).rejects.toThrow("the door is gone");
});

test("what was being read while it was written is not remembered", async () => {
  let letGo = () => {};
  const { stored, edge } = namespace(() => new Promise((resolve) => (letGo = resolve)));
  const memory = createEdgeMemory();
  const reads = memory.reading(edge);
  stored.set("link/demo", "one");
  const reading = reads.get("link/demo", OPTIONS);
  stored.set("link/demo", "two");
  memory.forget("link/demo");
  letGo();
  expect(await reading).toBe("one");
  const again = reads.get("link/demo", OPTIONS);
  letGo();
  expect(await again).toBe("two");
});
