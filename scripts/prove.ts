/** `npm run prove`: shows the leaf of a message under a signed checkpoint with the way to it, or that a promise was broken. What the console answers is checked here, and not believed. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { hashBytes } from "../workers/core/hmac-sha256.ts";
import { isRecord } from "../workers/core/is-record.ts";
import { toBase64 } from "../workers/core/journal/commitments.ts";
import { readPromise } from "../workers/core/signed-log/promise.ts";
import { KEYS_PATH } from "../workers/core/signed-log/published-keys.ts";
import { openNote, readVerifierKey } from "../workers/core/signed-log/signed-note.ts";
import { runCommand, userPath } from "./command.ts";
import { callConsole, recordsIn } from "./console-api.ts";
import { CONSOLE_OPTIONS, CONSOLE_USAGE, findConsole } from "./find-console.ts";
import { loadChecker } from "./proof-checker.ts";
import { judgePromise } from "./prove/judge-promise.ts";
import { writeWhole } from "./write-whole.ts";

const USAGE = `usage: npm run prove -- --receipt RECEIPT [--promise FILE [--sent FILE]] [--key KEY …] [--out proof.json] ${CONSOLE_USAGE}`;

await runCommand(prove, { failure: "Nothing can be proved", usage: USAGE });

/** True where the message is proved, and a promise of it was kept. */
async function prove(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      receipt: { type: "string" },
      promise: { type: "string" },
      sent: { type: "string" },
      key: { type: "string", multiple: true },
      out: { type: "string" },
      ...CONSOLE_OPTIONS,
    },
  });
  const { receipt, promise, sent, out } = values;
  if (!receipt) throw new Error(`name the message with --receipt. ${USAGE}`);
  const fetchConsole = await findConsole(values);
  const published = await callConsole(fetchConsole, { path: KEYS_PATH });
  // Whoever is not known to the console has no receipt there; that there is none is what a broken promise shows.
  const answer = await callConsole(fetchConsole, { path: `/api/proofs/${encodeURIComponent(receipt)}` }, [200, 404]);
  const proof = isRecord(answer) && answer.format !== undefined ? answer : null;
  const loggedAtMs = proof ? await show(proof, values.key ?? textsIn(published.log)) : null;
  if (proof && out) writeWhole(userPath(out), `${JSON.stringify(proof)}\n`, 0o644);
  if (loggedAtMs === null) console.log(`${receipt} stands under no checkpoint.`);
  if (promise === undefined) return loggedAtMs !== null;
  const keys = textsIn(published.promises).flatMap((key) => readVerifierKey(key) ?? []);
  const opened = await openNote(promiseIn(readFileSync(userPath(promise), "utf8")), keys);
  const read = opened.ok ? readPromise(opened.value) : null;
  if (!read) throw new Error(`${promise} is no promise that one of the operator's keys signed`);
  const hash = sent === undefined ? null : toBase64(hashBytes(readFileSync(userPath(sent))));
  const { verdict, why } = judgePromise(read, { receipt, hash, loggedAtMs, nowMs: Date.now() });
  console.log(`The promise is ${verdict}: ${why}.`);
  return verdict === "kept";
}

/** Checks and shows a proof. Gives when the checkpoint was made that it stands under; null where it is not proved. */
async function show(proof: Record<string, unknown>, keys: string[]): Promise<number | null> {
  const { checkpoint, findings } = await (await loadChecker())(proof, { keys });
  for (const { what, name, why } of findings) console.log(`${what} ${name}: ${why}`);
  const [leaf] = recordsIn(proof.leaves);
  const [stretch] = recordsIn(proof.stretches);
  const minute = isRecord(stretch?.minute) ? stretch.minute : null;
  if (!leaf || !stretch || !minute || !checkpoint || findings.length > 0) return null;
  for (const { name, value } of recordsIn(leaf.fields)) console.log(`${String(name)}: ${String(value)}`);
  const rows = Array.isArray(stretch.rows) ? stretch.rows.length : 0;
  console.log(`leaf ${Number(leaf.index) + 1} of ${leaf.of} in row ${leaf.row} of the journal ${stretch.name}`);
  showPath("path to the root of the row", leaf.path);
  console.log(`${rows} rows of the journal up to the head that minute ${minute.number} of ${minute.at} has`);
  showPath("path to the root of the minute", minute.path);
  showPath("path to the root of the log", stretch.log);
  console.log(`under checkpoint ${checkpoint.size} of ${checkpoint.origin}, signed by ${checkpoint.key}`);
  return Date.parse(String(minute.at));
}

function showPath(name: string, path: unknown): void {
  const hashes = textsIn(path);
  console.log(hashes.length === 0 ? `${name}: it is the only one` : `${name}:`);
  for (const hash of hashes) console.log(`  ${hash}`);
}

/** The file has the note, or the answer that it came with. */
function promiseIn(file: string): string {
  try {
    const answer: unknown = JSON.parse(file);
    return isRecord(answer) && typeof answer.promise === "string" ? answer.promise : file;
  } catch {
    return file;
  }
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
