/** The local simulator's queue breaks under more than ten thousand undelivered messages, so an import waits for the ledger there. */
import type { ConsoleFetch } from "../console-api.ts";
import { settledReceipt } from "../sender/receipts.ts";

/** Rows that a request takes locally, and that may be on their way at once. */
export const ROWS_AT_ONCE = 1_000;
const ROWS_ON_THE_WAY = 4_000;
/** A receipt in so many is looked at. */
const SAMPLE = 50;
const SETTLED_WITHIN_MS = 300_000;

export interface Pace {
  /** Notes what was just accepted, and returns when there is room for as much again. */
  accepted(receipts: readonly string[]): Promise<void>;
}

export function paceForSimulator(fetchConsole: ConsoleFetch): Pace {
  let rows = 0;
  const onTheWay: { rows: number; sample: string[] }[] = [];
  return {
    async accepted(receipts) {
      rows += receipts.length;
      onTheWay.push({ rows: receipts.length, sample: receipts.filter((_, index) => index % SAMPLE === 0) });
      while (rows + ROWS_AT_ONCE > ROWS_ON_THE_WAY) {
        const oldest = onTheWay.shift();
        if (!oldest) return;
        for (const receipt of oldest.sample) await waitForReceipt(fetchConsole, receipt);
        rows -= oldest.rows;
      }
    },
  };
}

async function waitForReceipt(fetchConsole: ConsoleFetch, receipt: string): Promise<void> {
  if (!(await settledReceipt(fetchConsole, receipt, SETTLED_WITHIN_MS)))
    throw new Error(`the ledger has not settled ${receipt} for ${SETTLED_WITHIN_MS / 1000} s`);
}
