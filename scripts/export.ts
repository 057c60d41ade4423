/** `npm run export`: saves conversions, entries, clicks or postbacks as one file, with a progress bar; run again it goes on where it ended. */
import { setTimeout as sleep } from "node:timers/promises";
import { SingleBar } from "cli-progress";
import { runCommand, userPath } from "./command.ts";
import type { FullFetch } from "./console-api.ts";
import { type Job, readJob, USAGE } from "./export/job.ts";
import { type Exported, runExport } from "./export/run.ts";
import { findConsole } from "./find-console.ts";
import { progressPath } from "./progress-file.ts";

const WHOLE = 1_000;
const KILOBYTE = 1_000;
const MEGABYTE = 1_000_000;

await runCommand(run, { failure: "The export stopped", usage: USAGE });

async function run(): Promise<boolean> {
  const { job, options } = readJob(process.argv.slice(2), userPath("."));
  const fetchConsole = await findConsole(options);
  const spanMs = await spanOf(job, fetchConsole);
  process.once("SIGINT", () => {
    console.error(`\nThe same command goes on where this one ended (${progressPath(job.out)}).`);
    process.exit(130);
  });
  const bar = new SingleBar({
    format: "{bar} {percentage} %  {rows} rows, {size}, {duration_formatted}",
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  const startedAtMs = performance.now();
  let done = 0;
  bar.start(WHOLE, 0, { rows: 0, size: sizeText(0) });
  try {
    const exported = await runExport({
      job,
      origin: options.url ?? "",
      fetchConsole,
      sleep,
      // Below the bar, which stands on a line of its own.
      say: (line) => console.error(`\n${line}`),
      tell: (rows, bytes, untilMs) => {
        if (untilMs !== null) done = shareOf(spanMs, untilMs);
        bar.update(done, { rows, size: sizeText(bytes) });
      },
    });
    bar.update(WHOLE);
    bar.stop();
    report(job, exported, (performance.now() - startedAtMs) / 1_000);
    return true;
  } finally {
    bar.stop();
  }
}

/** From the first row's receipt to the end of the range or now: nobody counts rows beforehand, so the bar goes by time. */
async function spanOf({ table, query }: Job, fetchConsole: FullFetch): Promise<{ fromMs: number; toMs: number }> {
  const first = await fetchConsole(`/api/exports/${table}.ndjson?${new URLSearchParams({ ...query, limit: "1" })}`);
  const line = first.status === 200 ? await first.text() : "";
  const row = Object(line === "" ? {} : JSON.parse(line));
  const toMs = Math.min(Date.now(), Date.parse(query.to ?? "") || Date.now());
  return { fromMs: Date.parse(row.received_at ?? row.clicked_at ?? "") || toMs, toMs };
}

function shareOf({ fromMs, toMs }: { fromMs: number; toMs: number }, atMs: number): number {
  if (toMs <= fromMs) return 0;
  return Math.min(WHOLE - 1, Math.max(0, Math.round(((atMs - fromMs) / (toMs - fromMs)) * WHOLE)));
}

function report({ out, query }: Job, exported: Exported, seconds: number): void {
  const { rows, resumed, bytes, completeUntil, rowsFrom } = exported;
  const known = resumed > 0 ? ` (${resumed} of them from an earlier run)` : "";
  console.log(`${rows} rows${known}, ${sizeText(bytes)} in ${seconds.toFixed(1)} s: ${out}`);
  if (rowsFrom !== null) console.log(`It begins at ${rowsFrom}; older rows: npm run archive`);
  if (completeUntil === null)
    console.log("The console cannot say up to when this is complete: its queue does not answer.");
  else if (!(Date.parse(query.to ?? "") <= Date.parse(completeUntil)))
    console.log(`Complete for everything received before ${completeUntil}; what came later may still be on its way.`);
}

function sizeText(bytes: number): string {
  return bytes < MEGABYTE ? `${(bytes / KILOBYTE).toFixed(1)} kB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;
}
