/** The end of the local platform: nobody comes in any more, the queues run dry, and what cannot be settled now is held for the next start. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Held } from "./held.ts";

/** What a worker's door can be asked: see door.ts. */
export interface DoorStub {
  open(): Promise<void>;
  shut(): Promise<void>;
  batches(): Promise<number>;
  keep(): Promise<void>;
  held(): Promise<Held[]>;
}
interface Backlog {
  metrics(): Promise<{ backlogCount: number }>;
}

/** `settleMs`: how long the ledger may go on; `handOverMs`: how long the queues may take to hand over the rest. */
export interface DrainLimits {
  settleMs: number;
  handOverMs: number;
}
const LIMITS: DrainLimits = { settleMs: 20_000, handOverMs: 5_000 };

/** A worker may still be collecting what it sends after its answer, so the queues must have been empty for this long. */
const QUIET_MS = 1_500;
const LOOK_EVERY_MS = 50;

/** Shuts the doors and drains the queues. Gives the messages that were not settled, and how many the simulator did not hand over. */
export async function drain(
  doors: readonly DoorStub[],
  queues: readonly Backlog[],
  limits: DrainLimits = LIMITS,
): Promise<{ held: Held[]; lost: number }> {
  await Promise.all(doors.map((door) => door.shut()));
  const waiting = async () => sum(await Promise.all(queues.map(async (queue) => (await queue.metrics()).backlogCount)));
  const working = async () => sum(await Promise.all(doors.map((door) => door.batches())));
  await untilQuiet(async () => (await waiting()) + (await working()), QUIET_MS, limits.settleMs);
  await Promise.all(doors.map((door) => door.keep()));
  await untilQuiet(waiting, 0, limits.handOverMs);
  const held = await Promise.all(doors.map((door) => door.held()));
  return { held: held.flat(), lost: await waiting() };
}

/** Waits until `count` has been zero for `quietMs`, at most `limitMs`. */
async function untilQuiet(count: () => Promise<number>, quietMs: number, limitMs: number): Promise<void> {
  const deadlineMs = Date.now() + limitMs;
  let quietSinceMs: number | null = null;
  while (Date.now() < deadlineMs) {
    if ((await count()) > 0) quietSinceMs = null;
    else quietSinceMs ??= Date.now();
    if (quietSinceMs !== null && Date.now() - quietSinceMs >= quietMs) return;
    await sleep(LOOK_EVERY_MS);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
