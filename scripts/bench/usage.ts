/** What the platform bills of something, counted and not timed. */

/** Rows are D1's, as D1 bills them; the objects have rows of their own. What is deleted is written, and so is an alarm that is set. */
export interface Usage {
  /** Requests that come from outside. */
  requests: number;
  /** At most: time of the workers' whole process, its HTTP, queue and databases included. */
  cpuMs: number;
  /** Writing, reading and deleting, one for every begun 64 KB. */
  queueOperations: number;
  rowsRead: number;
  rowsWritten: number;
  objectCalls: number;
  objectRowsRead: number;
  objectRowsWritten: number;
}

export const NO_USAGE: Usage = {
  requests: 0,
  cpuMs: 0,
  queueOperations: 0,
  rowsRead: 0,
  rowsWritten: 0,
  objectCalls: 0,
  objectRowsRead: 0,
  objectRowsWritten: 0,
};

/** What the counting worker tells (`bench/workers/counting.ts`), which takes neither requests nor messages. */
export type Counted = Omit<Usage, "requests" | "cpuMs" | "queueOperations">;

export function usageOf({ rowsRead, rowsWritten, objectCalls, objectRowsRead, objectRowsWritten }: Counted): Usage {
  return { ...NO_USAGE, rowsRead, rowsWritten, objectCalls, objectRowsRead, objectRowsWritten };
}

export function add(left: Usage, right: Usage): Usage {
  return combine(left, right, (one, other) => one + other);
}

export function times(usage: Usage, factor: number): Usage {
  return combine(usage, NO_USAGE, (one) => one * factor);
}

/** What `left` has more than `right`. What it has less of was chance. */
export function more(left: Usage, right: Usage): Usage {
  return combine(left, right, (one, other) => Math.max(0, one - other));
}

function combine(left: Usage, right: Usage, of: (left: number, right: number) => number): Usage {
  return {
    requests: of(left.requests, right.requests),
    cpuMs: of(left.cpuMs, right.cpuMs),
    queueOperations: of(left.queueOperations, right.queueOperations),
    rowsRead: of(left.rowsRead, right.rowsRead),
    rowsWritten: of(left.rowsWritten, right.rowsWritten),
    objectCalls: of(left.objectCalls, right.objectCalls),
    objectRowsRead: of(left.objectRowsRead, right.objectRowsRead),
    objectRowsWritten: of(left.objectRowsWritten, right.objectRowsWritten),
  };
}
