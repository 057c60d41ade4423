/** The local platform's secrets: made on the first start, kept in the state directory for its owner alone. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isStrongConsoleToken, WEAK_CONSOLE_TOKEN } from "../../workers/core/console-token.ts";
import { isRecord } from "../../workers/core/is-record.ts";
import { writeWhole } from "../write-whole.ts";

export const SECRETS_FILE = "secrets.json";

/** Every secret of the system; `core/key-ring.ts` says how keys are written. */
export interface Secrets {
  CLICK_KEYS: string;
  ADVERTISER_KEYS: string;
  ERASURE_KEY: string;
  COURIER_KEYS: string;
  CONSOLE_TOKEN: string;
}

/** New secrets: a first key for each ring, the key of erasure, and a token for the console. */
export function generateSecrets(): Secrets {
  return {
    CLICK_KEYS: newRing(),
    ADVERTISER_KEYS: newRing(),
    ERASURE_KEY: newKey(),
    COURIER_KEYS: newSealingKeys(),
    CONSOLE_TOKEN: randomBytes(24).toString("base64url"),
  };
}

/** Adds to a file of secrets what it was written without, since there was no such secret then. */
export function completeSecrets(path: string): void {
  const value = parse(readFileSync(path, "utf8"), path);
  const younger = { ERASURE_KEY: newKey(), COURIER_KEYS: newSealingKeys() };
  if (Object.keys(younger).every((name) => value[name] !== undefined)) return;
  writeWhole(path, `${JSON.stringify({ ...younger, ...value }, null, 2)}\n`, 0o600);
}

/** The secrets of a state directory, generated when it has none. `CONSOLE_TOKEN` in `environment` overrides the kept one and is not stored. */
export function localSecrets(stateDir: string, environment: NodeJS.ProcessEnv): Secrets {
  const path = join(stateDir, SECRETS_FILE);
  if (existsSync(path)) completeSecrets(path);
  const secrets = existsSync(path) ? readSecrets(path) : generateSecrets();
  if (!existsSync(path))
    writeFileSync(path, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: "wx", flush: true });
  return { ...secrets, ...(environment.CONSOLE_TOKEN ? { CONSOLE_TOKEN: environment.CONSOLE_TOKEN } : {}) };
}

/** Reads a file of secrets. Throws, without repeating a secret, when one is missing, or could be guessed. */
export function readSecrets(path: string): Secrets {
  const value = parse(readFileSync(path, "utf8"), path);
  const secrets = {
    CLICK_KEYS: textOf(value, "CLICK_KEYS", path),
    ADVERTISER_KEYS: textOf(value, "ADVERTISER_KEYS", path),
    ERASURE_KEY: textOf(value, "ERASURE_KEY", path),
    COURIER_KEYS: textOf(value, "COURIER_KEYS", path),
    CONSOLE_TOKEN: textOf(value, "CONSOLE_TOKEN", path),
  };
  if (!isStrongConsoleToken(secrets.CONSOLE_TOKEN)) throw new Error(`${path}: ${WEAK_CONSOLE_TOKEN}`);
  return secrets;
}

function parse(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {}
  throw new Error(`${path} is not a JSON object`);
}

function textOf(value: Record<string, unknown>, name: string, path: string): string {
  const text = value[name];
  if (typeof text !== "string" || text === "") throw new Error(`${path} lacks ${name}`);
  return text;
}

function newRing(): string {
  return JSON.stringify({ signing: 1, keys: { 1: newKey() } });
}

/** The courier's own form, of which others are given the public halves: see `core/courier/sealed-secrets.ts`. */
function newSealingKeys(): string {
  return JSON.stringify({ 1: generateKeyPairSync("x25519").privateKey.export({ format: "jwk" }) });
}

function newKey(): string {
  return randomBytes(32).toString("base64");
}
