/** The workers of wrangler.toml, as wrangler itself reads them. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Unstable_Config, unstable_readConfig } from "wrangler";

export const ROOT = fileURLToPath(new URL("..", import.meta.url).href);
export const CONFIG_FILE = "wrangler.toml";
export const SECTIONS = ["click", "postback", "ledger", "courier", "console"] as const;
export type Section = (typeof SECTIONS)[number];

export type Config = Unstable_Config;
export type Configs = ReadonlyMap<Section, Config>;

/** Every worker's section, with all defaults filled in. */
export function readSections(configPath: string = join(ROOT, CONFIG_FILE)): Configs {
  const read = (section: Section) => unstable_readConfig({ config: configPath, env: section }, { hideWarnings: true });
  return new Map(SECTIONS.map((section) => [section, read(section)]));
}

export function configOf(configs: Configs, section: Section): Config {
  const config = configs.get(section);
  if (!config) throw new Error(`${CONFIG_FILE} has no section ${section}`);
  return config;
}

/** The name that the platform knows a worker by. */
export function nameOf(config: Config): string {
  if (!config.name) throw new Error(`${CONFIG_FILE} has a worker without a name`);
  return config.name;
}

/** A database, with the first section that has it. */
export interface SectionDatabase {
  section: Section;
  binding: string;
  /** Its name on the platform. */
  name: string;
  migrationsDir: string;
}

/** Every database of the workers, once. */
export function databasesOf(configs: Configs): SectionDatabase[] {
  const found = SECTIONS.flatMap((section) =>
    (configs.get(section)?.d1_databases ?? []).map(({ binding, database_name = "", migrations_dir = "" }) => ({
      section,
      binding,
      name: database_name,
      migrationsDir: migrations_dir,
    })),
  );
  return found.filter((one, place) => found.findIndex(({ name }) => name === one.name) === place);
}

/** Every queue that some worker consumes. */
export function queueNames(configs: Configs): string[] {
  return [...configs.values()].flatMap((config) => (config.queues.consumers ?? []).map(({ queue }) => queue));
}
