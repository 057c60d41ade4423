/** The machine in a line: figures of another one cannot be compared. */
import { readFileSync } from "node:fs";
import { cpus, release, type as system, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "../sections.ts";

const GIGABYTE = 2 ** 30;

export function describeMachine(): string {
  const processors = cpus();
  const model = processors[0]?.model.replaceAll(/\((?:R|TM)\)|\s+CPU\b/g, "").trim() ?? "unknown processor";
  const memory = `${Math.round(totalmem() / GIGABYTE)} GB`;
  const workerd: { version: string } = JSON.parse(
    readFileSync(join(ROOT, "node_modules/workerd/package.json"), "utf8"),
  );
  return `${processors.length} × ${model}, ${memory}, ${system()} ${release()}, Node ${process.versions.node}, workerd ${workerd.version}`;
}
