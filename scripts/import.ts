/** `npm run import`: sends a file of postbacks of any size to the batch door, in pieces, with a progress bar; run again it goes on where it ended. */
import { createHash } from "node:crypto";
import { rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { SingleBar } from "cli-progress";
import { MAX_BATCH_BYTES, MAX_BATCH_ROWS } from "../workers/core/postback/batch.ts";
import { type SenderRequest, signedBody, tokenBody } from "../workers/core/sender/requests.ts";
import { onlyFile, runCommand } from "./command.ts";
import type { ConsoleFetch } from "./console-api.ts";
import { sendBatch } from "./import/batch-answer.ts";
import { failedPath, writeFailed } from "./import/failed-file.ts";
import { awaitOutcomes, isUnbooked, outcomesPath } from "./import/outcomes.ts";
import { reportPath } from "./import/refused-report.ts";
import type { Row } from "./import/rows.ts";
import { type ImportResult, runImport } from "./import/run.ts";
import { sentPath } from "./import/sent-list.ts";
import { paceForSimulator, ROWS_AT_ONCE } from "./import/simulator-pace.ts";
import { upload } from "./import/upload.ts";
import { findTarget, TARGET_OPTIONS, TARGET_USAGE, type Target } from "./sender/target.ts";
import { readTableOptions, TABLE_OPTIONS, TABLE_USAGE } from "./tables/table-options.ts";
import { summaryLines } from "./tables/table-summary.ts";

const USAGE = `usage: npm run import -- FILE [--no-wait] ${TABLE_USAGE} ${TARGET_USAGE}`;
/** With some room. */
const PIECE_BYTES = MAX_BATCH_BYTES - 131_072;
const NEWLINE = Buffer.from("\n");

await runCommand(run, { failure: "The import stopped", usage: USAGE });

/** True when no row was refused, and none ended outside the books. */
async function run(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    options: { ...TARGET_OPTIONS, ...TABLE_OPTIONS, "no-wait": { type: "boolean" } },
    allowPositionals: true,
  });
  const file = onlyFile(positionals, USAGE);
  const table = readTableOptions(values);
  const sizeBytes = statSync(file).size;
  const target = await findTarget(values, process.env);
  const pace = target.local && target.fetchConsole ? paceForSimulator(target.fetchConsole) : null;
  const bar = new SingleBar({
    format: "{bar} {percentage} %  {rows} rows, {refused} refused, {duration_formatted}",
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  bar.start(sizeBytes, 0, { rows: 0, refused: 0 });
  let result: ImportResult;
  try {
    result = await runImport({
      file,
      table: { ...table, mapping: target.mapping, events: target.events },
      target: `${target.origin}/p/${target.advertiser}`,
      limits: { rows: target.local ? ROWS_AT_ONCE : MAX_BATCH_ROWS, bytes: PIECE_BYTES },
      upload: (piece) => upload({ send: async (open) => sendBatch(batchOf(target, open)), sleep }, piece),
      pace: async (receipts) => pace?.accepted(receipts),
      tell: ({ rows, refused }, bytesRead) => bar.update(bytesRead, { rows, refused }),
    });
  } finally {
    bar.stop();
  }
  const allTaken = report(file, result);
  rmSync(outcomesPath(file), { force: true });
  const waits = values["no-wait"] !== true && result.accepted > 0;
  const allBooked = !waits || (await tellOutcomes(file, target.fetchConsole));
  await tellFailed(file, result);
  return allBooked && allTaken;
}

/** What came to nothing is given back as it came. */
async function tellFailed(file: string, { table }: ImportResult): Promise<void> {
  const lines = await writeFailed(file, table);
  if (lines === 0) return;
  const whose = lines === 1 ? "1 line that came to nothing" : `${lines} lines that came to nothing`;
  console.log(
    `${whose}, as the file has them, with why before their own cells: ${failedPath(file, table)}. Mend that file and import it: what is booked stays as it is.`,
  );
}

/** True when every accepted row is in the books, or nobody can say. */
async function tellOutcomes(file: string, fetchConsole: ConsoleFetch | null): Promise<boolean> {
  if (!fetchConsole) {
    console.log(
      `How each row ended tells its receipt: they stand in ${sentPath(file)}. With --console it is waited for.`,
    );
    return true;
  }
  console.log("Waiting for the ledger …");
  const endings = await awaitOutcomes(file, fetchConsole);
  for (const { status, reason, message, rows } of endings)
    console.log(`  ${rows} ${status}${reason === null ? "" : `: ${reason}`}${message === null ? "" : `. ${message}`}`);
  const ambiguous = endings.find(({ reason }) => reason === "ambiguous_order");
  if (ambiguous)
    console.log(`The console's page /waiting-orders says which clicks the pixel named for these ${ambiguous.rows}.`);
  console.log(`How each row ended: ${outcomesPath(file)}.`);
  return !endings.some(isUnbooked);
}

/** The batch as the advertiser's mode asks for: with the token, or signed under a name that its content gives. */
function batchOf(target: Target, rows: readonly Row[]): SenderRequest {
  const address = `${target.origin}/p/${encodeURIComponent(target.advertiser)}/batch`;
  const type = "application/x-ndjson";
  const bytes = Buffer.concat(rows.flatMap((row) => [row.bytes, NEWLINE]));
  const signs = target.auth === null ? target.token === null : target.auth === "signed";
  if (!signs || target.secret === null) return tokenBody(address, { bytes, type }, target.token);
  const name = `batch_${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}`;
  return signedBody(address, { bytes, type }, target.secret, { nowS: Math.floor(Date.now() / 1000), name });
}

function report(file: string, { rows, accepted, refused, skipped, read }: ImportResult): boolean {
  if (read) for (const line of summaryLines(read)) console.log(line);
  console.log(
    `${rows} rows: ${accepted} accepted, ${refused} refused${skipped > 0 ? ` (${skipped} of them sent before)` : ""}.`,
  );
  if (refused > 0) console.log(`Why, for programs: ${reportPath(file)}.`);
  return refused === 0;
}
