/** Runs the project's own wrangler on this Node, without banner (it asks for news on the net) and statistics. */
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./sections.ts";

const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
const QUIET = { WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false", FORCE_COLOR: "0" };

/** Runs it to the end and gives what it printed: its answer, and everything it said. Throws with all of it when it fails. */
export async function runWrangler(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ answer: string; said: string }> {
  const child = start(args, environment, ["ignore", "pipe", "pipe"]);
  let answer = "";
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    answer += chunk;
    said += chunk;
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
  });
  if ((await exitCode(child)) !== 0) throw new Error(`wrangler ${args.join(" ")} failed:\n${said.trim()}`);
  return { answer, said };
}

/**
 * The same, but in the operator's terminal where there is one, so that wrangler asks before it takes a domain from something
 * else; without a terminal it takes it.
 */
export async function runWranglerAsking(args: readonly string[], environment: Record<string, string>): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    await runWrangler(args, environment);
    return;
  }
  if ((await exitCode(start(args, environment, "inherit"))) !== 0) throw new Error(`wrangler ${args.join(" ")} failed`);
}

function start(args: readonly string[], environment: Record<string, string>, stdio: StdioOptions): ChildProcess {
  return spawn(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...QUIET, ...environment },
    stdio,
  });
}

function exitCode(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
}
