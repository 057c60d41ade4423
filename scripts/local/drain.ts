/** The end of the local platform: nobody comes in any more, and the queues run dry. What cannot be settled now waits in the journal for the next start. */
import { setTimeout as sleep } from "node:timers/promises";

/** What a worker's door can be asked: see door.ts. */
export interface DoorStub {
  open(): Promise<void>;
  shut(): Promise<void>;
  batches(): Promise<number>;
}
interface Backlog {
  metrics(): Promise<{ backlogCount: number }>;
}

/** How long the ledger may go on. */
const SETTLE_MS = 20_000;
/** A worker may still be collecting what it sends after its answer, so the queues must have been empty for this long. */
const QUIET_MS = 1_500;
const LOOK_EVERY_MS = 50;

/** Shuts the doors and waits until nothing is under way. */
export async function drain(
  doors: readonly DoorStub[],
  queues: readonly Backlog[],
  settleMs = SETTLE_MS,
): Promise<void> {
  await Promise.all(doors.map((door) => door.shut()));
  const waiting = async () => sum(await Promise.all(queues.map(async (queue) => (await queue.metrics()).backlogCount)));
  const working = async () => sum(await Promise.all(doors.map((door) => door.batches())));
  const deadlineMs = Date.now() + settleMs;
  let quietSinceMs: number | null = null;
  while (Date.now() < deadlineMs) {
    if ((await waiting()) + (await working()) > 0) quietSinceMs = null;
    else quietSinceMs ??= Date.now();
    if (quietSinceMs !== null && Date.now() - quietSinceMs >= QUIET_MS) return;
    await sleep(LOOK_EVERY_MS);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
