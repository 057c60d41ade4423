/** Sends one request and reads what comes back: redirects are answers, bodies are read to a limit, and waiting has an end. */
import type { ReceiversAnswer } from "../core/courier/receivers-answer.ts";
import type { Outgoing } from "../core/courier/template.ts";

/** How long an answer is waited for, and how much of it is read: an unread body holds one of an object's six connections, so the rest is let go. */
export interface SendingLimits {
  ms: number;
  bytes: number;
}
const USER_AGENT = "Clickback-Courier/1";

/** By `send`, which is fetch. Never throws. */
export async function sendRequest(
  send: typeof fetch,
  { method, url, headers, body }: Outgoing,
  limits: SendingLimits,
): Promise<ReceiversAnswer> {
  const signal = AbortSignal.timeout(limits.ms);
  try {
    const answer = await send(url, {
      method,
      headers: [...headers, ["user-agent", USER_AGENT]],
      body,
      redirect: "manual",
      signal,
    });
    return {
      kind: "answered",
      status: answer.status,
      retryAfter: answer.headers.get("retry-after"),
      body: await readStart(answer.body, limits.bytes),
    };
  } catch (error) {
    if (signal.aborted) return { kind: "silence", timedOut: true };
    return isUnsent(error) ? { kind: "unsent", reason: "unreachable" } : { kind: "silence", timedOut: false };
  }
}

/** What breaks off on the way is what there is: the status was told. */
async function readStart(body: ReadableStream<Uint8Array> | null, limitBytes: number): Promise<string> {
  if (!body) return "";
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    while (bytes < limitBytes) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      bytes += value.length;
    }
  } catch {}
  await reader.cancel().catch(() => {});
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, limitBytes));
}

/** Errors before a connection stood; whatever else ended it may have come after the request had arrived. */
function isUnsent(error: unknown): boolean {
  return /\b(?:refused|resolve|DNS|ENOTFOUND|ECONNREFUSED|TLS|certificate)\b/i.test(String(error));
}
