/**
 * The edge's records in the memory of the local platform's doors. A click costs no read of the simulated KV, which takes five times what the click does, and a change shows at once all
 * the same: whoever writes a record tells the doors of those who read them before it goes on.
 */
import { keepLatest } from "../../workers/core/keep-latest.ts";

/** What the bindings begin with by which a door reaches those of the workers that read records. */
export const EDGE_READER = "EDGE_READER_";
const MAX_RECORDS = 5_000;

/** The reading half of a KV namespace, as `core/record-memory.ts` uses it. */
export interface EdgeReads {
  get(key: string, options: { cacheTtl: number }): Promise<string | null>;
}

/** The writing half. */
export interface EdgeWrites {
  put(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
}

export interface EdgeMemory {
  /** Reads `edge` once for each key, until the key is forgotten. */
  reading(edge: EdgeReads): EdgeReads;
  /** The record is another one now: the next one who asks reads it anew. */
  forget(key: string): void;
}

export function createEdgeMemory(): EdgeMemory {
  const records = new Map<string, string | null>();
  let changes = 0;
  return {
    reading: (edge) => ({
      async get(key, options) {
        const held = records.get(key);
        if (held !== undefined) return held;
        const before = changes;
        const stored = await edge.get(key, options);
        // What was written meanwhile may not be what was read.
        if (changes === before) keepLatest(records, key, stored, MAX_RECORDS);
        return stored;
      },
    }),
    forget(key) {
      changes++;
      records.delete(key);
    },
  };
}

/** Writes to `edge`; a write is done when `tell` has told of it. */
export function toldWrites(edge: EdgeWrites, tell: (key: string) => Promise<unknown>): EdgeWrites {
  return {
    async put(key, value) {
      await edge.put(key, value);
      await tell(key);
    },
    async delete(key) {
      await edge.delete(key);
      await tell(key);
    },
  };
}
