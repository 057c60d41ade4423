/** Builds and uploads the workers: readers before writers, and only those of which something changed. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { must } from "../../workers/core/must.ts";
import { METAFILE, writeBundle } from "../kept-bundles.ts";
import type { Secrets } from "../local/secrets.ts";
import { type Config, type Configs, configOf, databasesOf, nameOf, ROOT, type Section } from "../sections.ts";
import { runWrangler, runWranglerAsking } from "../wrangler.ts";
import { type Account, query } from "./cloudflare.ts";
import { readDeployed, withSecretsFile, writeDeployed } from "./keep.ts";

/** Whoever reads a message or record must know its form before anybody writes it. */
export const READERS_FIRST: readonly Section[] = ["courier", "ledger", "console", "postback", "click"];
const BUILD_DIR = join(ROOT, "dist/deploy");
/** A README with the time of the build, and what went into it; source maps besides. */
const BESIDE_THE_CODE = ["README.md", METAFILE];

/** Builds every worker as a deploy would, all at once; what is kept of before is used again where nothing in it changed. Throws with what wrangler said when one cannot be built. */
export async function buildWorkers(): Promise<void> {
  rmSync(BUILD_DIR, { recursive: true, force: true });
  await Promise.all(
    READERS_FIRST.map((section) => writeBundle({ section, entry: `workers/${section}/index.ts` }, outDirOf(section))),
  );
}

function outDirOf(section: Section): string {
  return join(BUILD_DIR, section);
}

/** Applies the migrations that each database has not yet; `ids` are theirs by name. */
export async function migrateDatabases(
  configs: Configs,
  { account, ids }: { account: Account; ids: ReadonlyMap<string, string> },
  environment: Record<string, string>,
  tell: (line: string) => void,
): Promise<void> {
  for (const { section, name, migrationsDir } of databasesOf(configs)) {
    const applied = await appliedMigrations(account, must(ids.get(name), "the ID of database", name));
    const written = readdirSync(join(ROOT, migrationsDir)).filter((file) => file.endsWith(".sql"));
    if (written.every((file) => applied.has(file))) continue;
    tell(`migrating the database ${name}`);
    await runWrangler(["d1", "migrations", "apply", name, "-e", section, "--remote"], environment);
  }
}

/** By their files' names, as wrangler notes them in the database. */
async function appliedMigrations(account: Account, database: string): Promise<Set<string>> {
  const notes = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'd1_migrations'";
  if ((await query(account, database, notes)).length === 0) return new Set();
  return new Set((await query(account, database, "SELECT name FROM d1_migrations")).map(({ name }) => String(name)));
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
  const code = readdirSync(outDir).filter((name) => !BESIDE_THE_CODE.includes(name) && !name.endsWith(".map"));
  for (const name of code.sort()) hash.update(name).update(readFileSync(join(outDir, name)));
  hash.update(JSON.stringify(config));
  for (const [name, value] of Object.entries(secrets))
    if (config.secrets?.required?.includes(name)) hash.update(JSON.stringify([name, value]));
  return hash.digest("hex");
}
