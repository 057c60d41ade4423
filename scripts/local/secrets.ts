/** The local platform's secrets: made on the first start, kept in the state directory for its owner alone. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isStrongConsoleToken, WEAK_CONSOLE_TOKEN } from "../../workers/core/console-token.ts";
import { isRecord } from "../../workers/core/is-record.ts";
import { writeWhole } from "../write-whole.ts";

export const SECRETS_FILE = "secrets.json";
const KEY_BYTES = 32;
/** What stands before the bytes of a private Ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/** Every secret of the system; `core/key-ring.ts` says how keys are written. */
export interface Secrets {
  CLICK_KEYS: string;
  ADVERTISER_KEYS: string;
  ERASURE_KEY: string;
  COURIER_KEYS: string;
  SOURCE_KEYS: string;
  /** The public halves of `SOURCE_KEYS`; not kept, since they follow from these. */
  SOURCE_SEALING_KEYS: string;
  PROOF_KEYS: string;
  /** The public halves of `PROOF_KEYS`; not kept either. */
  PROOF_PUBLIC_KEYS: string;
  CONSOLE_TOKEN: string;
}

/** New secrets: a first key for each ring, the key of erasure, and a token for the console. */
export function generateSecrets(): Secrets {
  const sourceKeys = newSealingKeys();
  const proofKeys = newRing();
  return {
    CLICK_KEYS: newRing(),
    ADVERTISER_KEYS: newRing(),
    ERASURE_KEY: newKey(),
    COURIER_KEYS: newSealingKeys(),
    SOURCE_KEYS: sourceKeys,
    SOURCE_SEALING_KEYS: sealingHalves(sourceKeys, "new secrets"),
    PROOF_KEYS: proofKeys,
    PROOF_PUBLIC_KEYS: publicHalves(proofKeys, "new secrets"),
    CONSOLE_TOKEN: randomBytes(24).toString("base64url"),
  };
}

/** What a file of secrets holds. */
export function keptSecrets({
  SOURCE_SEALING_KEYS: _,
  PROOF_PUBLIC_KEYS: __,
  ...kept
}: Secrets): Omit<Secrets, "SOURCE_SEALING_KEYS" | "PROOF_PUBLIC_KEYS"> {
  return kept;
}

/** Adds to a file of secrets what it was written without, since there was no such secret then. */
export function completeSecrets(path: string): void {
  const value = parse(readFileSync(path, "utf8"), path);
  const younger = {
    ERASURE_KEY: newKey(),
    COURIER_KEYS: newSealingKeys(),
    SOURCE_KEYS: newSealingKeys(),
    PROOF_KEYS: newRing(),
  };
  if (Object.keys(younger).every((name) => value[name] !== undefined)) return;
  writeWhole(path, `${JSON.stringify({ ...younger, ...value }, null, 2)}\n`, 0o600);
}

/** The secrets of a state directory, generated when it has none. `CONSOLE_TOKEN` in `environment` overrides the kept one and is not stored. */
export function localSecrets(stateDir: string, environment: NodeJS.ProcessEnv): Secrets {
  const path = join(stateDir, SECRETS_FILE);
  if (existsSync(path)) completeSecrets(path);
  if (!existsSync(path))
    writeFileSync(path, `${JSON.stringify(keptSecrets(generateSecrets()), null, 2)}\n`, {
      mode: 0o600,
      flag: "wx",
      flush: true,
    });
  const secrets = readSecrets(path);
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
    SOURCE_KEYS: textOf(value, "SOURCE_KEYS", path),
    SOURCE_SEALING_KEYS: sealingHalves(textOf(value, "SOURCE_KEYS", path), path),
    PROOF_KEYS: textOf(value, "PROOF_KEYS", path),
    PROOF_PUBLIC_KEYS: publicHalves(textOf(value, "PROOF_KEYS", path), path),
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

/** What the console seals with: the keys without their private halves. */
function sealingHalves(keys: string, path: string): string {
  const halves = Object.entries(parse(keys, `SOURCE_KEYS of ${path}`)).map(([number, key]) => {
    const { kty, crv, x } = isRecord(key) ? key : {};
    return [number, { kty, crv, x }];
  });
  return JSON.stringify(Object.fromEntries(halves));
}

/** What everybody checks signatures with: the keys of a ring as Ed25519 ones, without their private halves. */
function publicHalves(ring: string, path: string): string {
  const name = `PROOF_KEYS of ${path}`;
  const { signing, keys } = parse(ring, name);
  const halves = Object.entries(isRecord(keys) ? keys : {}).map(([number, seed]) => {
    const key = Buffer.concat([PKCS8_HEAD, Buffer.from(typeof seed === "string" ? seed : "", "base64")]);
    if (key.length !== PKCS8_HEAD.length + KEY_BYTES)
      throw new Error(`${name}: a key is the base64 of ${KEY_BYTES} bytes`);
    const { x = "" } = createPublicKey(createPrivateKey({ key, format: "der", type: "pkcs8" })).export({
      format: "jwk",
    });
    return [number, Buffer.from(x, "base64url").toString("base64")];
  });
  return JSON.stringify({ signing, keys: Object.fromEntries(halves) });
}

/** Private keys, of which others are given the public halves: see `core/sealed-secrets.ts`. */
function newSealingKeys(): string {
  return JSON.stringify({ 1: generateKeyPairSync("x25519").privateKey.export({ format: "jwk" }) });
}

function newKey(): string {
  return randomBytes(KEY_BYTES).toString("base64");
}
