/** What became of a message, as its receipt tells. */
import { isRecord } from "../../workers/core/is-record.ts";
import { type ConsoleFetch, textOf } from "../console-api.ts";
import { until } from "../until.ts";

const ASK_EVERY_MS = 100;

export interface Receipt {
  status: string;
  reason: string | null;
  message: string | null;
  duplicateOf: string | null;
  conversion: string | null;
}

/** Asks once; null while the message is still queued. Throws when the console does not know the receipt. */
export async function readReceipt(fetchConsole: ConsoleFetch, receipt: string): Promise<Receipt | null> {
  const answer = await fetchConsole(`/receipts/${receipt}`);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`the receipt ${receipt} answered ${answer.status}: ${text}`);
  const body: unknown = JSON.parse(text);
  if (!isRecord(body) || body.status === "queued") return null;
  return {
    status: String(body.status),
    reason: textOf(body.reason),
    message: textOf(body.message),
    duplicateOf: textOf(body.duplicate_of),
    conversion: textOf(body.conversion),
  };
}

/** Asks until the message is settled, at most `limitMs`; null when it is not by then. */
export function settledReceipt(fetchConsole: ConsoleFetch, receipt: string, limitMs: number): Promise<Receipt | null> {
  return until(() => readReceipt(fetchConsole, receipt), { everyMs: ASK_EVERY_MS, withinMs: limitMs });
}
