/** Other programs, run to their end. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ROOT } from "../house/files.ts";

export interface Ended {
  code: number | null;
  /** Everything printed, on both streams. */
  output: string;
}

/** Runs a program with nothing of our environment but its PATH, and where Node keeps compiled code. */
export async function runProgram(
  program: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Ended> {
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  const [code]: unknown[] = await once(child, "close");
  return { code: typeof code === "number" ? code : null, output };
}

/** Runs a script of the project as `npm run` does. */
export function runScript(
  name: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Ended> {
  return runProgram(process.execPath, [join(ROOT, "scripts", `${name}.ts`), ...args], environment);
}

export function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", program], { stdio: "ignore" }).status === 0;
}
