/** `npm run deploy` in a copy of the project against a fake of the platform: stopped half way, run again, and run once more. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../house/files.ts";
import { ACCOUNT, FakeCloudflare } from "./fake-cloudflare.ts";

const RUN_WITHIN_MS = 180_000;
const DOMAINS = [
  "--click-domain",
  "go.example.com",
  "--postback-domain",
  "pb.example.com",
  "--console-domain",
  "c.example.com",
];

const project = mkdtempSync(join(tmpdir(), "clickback-deploy-"));
const secretsPath = join(project, ".deploy/secrets.json");
const fake = new FakeCloudflare();
/** Each database's binding. */
const BINDINGS = new Map([
  ["clickback-books", "DB"],
  ["clickback-log", "LOG"],
  ["clickback-courier", "COURIER"],
]);
let base: string;

beforeAll(async () => {
  for (const part of [
    "package.json",
    "package-lock.json",
    "wrangler.toml",
    "tsconfig.json",
    "scripts",
    "schema",
    "workers",
  ])
    cpSync(join(ROOT, part), join(project, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
  base = await fake.listen();
});

afterAll(async () => {
  await fake.close();
  rmSync(project, { recursive: true, force: true });
});

async function deploy(
  args: string[],
  environment: Record<string, string> = {},
): Promise<{ code: unknown; output: string }> {
  const child = spawn("npm", ["run", "deploy", "--silent", "--", ...args], {
    cwd: project,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      CLOUDFLARE_API_BASE_URL: base,
      CLOUDFLARE_API_TOKEN: "a-token",
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
      ...environment,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  const [code] = await once(child, "close");
  return { code, output };
}

const config = () => readFileSync(join(project, "wrangler.toml"), "utf8");
const binding = (worker: string, name: string) =>
  fake.workers.get(`clickback-${worker}`)?.bindings.find((one) => one.name === name);
const uploads = () => [...fake.workers].map(([name, { uploads }]) => `${name} ${uploads}`);

describe("npm run deploy", { timeout: RUN_WITHIN_MS }, () => {
  test("--dry-run needs no account and changes nothing", async () => {
    const before = config();
    const { code, output } = await deploy(["--dry-run"], { CLOUDFLARE_API_TOKEN: "", CLOUDFLARE_ACCOUNT_ID: "" });
    expect(code, output).toBe(0);
    for (const name of ["clickback-edge", "clickback-books", "dead-letters", "clickback-ledger", "CLICK_KEYS"])
      expect(output).toContain(name);
    expect(config()).toBe(before);
    expect(existsSync(secretsPath)).toBe(false);
    expect([fake.changes, fake.unknown]).toEqual([[], []]);
  });

  test("without a domain it says in one line what is missing", async () => {
    const { code, output } = await deploy(["--click-domain", "go.example.com"]);
    expect(code).toBe(1);
    expect(output).toMatch(/^The deploy stopped: [^\n]*--postback-domain[^\n]*\n$/);
    expect(fake.changes).toEqual([]);
  });

  test("stopped half way and run again, it ends where one run would have", async () => {
    // Everything is made, migrated, and the ledger uploaded; then the platform fails.
    fake.fails = (changes) => changes.slice(0, -1).some((change) => change.includes("/scripts/clickback-ledger"));
    const stopped = await deploy(DOMAINS);
    expect(stopped.code).toBe(1);
    expect(stopped.output).toContain("The deploy stopped:");
    const made = { ...JSON.parse(readFileSync(secretsPath, "utf8")) };
    fake.fails = () => false;

    const { code, output } = await deploy([]);
    expect(code, output).toBe(0);
    expect(fake.unknown).toEqual([]);
    expect(JSON.parse(readFileSync(secretsPath, "utf8"))).toEqual(made);
    expect(statSync(secretsPath).mode & 0o777).toBe(0o600);
    expect([fake.namespaces.size, fake.databases.size, fake.buckets.size, fake.queues.size]).toEqual([1, 3, 1, 5]);
  });

  test("the workers share one namespace, each database, and their secrets", () => {
    const [edge] = fake.namespaces.keys();
    for (const worker of ["click", "postback", "ledger", "console"])
      expect(binding(worker, "EDGE")).toMatchObject({ namespace_id: edge });
    for (const [id, { name }] of fake.databases)
      for (const worker of name === "clickback-courier" ? ["courier"] : ["ledger", "console"])
        expect(binding(worker, BINDINGS.get(name) ?? name)).toMatchObject({ id });
    const secrets = JSON.parse(readFileSync(secretsPath, "utf8"));
    for (const [worker, name] of [
      ["click", "CLICK_KEYS"],
      ["postback", "CLICK_KEYS"],
      ["postback", "ADVERTISER_KEYS"],
      ["postback", "SOURCE_KEYS"],
      ["ledger", "CLICK_KEYS"],
      ["ledger", "ERASURE_KEY"],
      ["ledger", "PROOF_KEYS"],
      ["postback", "PROOF_KEYS"],
      ["courier", "COURIER_KEYS"],
      ["console", "ADVERTISER_KEYS"],
      ["console", "CONSOLE_TOKEN"],
    ] as const)
      expect(binding(worker, name)).toMatchObject({ type: "secret_text", text: secrets[name] });
    expect(binding("click", "ADVERTISER_KEYS")).toBeUndefined();
    const { kty, crv, x } = JSON.parse(secrets.SOURCE_KEYS)[1];
    const sealing = { type: "secret_text", text: JSON.stringify({ 1: { kty, crv, x } }) };
    expect(binding("console", "SOURCE_SEALING_KEYS")).toMatchObject(sealing);
    expect(binding("console", "SOURCE_KEYS")).toBeUndefined();
  });

  test("migrations ran, readers came before writers, domains and queues point at their workers", () => {
    const [books] = [...fake.databases.values()].filter(({ name }) => name === "clickback-books");
    expect(books?.sqlite.prepare("SELECT count(*) AS n FROM conversions").get()).toEqual({ n: 0 });
    const order = fake.changes.filter((change) => /^PUT \/workers\/scripts\/[\w-]+$/.test(change));
    expect([...new Set(order)].map((change) => change.split("-")[1])).toEqual([
      "courier",
      "ledger",
      "console",
      "postback",
      "click",
    ]);
    expect(Object.fromEntries(fake.domains)).toEqual({
      "go.example.com": "clickback-click",
      "pb.example.com": "clickback-postback",
      "c.example.com": "clickback-console",
    });
    for (const queue of ["postbacks", "clicks", "refusals", "dead-letters"])
      expect(fake.consumers.get(queue)).toMatchObject({ script_name: "clickback-ledger" });
    expect(fake.consumers.get("notices")).toMatchObject({ script_name: "clickback-courier" });
    expect(binding("console", "CLICK_ORIGIN")).toMatchObject({ text: "https://go.example.com" });
  });

  test("run once more, it changes nothing", async () => {
    const [before, changes, done] = [config(), fake.changes.length, uploads()];
    const { code, output } = await deploy([]);
    expect(code, output).toBe(0);
    expect(fake.changes.slice(changes)).toEqual([]);
    expect(uploads()).toEqual(done);
    expect(config()).toBe(before);
    expect(output).not.toMatch(/deploying|migrating|creating/);
  });

  test("a worker that cannot be built changes nothing", async () => {
    const path = join(project, "workers/click/index.ts");
    const [kept, changes] = [readFileSync(path, "utf8"), fake.changes.length];
    writeFileSync(path, `${kept}\nexport const = 1;\n`);
    const { code, output } = await deploy([]);
    writeFileSync(path, kept);
    expect([code, output]).toEqual([1, expect.stringContaining("workers/click/index.ts")]);
    expect(fake.changes.slice(changes)).toEqual([]);
  });

  test("where a setting of one worker changed, that one is deployed", async () => {
    const [kept, done] = [config(), uploads()];
    writeFileSync(join(project, "wrangler.toml"), kept.replace(/^CLICK_LOG_MS = .*$/m, 'CLICK_LOG_MS = "1234"'));
    const { code, output } = await deploy([]);
    writeFileSync(join(project, "wrangler.toml"), kept);
    expect(code, output).toBe(0);
    expect(uploads().filter((one) => !done.includes(one))).toEqual([expect.stringContaining("clickback-click")]);
    expect(binding("click", "CLICK_LOG_MS")).toMatchObject({ text: "1234" });
  });

  test("without the file of secrets it makes no new ones for workers that are there", async () => {
    renameSync(secretsPath, `${secretsPath}.away`);
    const changes = fake.changes.length;
    const { code, output } = await deploy([]);
    renameSync(`${secretsPath}.away`, secretsPath);
    expect(code).toBe(1);
    expect(output).toMatch(/their secrets are not in [^\n]*secrets\.json/);
    expect(fake.changes.slice(changes)).toEqual([]);
  });

  test("a console token that could be guessed goes nowhere", async () => {
    const kept = readFileSync(secretsPath, "utf8");
    writeFileSync(secretsPath, JSON.stringify({ ...JSON.parse(kept), CONSOLE_TOKEN: "a" }));
    const changes = fake.changes.length;
    const { code, output } = await deploy([]);
    writeFileSync(secretsPath, kept);
    expect(code).toBe(1);
    expect(output).toMatch(
      /^The deploy stopped: \S+secrets\.json: CONSOLE_TOKEN [^\n]*openssl rand -base64 24[^\n]*\n$/m,
    );
    expect(fake.changes.slice(changes)).toEqual([]);
  });
});
