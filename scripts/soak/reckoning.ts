/** Holds what was sent against what the books say: receipts, conversions, and clicks. What each postback came to is not asked: it hangs on what failed meanwhile. */
import { differencesOf } from "../programme/reckoning.ts";
import type { Books } from "./books.ts";
import type { Sent } from "./load.ts";

export interface Reckoning {
  /** Everything that should not be, in words. */
  faults: string[];
  lostClicks: number;
  /** How long before a kill the oldest lost click had been answered. */
  oldestLostMs: number;
}

/**
 * A kill loses what is in memory: an isolate collects for a second, the local queue for another, and then the ledger is at work. What was answered
 * longer before is in the table.
 */
export const LOST_WITHIN_MS = 4_000;

/** `kills`: when the platform was killed. */
export function reckon(sent: Sent, books: Books, kills: readonly number[]): Reckoning {
  const faults = [...sent.wrong.map((wrong) => `a wrong answer: ${wrong}`)];
  for (const receipt of books.double) faults.push(`two rows for the receipt ${receipt}`);
  for (const [receipt, { postback }] of sent.accepted) {
    const status = books.postbacks.get(receipt);
    if (status === undefined) faults.push(`no row for the accepted receipt ${receipt} of ${postback.params.txid}`);
    else if (status === "failed" || status === "refused") faults.push(`the accepted receipt ${receipt} is ${status}`);
  }
  faults.push(...differencesOf(sent.conversions, books.conversions));
  const lost = [...sent.clicks]
    .filter(([clickId]) => !books.clicks.has(clickId))
    .map(([, atMs]) => beforeKill(atMs, kills));
  for (const ms of lost)
    if (ms > LOST_WITHIN_MS) faults.push(`a click was lost that was answered ${ms} ms before a kill`);
  return { faults, lostClicks: lost.length, oldestLostMs: Math.max(0, ...lost) };
}

/** From then to the next kill; infinite where none came. */
function beforeKill(atMs: number, kills: readonly number[]): number {
  return Math.min(...kills.filter((killMs) => killMs >= atMs).map((killMs) => killMs - atMs));
}
