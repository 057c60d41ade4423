/** `npm start` as a user has it: a process that prints, listens, and ends on a signal. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export interface Run {
  /** Everything printed so far, on both streams. */
  output(): string;
  process: ChildProcess;
  /** The exit code. */
  ended: Promise<number | null>;
}

/** Runs a command of npm in a process group of its own, as a terminal does. */
export function npm(args: string[], environment: Record<string, string>): Run {
  const child = spawn("npm", args, {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  return { output: () => output, process: child, ended: once(child, "close").then(([code]) => code) };
}

/** What Ctrl-C does: the signal goes to every process of the group. */
export function interrupt({ process: { pid } }: Run): void {
  if (pid !== undefined) process.kill(-pid, "SIGINT");
}

/** True while some process of the group that `leader` leads, or led, lives. */
export function groupLives(leader: number): boolean {
  try {
    process.kill(-leader, 0);
    return true;
  } catch {
    return false;
  }
}

/** The first of six ports in a row that are free now: the workers', those of the demo's receivers, and the shop's. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 20_000);
    const free = await Promise.all([0, 1, 2, 3, 4, 5].map((offset) => isFree(first + offset)));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
