/** Builds and uploads the workers: readers before writers, and only those of which something changed. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Secrets } from "../local/secrets.ts";
import { type Config, type Configs, configOf, databasesOf, nameOf, ROOT, type Section } from "../sections.ts";
import { runWrangler, runWranglerAsking } from "../wrangler.ts";
import { readDeployed, withSecretsFile, writeDeployed } from "./keep.ts";

/** Whoever reads a message or record must know its form before anybody writes it. */
export const READERS_FIRST: readonly Section[] = ["courier", "ledger", "console", "postback", "click"];
const BUILD_DIR = join(ROOT, "dist/deploy");

/** Builds every worker as a deploy would, all at once. Throws with what wrangler said when one cannot be built. */
export async function buildWorkers(): Promise<void> {
  await Promise.all(
    READERS_FIRST.map((section) => runWrangler(["deploy", "-e", section, "--dry-run", "--outdir", outDirOf(section)])),
  );
}

function outDirOf(section: Section): string {
  return join(BUILD_DIR, section);
}

/** Applies the migrations that each database has not yet. */
export async function migrateDatabases(
  configs: Configs,
  environment: Record<string, string>,
  tell: (line: string) => void,
): Promise<void> {
  for (const { section, name } of databasesOf(configs)) {
    tell(`migrating the database ${name}`);
    await runWrangler(["d1", "migrations", "apply", name, "-e", section, "--remote"], environment);
  }
}

/** Uploads every worker, of those built, whose code, configuration or secrets differ from what was deployed last, or that is not among the `present` ones. */
export async function deployWorkers(
  configs: Configs,
  { secrets, present }: { secrets: Secrets; present: readonly string[] },
  environment: Record<string, string>,
  tell: (line: string) => void,
): Promise<void> {
  for (const section of READERS_FIRST) {
    const config = configOf(configs, section);
    const required = config.secrets?.required ?? [];
    const hash = hashOf(outDirOf(section), config, secrets);
    const deployed = readDeployed();
    if (deployed[section] === hash && present.includes(nameOf(config))) {
      tell(`${nameOf(config)} is as it was deployed`);
      continue;
    }
    tell(`deploying ${nameOf(config)}`);
    await withSecretsFile(secrets, required, (path) =>
      runWranglerAsking(["deploy", "-e", section, "--secrets-file", path], environment),
    );
    writeDeployed({ ...deployed, [section]: hash });
  }
}

/** Of everything that a deploy uploads: the built code, the configuration, the secrets. */
function hashOf(outDir: string, config: Config, secrets: Secrets): string {
  const hash = createHash("sha256");
  // Beside the code lie a README with the time of the build, and source maps.
  const code = readdirSync(outDir).filter((name) => name !== "README.md" && !name.endsWith(".map"));
  for (const name of code.sort()) hash.update(name).update(readFileSync(join(outDir, name)));
  hash.update(JSON.stringify(config));
  for (const [name, value] of Object.entries(secrets))
    if (config.secrets?.required?.includes(name)) hash.update(JSON.stringify([name, value]));
  return hash.digest("hex");
}
