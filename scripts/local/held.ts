/** Messages that an older version kept in a file of the state directory when it stopped; the journal has them now. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A message of `queue` that has not been settled. */
interface Held {
  queue: string;
  body: unknown;
}

const FILE = "undelivered.json";

/** Empty when there are none. */
export function readHeld(stateDir: string): Held[] {
  const path = join(stateDir, FILE);
  if (!existsSync(path)) return [];
  const value: unknown = JSON.parse(readFileSync(path, "utf8"));
  return Array.isArray(value) ? value.filter(isHeld) : [];
}

export function forgetHeld(stateDir: string): void {
  rmSync(join(stateDir, FILE), { force: true });
}

function isHeld(value: unknown): value is Held {
  return typeof value === "object" && value !== null && "queue" in value && "body" in value;
}
