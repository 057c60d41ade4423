/**
 * `npm run export:measure`: a system of its own with as many conversions as are asked for, written by SQL; every isolate's heap is kept below a Worker's 128 MB.
 * Exports them in every format and says how long it took and how large the process grew.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { consoleFetch } from "./console-api.ts";
import { FORMATS } from "./export/job.ts";
import { runExport } from "./export/run.ts";
import { localSecrets } from "./local/secrets.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { createAcme } from "./programme/acme.ts";

const DEFAULT_ROWS = "1000000";
const SEEDED_AT_ONCE = 50_000;
/** A Worker has 128 MB for all that it holds; what is outside V8's old space needs some of it. */
const HEAP_MB = 96;
const LOOK_EVERY_MS = 100;
const MEGABYTE = 1_000_000;

const { values } = parseArgs({
  options: { rows: { type: "string", default: DEFAULT_ROWS }, port: { type: "string", default: "9790" } },
});
// An isolate that needs more is ended, as on the platform.
process.env.MINIFLARE_WORKERD_V8_FLAGS = `--max-old-space-size=${HEAP_MB}`;
process.env.WRANGLER_LOG ??= "error";
const stateDir = mkdtempSync(join(tmpdir(), "export-measure-"));
let platform: Platform | null = null;
try {
  const secrets = localSecrets(stateDir, process.env);
  platform = await startPlatform({ stateDir, port: Number(values.port), secrets });
  const fetchConsole = consoleFetch(platform.origins.console, secrets.CONSOLE_TOKEN);
  await createAcme(fetchConsole);
  await seed(platform, Number(values.rows));
  console.log(`${values.rows} conversions; heap of an isolate ${HEAP_MB} MB at most`);
  for (const format of FORMATS) {
    const out = join(stateDir, `conversions.${format}`);
    const startedAtMs = performance.now();
    const memory = watchMemory();
    const job = { table: "conversions", format, query: {}, out };
    const { rows } = await runExport({ job, origin: "", fetchConsole, sleep, tell: () => {}, say: console.error });
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const size = (statSync(out).size / MEGABYTE).toFixed(0);
    console.log(`${format}: ${rows} rows, ${size} MB, ${seconds.toFixed(0)} s, workerd ${memory()} MB at its largest`);
  }
} finally {
  await platform?.stop();
  rmSync(stateDir, { recursive: true });
}

/** Conversions of a busy programme, a second apart: unique orders, clicks and sub-ids, few offers and countries. */
async function seed({ database }: Platform, rows: number): Promise<void> {
  for (let start = 0; start < rows; start += SEEDED_AT_ONCE)
    await database.prepare(seedSql(start, Math.min(rows, start + SEEDED_AT_ONCE))).all();
}

function seedSql(start: number, end: number): string {
  const columns: Record<string, string> = {
    conversion_id: "printf('00%024d', i)",
    seq: "1",
    advertiser: "1",
    offer: "1",
    affiliate: "1",
    link: "1",
    event: "iif(i % 10, 'lead', 'sale')",
    txid: "'order-' || i",
    click_id: "lower(hex(randomblob(18)))",
    status: "'approved'",
    currency: "'USD'",
    amount: "abs(random() % 1000) * 100000",
    revenue: "abs(random() % 1000) * 15000",
    payout: "abs(random() % 1000) * 10000",
    clicked_at: "1760000000000 + i * 1000",
    occurred_at: "1760000100000 + i * 1000",
    received_at: "1760000200000 + i * 1000",
    settled_at: "1760000201000 + i * 1000",
    click_joined: "1",
    country: "substr('DEFRUSGBPLES', 1 + 2 * (i % 6), 2)",
    device: "'mobile'",
    os: "'android'",
    browser: "'Chrome'",
    referrer: "'blog.example'",
    external_id: "lower(hex(randomblob(16)))",
    sub1: "'campaign-' || i % 100",
    sub2: "'keyword-' || i % 50000",
    test: "0",
  };
  return `WITH RECURSIVE n (i) AS (SELECT ${start} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${end})
    INSERT INTO conversions (${Object.keys(columns).join(", ")}) SELECT ${Object.values(columns).join(", ")} FROM n`;
}

/** Looks at the processes that this one started, where the system shows them. Gives the way to stop, which says the largest size in MB. */
function watchMemory(): () => string {
  let largest = 0;
  const timer = setInterval(() => {
    largest = Math.max(largest, residentBytes());
  }, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    return largest === 0 ? "?" : (largest / MEGABYTE).toFixed(0);
  };
}

function residentBytes(): number {
  const PAGE_BYTES = 4_096;
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => parentAndPages(pid))
      .filter(({ parent }) => parent === process.pid)
      .reduce((sum, { pages }) => sum + pages * PAGE_BYTES, 0);
  } catch {
    return 0;
  }
}

function parentAndPages(pid: string): { parent: number; pages: number } {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return { parent: Number(fields[1]), pages: Number(fields[21]) };
  } catch {
    return { parent: 0, pages: 0 };
  }
}
