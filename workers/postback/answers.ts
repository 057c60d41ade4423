/** The one place where answers are made. */

import type { Refusal } from "../core/postback/refusal.ts";
import { REFUSALS } from "../core/reasons.ts";

/** What became of a message at the door. A receipt is missing only where none could be written. */
export type DoorAnswer =
  | { status: "accepted"; receipt: string; returnText?: string }
  | { status: "refused"; refusal: Refusal; receipt?: string };

/** The rates' longest period is a minute; a queue that refuses is back sooner. */
const RETRY_AFTER_S: ReadonlyMap<number, string> = new Map([
  [429, "60"],
  [503, "5"],
]);

/** Made once: an answer copies them, which costs half of reading them from an object. */
const JSON_HEADERS = headersFor("application/json");
const TEXT_HEADERS = headersFor("text/plain; charset=utf-8");

function headersFor(contentType: string): Headers {
  return new Headers({
    "Content-Type": contentType,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
}

/** An outcome as the contract's JSON. */
export function describe(outcome: DoorAnswer) {
  const { status, receipt } = outcome;
  if (outcome.status === "accepted") return { status, receipt };
  const { reason, parameter } = outcome.refusal;
  return { status, reason, parameter, message: REFUSALS[reason].message, receipt };
}

/** JSON, or for a message that was accepted the text that its sender asked for. A refusal is never hidden behind that text. */
export function answer(outcome: DoorAnswer, headers: Record<string, string> = {}): Response {
  const status = outcome.status === "accepted" ? 200 : REFUSALS[outcome.refusal.reason].status;
  const retryAfter = RETRY_AFTER_S.get(status);
  const text = outcome.status === "accepted" ? outcome.returnText : undefined;
  const response = new Response(text ?? JSON.stringify(describe(outcome)), {
    status,
    headers: text === undefined ? JSON_HEADERS : TEXT_HEADERS,
  });
  if (retryAfter !== undefined) response.headers.set("Retry-After", retryAfter);
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

/** Many outcomes, a line of NDJSON for each, as they come. */
export function answerLines(outcomes: AsyncIterable<DoorAnswer>): Response {
  return new Response(streamLines(outcomes), {
    headers: { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" },
  });
}

/** Lines are handed over as they come and never waited for: a sender that reads only after its last byte would wait for us, and we for it. */
function streamLines(outcomes: AsyncIterable<DoorAnswer>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async start(controller) {
      let row = 0;
      for await (const outcome of outcomes)
        controller.enqueue(encoder.encode(`${JSON.stringify({ row: ++row, ...describe(outcome) })}\n`));
      controller.close();
    },
  });
}
