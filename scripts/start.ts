/** `npm start`: runs the whole system on this machine until Ctrl-C, SIGTERM or SIGHUP. */
import { join } from "node:path";
import { endGroup, killGroup, startGroup } from "./local/process-group.ts";
import { readStartOptions } from "./local/start-options.ts";

const SCRIPTS = import.meta.dirname;
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
  const platform = startGroup(join(SCRIPTS, "local/serve.ts"), options, ["inherit", "inherit"]);
  let askedAtMs: number | null = null;
  const ask = () => {
    if (askedAtMs === null) {
      askedAtMs = Date.now();
      console.log(
        "Stopping when the queues are drained. Once more stops at once: what they hold waits for the next start.",
      );
      if (platform.connected) platform.send("stop");
    } else if (Date.now() - askedAtMs > SAME_SIGNAL_MS) killGroup(platform.pid);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, ask);
  platform.on("exit", async (code) => {
    // What the platform had started and did not live to end itself, such as a build that was still running.
    await endGroup(platform.pid, GROUP_ENDS_WITHIN_MS);
    process.exit(code ?? 1);
  });
}
