/** The demo's senders: they post as advertisers' servers do, keep what is not taken, and ask their receipts what became of it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ConsoleFetch } from "../console-api.ts";
import { inParallel } from "../parallel.ts";
import { isForLater, sendPostback, type Way } from "../programme/postbacks.ts";
import type { Credentials } from "../programme/programme.ts";
import type { Postback } from "../programme/scene.ts";
import type { Random } from "../random.ts";
import { readReceipt } from "../sender/receipts.ts";

/** A postback with its receipt. */
export interface Sent {
  postback: Postback;
  receipt: string;
}

const SENDERS_AT_ONCE = 16;
const TRIES = 20;
const SETTLED_WITHIN_MS = 120_000;
const ASK_EVERY_MS = 250;
const WAYS: readonly [Way, ...Way[]] = ["query", "form", "json"];

/** Sends each list's postbacks one after another, the lists side by side. */
export function send(
  origin: string,
  credentials: ReadonlyMap<string, Credentials>,
  lists: readonly Postback[][],
  random: Random,
): Promise<Sent[][]> {
  return inParallel(lists, SENDERS_AT_ONCE, async (list) => {
    const sent: Sent[] = [];
    for (const postback of list) {
      const way = random.pick(WAYS);
      for (let tries = 1; ; tries++) {
        const answer = await sendPostback(origin, postback, credentials, { way });
        if (isForLater(answer) && tries < TRIES) await sleep(answer.retryAfterMs);
        else {
          sent.push({ postback, receipt: answer.receipt });
          break;
        }
      }
    }
    return sent;
  });
}

/** Waits until every receipt is settled and gives what each says: `attributed`, `rejected: unknown_event`, `refused: bad_token`. */
export async function outcomesOf(fetchConsole: ConsoleFetch, sent: readonly Sent[]): Promise<Map<string, string>> {
  const outcomes = new Map<string, string>();
  let open = [...new Set(sent.map(({ receipt }) => receipt))];
  const deadlineMs = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const read = await inParallel(open, SENDERS_AT_ONCE, (receipt) => readReceipt(fetchConsole, receipt));
    for (const [index, receipt] of open.entries()) {
      const told = read[index];
      if (told) outcomes.set(receipt, told.reason === null ? told.status : `${told.status}: ${told.reason}`);
    }
    open = open.filter((receipt) => !outcomes.has(receipt));
    if (open.length === 0) return outcomes;
    if (Date.now() > deadlineMs)
      throw new Error(
        `${open.length} receipts are not settled after ${SETTLED_WITHIN_MS / 1000} s, such as ${open[0]}`,
      );
    await sleep(ASK_EVERY_MS);
  }
}
