/** How the click worker keeps the edge's records: how long a visitor waits for one, and what is said when an old one had to do. */
import type { Keeping } from "../core/record-memory.ts";

/** A visitor waits this long for a record without which there is nothing to answer; everything else would do without. */
export const FIRST_RECORD_MS = 3_000;
const READ_MS = 500;

export const KEEPING = {
  firstReadMs: READ_MS,
  readAnewMs: READ_MS,
  absenceLasts: true,
  clock: globalThis,
  onStale: (key, error) => console.error({ event: "edge_record_stale", key, error: String(error) }),
} satisfies Omit<Keeping<unknown>, "hold">;
