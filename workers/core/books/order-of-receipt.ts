/** The order of receipt: by time, then by the row in a batch; ties are settled by the receipt. */

/** Where a message stands in the order of receipt. Every command says it. */
export interface Position {
  receivedAtMs: number;
  row: number;
  receipt: string;
}

/** Negative when `left` was received first. */
export function comparePositions(left: Position, right: Position): number {
  const received = left.receivedAtMs - right.receivedAtMs || left.row - right.row;
  return received || (left.receipt < right.receipt ? -1 : left.receipt > right.receipt ? 1 : 0);
}
