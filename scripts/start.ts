/** `npm start`: runs the whole system on this machine until Ctrl-C, SIGTERM or SIGHUP. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readStartOptions } from "./local/start-options.ts";

const SCRIPTS = import.meta.dirname;
/** Quiet simulators; no usage statistics; no sample of request.cf or news from the net. */
const QUIET = { WRANGLER_LOG: "error", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
/** npm passes on the signal that the terminal has sent to this process already. */
const SAME_SIGNAL_MS = 1_000;
const GROUP_ENDS_WITHIN_MS = 2_000;

try {
  start();
} catch (error) {
  console.error(`Clickback cannot start: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

function start(): void {
  const options = readStartOptions(process.argv.slice(2), process.env, join(SCRIPTS, ".."));
  const platform = spawn(process.execPath, [join(SCRIPTS, "local/serve.ts"), JSON.stringify(options)], {
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, ...QUIET },
  });
  let askedAtMs: number | null = null;
  const ask = () => {
    if (askedAtMs === null) {
      askedAtMs = Date.now();
      console.log("Stopping when the queues are drained. Once more stops at once and loses what they hold.");
      if (platform.connected) platform.send("stop");
    } else if (Date.now() - askedAtMs > SAME_SIGNAL_MS) killGroup(platform.pid);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, ask);
  platform.on("exit", async (code) => {
    // What the platform had started and did not live to end itself, such as a build that was still running.
    const deadlineMs = Date.now() + GROUP_ENDS_WITHIN_MS;
    while (killGroup(platform.pid) && Date.now() < deadlineMs) await sleep(10);
    process.exit(code ?? 1);
  });
}

/** Ends every process of the group that `leader` leads. False when nobody is left in it. */
function killGroup(leader: number | undefined): boolean {
  if (leader === undefined) return false;
  try {
    return process.kill(-leader, "SIGKILL");
  } catch {
    return false;
  }
}
