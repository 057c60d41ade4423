/** What a deploy must remember on the operator's machine, in `.deploy`, which git ignores: the secrets, and what was deployed last. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../workers/core/is-record.ts";
import { completeSecrets, generateSecrets, keptSecrets, readSecrets, type Secrets } from "../local/secrets.ts";
import { ROOT, type Section } from "../sections.ts";

const FOLDER = join(ROOT, ".deploy");
export const SECRETS_PATH = join(FOLDER, "secrets.json");
const DEPLOYED_PATH = join(FOLDER, "deployed.json");

/** Section → what was deployed of it last, as a hash. */
export type Deployed = Partial<Record<Section, string>>;

/**
 * The secrets of this deployment; made when nothing has been deployed yet. Throws one line when workers are there and their
 * secrets are not: new ones would break every click ID and token in the field.
 */
export function deploymentSecrets(present: readonly string[], tell: (line: string) => void): Secrets {
  if (existsSync(SECRETS_PATH)) {
    completeSecrets(SECRETS_PATH);
    return readSecrets(SECRETS_PATH);
  }
  if (present.length > 0)
    throw new Error(
      `${present.join(", ")} are deployed, but their secrets are not in ${SECRETS_PATH}: put your copy of that file there (new secrets would break every click ID and token in the field)`,
    );
  const secrets = generateSecrets();
  write(SECRETS_PATH, keptSecrets(secrets));
  tell(`made new secrets in ${SECRETS_PATH}: keep a copy in a safe place, nobody can recover them`);
  return secrets;
}

/** Hands `work` a file that holds only the named secrets and is gone afterwards. */
export async function withSecretsFile(
  secrets: Secrets,
  names: readonly string[],
  work: (path: string) => Promise<void>,
): Promise<void> {
  const path = join(FOLDER, `upload-${process.pid}.json`);
  write(path, Object.fromEntries(Object.entries(secrets).filter(([name]) => names.includes(name))));
  try {
    await work(path);
  } finally {
    rmSync(path, { force: true });
  }
}

export function readDeployed(): Deployed {
  const value: unknown = existsSync(DEPLOYED_PATH) ? JSON.parse(readFileSync(DEPLOYED_PATH, "utf8")) : {};
  return isRecord(value) ? value : {};
}

export function writeDeployed(deployed: Deployed): void {
  write(DEPLOYED_PATH, deployed);
}

function write(path: string, value: unknown): void {
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
  chmodSync(path, 0o600);
}
