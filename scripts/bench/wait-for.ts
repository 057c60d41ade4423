/** How long an effect takes to show. */
import { until } from "../until.ts";

const PATIENCE = { everyMs: 50, withinMs: 60_000 };

/** Milliseconds until `happened`. Throws when it has not after a minute; `what` names it. */
export async function waitFor(happened: () => Promise<boolean>, what: string): Promise<number> {
  const startedMs = performance.now();
  if (!(await until(happened, PATIENCE))) throw new Error(`no ${what} after a minute`);
  return performance.now() - startedMs;
}
