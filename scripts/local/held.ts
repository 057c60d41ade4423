/** Messages that the local queues still owe when the platform stops: kept in a file of the state directory, and sent at the next start. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../write-whole.ts";

/** A message of `queue` that has not been settled; `dueMs` is when it was to come back (0: at once). */
export interface Held {
  queue: string;
  body: unknown;
  dueMs: number;
}

/** What a door must know about the queues of its worker: binding → queue, and queue → seconds that a failed batch waits. */
export interface LocalQueues {
  producers: Record<string, string>;
  retryDelaysS: Record<string, number>;
}

const FILE = "undelivered.json";

/** Writes the messages beside the state, whole or not at all. */
export function writeHeld(stateDir: string, held: readonly Held[]): void {
  const path = join(stateDir, FILE);
  if (held.length === 0) {
    rmSync(path, { force: true });
    return;
  }
  writeWhole(path, JSON.stringify(held), 0o600);
}

/** The messages of the last stop; empty when there are none. */
export function readHeld(stateDir: string): Held[] {
  const path = join(stateDir, FILE);
  if (!existsSync(path)) return [];
  const value: unknown = JSON.parse(readFileSync(path, "utf8"));
  return Array.isArray(value) ? value.filter(isHeld) : [];
}

function isHeld(value: unknown): value is Held {
  return typeof value === "object" && value !== null && "queue" in value && "body" in value;
}
