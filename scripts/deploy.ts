/** `npm run deploy`: from an account to running workers, again and again; each run makes what is missing and changes what changed. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readOptions } from "./command.ts";
import { type Account, findAccount, listAll } from "./deploy/cloudflare.ts";
import { chooseDomains, type Domains, FACING, readTrackerHosts } from "./deploy/domains.ts";
import { addDomains, domainsOf, setDomain, setInTables, setVar, withPrefix } from "./deploy/edit-toml.ts";
import { deploymentSecrets, SECRETS_PATH } from "./deploy/keep.ts";
import { edgeTitle, ensureResources, type Ids, neededResources } from "./deploy/resources.ts";
import { buildWorkers, deployWorkers, migrateDatabases, READERS_FIRST } from "./deploy/workers.ts";
import { CONFIG_FILE, type Configs, configOf, nameOf, ROOT, readSections, SECTIONS } from "./sections.ts";
import { inTemporaryDirectory } from "./temporary-directory.ts";

const USAGE =
  "usage: npm run deploy -- [--dry-run] [--prefix WORD] [--click-domain D] [--postback-domain D] [--console-domain D] [--tracker-host HOST …]; domains also as CLICK_DOMAIN, POSTBACK_DOMAIN, CONSOLE_DOMAIN";
const CONFIG_PATH = join(ROOT, CONFIG_FILE);
const tell = (line: string): void => console.log(line);

try {
  const { dryRun, domains, trackerHosts, prefix } = readTold();
  if (dryRun) await rehearse(prefix);
  else {
    if (prefix !== null) writeFileSync(CONFIG_PATH, withPrefix(readFileSync(CONFIG_PATH, "utf8"), prefix));
    await deploy(domains, trackerHosts);
  }
} catch (error) {
  console.error(`The deploy stopped: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function deploy(given: Partial<Domains>, givenHosts: readonly string[]): Promise<void> {
  const domains = await chooseDomains(given, readFileSync(CONFIG_PATH, "utf8"));
  const trackerHosts = readTrackerHosts(givenHosts, domains);
  const account = await findAccount(process.env);
  const environment = { CLOUDFLARE_ACCOUNT_ID: account.id };
  const present = await deployedNames(account, readSections());
  const secrets = deploymentSecrets(present, tell);
  // Before anything is made in the account, so that code which cannot be built changes nothing.
  await buildWorkers();
  writeDown(domains);
  if (trackerHosts.length > 0)
    writeFileSync(CONFIG_PATH, addDomains(readFileSync(CONFIG_PATH, "utf8"), "click", trackerHosts));
  const ids = await ensureResources(account, neededResources(readSections()), tell);
  writeDown(ids);
  const configs = readSections();
  await migrateDatabases(configs, { account, ids: ids.databases }, environment, tell);
  await deployWorkers(configs, { secrets, present }, environment, tell);
  tell(`
Clickback runs.

  click     https://${domains.click}
  postback  https://${domains.postback}
  console   https://${domains.console}   (its token is CONSOLE_TOKEN in ${SECRETS_PATH})${toldHosts()}

${CONFIG_FILE} now holds the ids and domains of this deployment: commit it. Keep a copy of ${SECRETS_PATH} in a safe place.`);
}

/** Hosts of other trackers that come to the click worker too. */
function toldHosts(): string {
  const hosts = domainsOf(readFileSync(CONFIG_PATH, "utf8"), "click").slice(1);
  return hosts.length === 0 ? "" : `\n  trackers  ${hosts.map((host) => `https://${host}`).join(", ")}`;
}

/** Says what a deploy would do and builds every worker; needs no account and changes nothing. */
async function rehearse(prefix: string | null): Promise<void> {
  const configs = prefix === null ? readSections() : await sectionsWith(prefix);
  const { databases, buckets, queues } = neededResources(configs);
  tell(`Would create, where it is missing:
  the KV namespace ${edgeTitle(configs)}
  the databases ${databases.join(", ")}
  the bucket ${buckets.join(", ")}
  the queues ${queues.join(", ")}
Would write their ids, and the domains of ${FACING.join(", ")}, into ${CONFIG_FILE}.
Would migrate the databases, then deploy, readers before writers (all of them build):`);
  await buildWorkers();
  for (const section of READERS_FIRST) {
    const config = configOf(configs, section);
    tell(`  ${nameOf(config)}, with the secrets ${(config.secrets?.required ?? []).join(", ")}`);
  }
}

/** The workers as they would be called. */
function sectionsWith(prefix: string): Promise<Configs> {
  return inTemporaryDirectory("deploy-", async (directory) => {
    const path = join(directory, CONFIG_FILE);
    writeFileSync(path, withPrefix(readFileSync(CONFIG_PATH, "utf8"), prefix));
    return readSections(path);
  });
}

/** Writes ids or domains into every section that shares them. */
function writeDown(learnt: Ids | Domains): void {
  const text = readFileSync(CONFIG_PATH, "utf8");
  const edited = "edge" in learnt ? withIds(text, learnt) : withDomains(text, learnt);
  if (edited !== text) writeFileSync(CONFIG_PATH, edited);
}

function withIds(text: string, { edge, databases }: Ids): string {
  let edited = setInTables(text, { key: "binding", value: "EDGE" }, "id", edge);
  for (const [name, id] of databases)
    edited = setInTables(edited, { key: "database_name", value: name }, "database_id", id);
  return edited;
}

function withDomains(text: string, domains: Domains): string {
  let edited = text;
  for (const worker of FACING) edited = setDomain(edited, worker, domains[worker]);
  edited = setVar(edited, "CLICK_ORIGIN", `https://${domains.click}`);
  return setVar(edited, "POSTBACK_ORIGIN", `https://${domains.postback}`);
}

/** Which of our workers are in the account already. */
async function deployedNames(account: Account, configs: Configs): Promise<string[]> {
  const there = new Set((await listAll(account, "/workers/scripts")).map(({ id }) => String(id)));
  return SECTIONS.map((section) => nameOf(configOf(configs, section))).filter((name) => there.has(name));
}

function readTold(): { dryRun: boolean; domains: Partial<Domains>; trackerHosts: string[]; prefix: string | null } {
  const options = {
    "dry-run": { type: "boolean" },
    prefix: { type: "string" },
    "click-domain": { type: "string" },
    "postback-domain": { type: "string" },
    "console-domain": { type: "string" },
    "tracker-host": { type: "string", multiple: true },
  } as const;
  const values = readOptions(process.argv.slice(2), options, USAGE);
  const domains: Partial<Domains> = {};
  for (const worker of FACING) {
    const domain = values[`${worker}-domain`] ?? process.env[`${worker.toUpperCase()}_DOMAIN`];
    if (domain) domains[worker] = domain.toLowerCase();
  }
  return {
    dryRun: values["dry-run"] ?? false,
    domains,
    trackerHosts: values["tracker-host"] ?? [],
    prefix: values.prefix ?? null,
  };
}
