/**
 * `npm run export:measure`: a system of its own with as many conversions as are asked for, written by SQL; every isolate's heap is kept below a Worker's 128 MB.
 * Exports them in every format and says how long it took and how large the process grew.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { consoleFetch } from "./console-api.ts";
import { FORMATS } from "./export/job.ts";
import { runExport } from "./export/run.ts";
import { localSecrets } from "./local/secrets.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { residentBytes, watchLargest } from "./process-table.ts";
import { conversionsSql } from "./programme/conversions-in-sql.ts";
import { seedProgramme } from "./programme/in-sql.ts";

const DEFAULT_ROWS = "1000000";
/** A Worker has 128 MB for all that it holds; what is outside V8's old space needs some of it. */
const HEAP_MB = 96;
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
  await seedProgramme(platform.database);
  for (const sql of conversionsSql(Number(values.rows))) await platform.database.prepare(sql).all();
  console.log(`${values.rows} conversions; heap of an isolate ${HEAP_MB} MB at most`);
  for (const format of FORMATS) {
    const out = join(stateDir, `conversions.${format}`);
    const startedAtMs = performance.now();
    const largestBytes = watchLargest(() => residentBytes(process.pid, false));
    const job = { table: "conversions", format, query: {}, out };
    const { rows } = await runExport({ job, origin: "", fetchConsole, sleep, tell: () => {}, say: console.error });
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const size = (statSync(out).size / MEGABYTE).toFixed(0);
    const bytes = largestBytes();
    const memory = bytes === 0 ? "?" : (bytes / MEGABYTE).toFixed(0);
    console.log(`${format}: ${rows} rows, ${size} MB, ${seconds.toFixed(0)} s, workerd ${memory} MB at its largest`);
  }
} finally {
  await platform?.stop();
  rmSync(stateDir, { recursive: true });
}
