/** One batch over HTTP: the request out, and the door's answer for each row as far as it came. */
import { isRecord } from "../../workers/core/is-record.ts";
import type { SenderRequest } from "../../workers/core/sender/requests.ts";
import { reach, whyUnreached } from "../reach.ts";

/** What the door said of a row. */
export interface RowAnswer {
  accepted: boolean;
  receipt: string;
  reason: string;
  parameter: string | null;
  message: string;
}

/** `rows` by their place in the request, from 1. `refusal` is the door's answer to the batch as a whole, or what kept it from answering. */
export interface BatchAnswer {
  rows: Map<number, RowAnswer>;
  refusal: { status: number | null; text: string; retryAfterS: number | null } | null;
}

/** Longer than the door takes for a full piece. */
const ANSWER_WITHIN_MS = 120_000;

/** Sends a batch. What an outage can cause is part of the answer: rows that were answered before a connection broke are known. */
export async function sendBatch(request: SenderRequest): Promise<BatchAnswer> {
  const rows = new Map<number, RowAnswer>();
  try {
    const response = await reach(request.url, { ...request, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (response.status !== 200) {
      const retryAfterS = readRetryAfter(response.headers.get("retry-after"), Date.now());
      return { rows, refusal: { status: response.status, text: await response.text(), retryAfterS } };
    }
    for await (const line of wholeLines(response.body ?? [])) noteRow(rows, line);
    return { rows, refusal: null };
  } catch (error) {
    return { rows, refusal: { status: null, text: whyUnreached(error), retryAfterS: null } };
  }
}

/** Seconds to wait, said as such or as a date; null where the header says neither. */
export function readRetryAfter(text: string | null, nowMs: number): number | null {
  if (text === null) return null;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}

/** Lines that came to their end; the door ends each of them. */
async function* wholeLines(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

function noteRow(rows: Map<number, RowAnswer>, line: string): void {
  const answer: unknown = JSON.parse(line);
  if (!isRecord(answer)) throw new Error(`the batch was answered with ${line}`);
  rows.set(Number(answer.row), {
    accepted: answer.status === "accepted",
    receipt: textOf(answer.receipt),
    reason: textOf(answer.reason),
    parameter: typeof answer.parameter === "string" ? answer.parameter : null,
    message: textOf(answer.message),
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
