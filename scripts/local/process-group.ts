/** The process that holds the platform, in a group of its own: it is told and ended as a whole, with all that it has started. */
import { type ChildProcess, spawn } from "node:child_process";
import { until } from "../until.ts";

/** Quiet simulators; no usage statistics; no sample of request.cf or news from the net. */
const QUIET = { WRANGLER_LOG: "error", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
const LOOK_EVERY_MS = 10;

/** Runs `script` with one argument, as JSON, and a channel to talk over. */
export function startGroup(
  script: string,
  argument: unknown,
  output: ["inherit" | "ignore", "inherit" | "ignore"],
): ChildProcess {
  return spawn(process.execPath, [script, JSON.stringify(argument)], {
    detached: true,
    stdio: ["ignore", ...output, "ipc"],
    env: { ...process.env, ...QUIET },
  });
}

/** Kills every process of the group that `leader` leads. False when nobody is left in it. */
export function killGroup(leader: number | undefined): boolean {
  if (leader === undefined) return false;
  try {
    return process.kill(-leader, "SIGKILL");
  } catch {
    return false;
  }
}

/** Kills until nobody is left, for so long at most. */
export async function endGroup(leader: number | undefined, withinMs: number): Promise<void> {
  await until(async () => !killGroup(leader), { everyMs: LOOK_EVERY_MS, withinMs });
}
