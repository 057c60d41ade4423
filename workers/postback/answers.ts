/** The one place where answers are made. */

import type { Refusal } from "../core/postback/refusal.ts";
import type { Remarks } from "../core/postback/unread.ts";
import { REFUSALS } from "../core/reasons.ts";

/** What became of a message at the door. A receipt is missing only where none could be written; `message` is there where a refusal is said in other words than the reason’s. */
export type DoorAnswer =
  | { status: "accepted"; receipt: string; promise?: string; remarks?: Remarks; returnText?: string }
  | { status: "refused"; refusal: Refusal; message?: string; remarks?: Remarks; receipt?: string };

/** The rates' longest period is a minute; a queue that refuses is back sooner. */
const RETRY_AFTER_S: ReadonlyMap<number, string> = new Map([
  [429, "60"],
  [503, "5"],
]);

/** Of every answer; the last one for this host alone: what else the operator's domain has is not ours to promise. */
export const SECURED = {
  "X-Content-Type-Options": "nosniff",
  "Strict-Transport-Security": "max-age=31536000",
} as const;

/** Made once: an answer copies them, which costs half of reading them from an object. */
const JSON_HEADERS = headersFor("application/json");
const TEXT_HEADERS = headersFor("text/plain; charset=utf-8");

/** What every answer of this content goes out with. */
export function headersFor(contentType: string): Headers {
  return new Headers({ "Content-Type": contentType, "Cache-Control": "no-store", ...SECURED });
}

/** An answer as the contract's JSON. */
export function describe(said: DoorAnswer) {
  const { status, receipt, remarks } = said;
  if (said.status === "accepted") return { status, receipt, promise: said.promise, ...remarks };
  const { reason, parameter } = said.refusal;
  const { message = REFUSALS[reason].message } = said;
  return { status, reason, parameter, message, ...remarks, receipt };
}

/** JSON, or for a message that was accepted the text that its sender asked for. A refusal is never hidden behind that text. */
export function answer(said: DoorAnswer, headers: Record<string, string> = {}): Response {
  const status = said.status === "accepted" ? 200 : REFUSALS[said.refusal.reason].status;
  const retryAfter = RETRY_AFTER_S.get(status);
  const text = said.status === "accepted" ? said.returnText : undefined;
  const response = new Response(text ?? JSON.stringify(describe(said)), {
    status,
    headers: text === undefined ? JSON_HEADERS : TEXT_HEADERS,
  });
  if (retryAfter !== undefined) response.headers.set("Retry-After", retryAfter);
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

/** Many answers, a line of NDJSON for each, as they come. */
export function answerLines(said: AsyncIterable<DoorAnswer>): Response {
  return new Response(streamLines(said), {
    headers: headersFor("application/x-ndjson"),
  });
}

/** Lines are handed over as they come and never waited for: a sender that reads only after its last byte would wait for us, and we for it. */
function streamLines(said: AsyncIterable<DoorAnswer>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async start(controller) {
      let row = 0;
      for await (const one of said)
        controller.enqueue(encoder.encode(`${JSON.stringify({ row: ++row, ...describe(one) })}\n`));
      controller.close();
    },
  });
}
