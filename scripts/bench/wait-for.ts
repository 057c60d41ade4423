/** Waiting for an effect. */
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 50;
const WITHIN_MS = 60_000;

/** Milliseconds until `happened`. Throws when it has not after a minute; `what` names it. */
export async function waitFor(happened: () => Promise<boolean>, what: string): Promise<number> {
  const startedMs = performance.now();
  while (!(await happened())) {
    if (performance.now() - startedMs > WITHIN_MS) throw new Error(`no ${what} after a minute`);
    await sleep(LOOK_EVERY_MS);
  }
  return performance.now() - startedMs;
}
