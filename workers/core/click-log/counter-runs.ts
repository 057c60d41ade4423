/**
 * Runs of counters: an isolate counts the click IDs up that it issues, so the clicks of a message are few runs, and a click lies in a pack only where one of its runs has
 * the click's counter. Two isolates may stand at the same counter, so whole IDs are compared in the end.
 */

const PAIR_BYTES = 8;
/** What lies closer together is one run, since clicks between may have gone to another slot or another message. */
const GAP = 64;

/** The first and last counter of each run, as uint32 pairs, the lowest byte first. */
export function writeRuns(counters: readonly number[]): Uint8Array {
  const sorted = [...counters].sort((left, right) => left - right);
  const runs: { first: number; last: number }[] = [];
  for (const counter of sorted) {
    const run = runs.at(-1);
    if (run && counter - run.last <= GAP) run.last = counter;
    else runs.push({ first: counter, last: counter });
  }
  const bytes = new Uint8Array(runs.length * PAIR_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, { first, last }] of runs.entries()) {
    view.setUint32(index * PAIR_BYTES, first, true);
    view.setUint32(index * PAIR_BYTES + PAIR_BYTES / 2, last, true);
  }
  return bytes;
}

/** True when a run of these has the counter. */
export function hasCounter(runs: Uint8Array, counter: number): boolean {
  return overlaps(runs, { first: counter, last: counter });
}

/** True when a run of `left` has a counter that one of `right` has too. */
export function runsMeet(left: Uint8Array, right: Uint8Array): boolean {
  const view = new DataView(right.buffer, right.byteOffset, right.byteLength);
  for (let at = 0; at < right.byteLength; at += PAIR_BYTES) {
    const run = { first: view.getUint32(at, true), last: view.getUint32(at + PAIR_BYTES / 2, true) };
    if (overlaps(left, run)) return true;
  }
  return false;
}

function overlaps(runs: Uint8Array, { first, last }: { first: number; last: number }): boolean {
  const view = new DataView(runs.buffer, runs.byteOffset, runs.byteLength);
  for (let at = 0; at < runs.byteLength; at += PAIR_BYTES)
    if (view.getUint32(at, true) <= last && view.getUint32(at + PAIR_BYTES / 2, true) >= first) return true;
  return false;
}
