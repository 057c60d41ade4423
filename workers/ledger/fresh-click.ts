/** A postback can arrive before its click's log row: then it goes back to the queue for some seconds, since sub-ids belong on the conversion. */
import type { PostbackMessage } from "../../schema/messages.ts";
import { packMessages } from "../core/message-packs.ts";
import { must } from "../core/must.ts";
import { type Failure, failAll, type ReadDelivery, type Step } from "./settle-step.ts";

/** How long each wait is. Together a minute; after them the postback is settled without its click's row, and a cron fills it in. */
const WAITS_S = [2, 3, 5, 10, 20, 20];
/** A click older than this should have landed long ago: its postback does not wait. */
const FRESH_MS = 60_000;

/** What goes back to the queue: the message with one wait more. */
type Again = MessageSendRequest<PostbackMessage>;

/**
 * Sends postbacks of fresh clicks that are not in the click log back to the queue; the others go on. One that cannot be sent back is delivered again.
 * Where the log cannot be read (null) nothing waits for it.
 */
export async function sendBackFresh(
  postbacks: Pick<Queue<PostbackMessage>, "sendBatch">,
  read: readonly ReadDelivery[],
  log: ReadonlyMap<string, unknown> | null,
  nowMs: number,
): Promise<Step<ReadDelivery>> {
  if (!log) return { on: [...read], failed: [] };
  const waits = waitsOf(read, log, nowMs);
  const failed: Failure[] = [];
  for (const pack of packMessages([...waits.keys()])) {
    const waiting = pack.map((again) => must(waits.get(again), "the delivery of message", again.body.receipt).delivery);
    try {
      await postbacks.sendBatch(pack);
      for (const delivery of waiting) delivery.ack();
    } catch (error) {
      failed.push(...failAll(waiting, error));
    }
  }
  const waiting = new Set(waits.values());
  return { on: read.filter((one) => !waiting.has(one)), failed };
}

function waitsOf(
  read: readonly ReadDelivery[],
  log: ReadonlyMap<string, unknown>,
  nowMs: number,
): Map<Again, ReadDelivery> {
  const waits = new Map<Again, ReadDelivery>();
  for (const one of read) {
    const { click, delivery } = one;
    const { clickId } = delivery.body.content;
    if (clickId === undefined || click === null || click === "unknown" || log.has(clickId)) continue;
    const delaySeconds = waitForClick(delivery.body, click.issuedAtMs, nowMs);
    const body = { ...delivery.body, waits: (delivery.body.waits ?? 0) + 1 };
    if (delaySeconds !== null) waits.set({ body, delaySeconds }, one);
  }
  return waits;
}

/** Seconds to wait for the log row of a click issued at `clickedAtMs`, or null when waiting is over or pointless. */
function waitForClick(message: PostbackMessage, clickedAtMs: number, nowMs: number): number | null {
  if (nowMs - clickedAtMs > FRESH_MS) return null;
  return WAITS_S[message.waits ?? 0] ?? null;
}
