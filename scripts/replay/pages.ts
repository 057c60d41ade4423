/** A replay from the first page to the last. */
import { isRecord } from "../../workers/core/is-record.ts";
import { type ConsoleFetch, detailOf, textOf } from "../console-api.ts";

/** Either all messages that failed, or those of one reason, received at `since` or later; of clicks that were unknown, those of one tracker. */
export type Replay = { failed: true } | { reason: string; since?: string; tracker?: string };

export interface Replayed {
  queued: number;
  /** Messages that cannot be sent again from the console. */
  skipped: number;
}

export interface ReplayParts {
  sleep(ms: number): Promise<unknown>;
  tell(line: string): void;
}

const TRIES = 10;
const WAIT_MS = 3_000;
/** The local simulator's queue breaks under more than ten thousand undelivered messages; a page is 300. */
const BETWEEN_PAGES_MS = 500;

/** Asks page by page; a page that could not be queued is asked for again. Throws, with the console's own words, when it refuses. */
export async function replayAll(fetchConsole: ConsoleFetch, what: Replay, parts: ReplayParts): Promise<Replayed> {
  const sum = { queued: 0, skipped: 0 };
  for (let cursor: string | null = null; ; ) {
    const page = await replayPage(fetchConsole, cursor === null ? what : { ...what, cursor }, parts);
    sum.queued += page.queued;
    sum.skipped += page.skipped;
    cursor = page.next;
    if (cursor === null) return sum;
    parts.tell(`${sum.queued} messages queued …`);
    await parts.sleep(BETWEEN_PAGES_MS);
  }
}

async function replayPage(
  fetchConsole: ConsoleFetch,
  body: object,
  { sleep }: ReplayParts,
): Promise<Replayed & { next: string | null }> {
  for (let tries = 1; ; tries++) {
    const answer = await fetchConsole("/api/replay", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.status === 202) return readPage(text);
    if (answer.status !== 503 || tries === TRIES)
      throw new Error(`the console answers ${answer.status}: ${detailOf(text)}`);
    await sleep(WAIT_MS);
  }
}

function readPage(text: string): Replayed & { next: string | null } {
  const page: unknown = JSON.parse(text);
  if (!isRecord(page)) throw new Error(`POST /api/replay answered ${text}`);
  return {
    queued: Number(page.queued),
    skipped: Number(page.skipped),
    next: textOf(page.next),
  };
}
