/** Sends a file to the ledger, a piece of it at each call: which rows are done is written down behind the queue, so that it goes on where it broke off. */
import { drizzle } from "drizzle-orm/d1";
import type { PostbackMessage, RefusalMessage } from "../../../schema/messages.ts";
import { deriveReceiptKeys } from "../../core/credentials.ts";
import type { HmacKey } from "../../core/hmac-sha256.ts";
import { packMessages } from "../../core/message-packs.ts";
import type { Taken } from "../../core/postback/postback.ts";
import { writeRefusal } from "../../core/postback/refusal-log.ts";
import { nameOfMessage, nameOfRefused, writeReceipt } from "../../core/receipt.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { trySend } from "../postbacks/queueing.ts";
import { advertiserKeys } from "../web/keys.ts";
import type { Problem } from "../web/problem.ts";
import { dryRun, whyUnsent } from "./dry-run.ts";
import { saidOfRequest } from "./failed-file.ts";
import type { ImportRequest } from "./import-file.ts";
import {
  forgetOldImports,
  forgetPieces,
  type ImportedRow,
  type ImportPiece,
  listPieces,
  readHead,
  writeHead,
  writePiece,
} from "./import-store.ts";
import type { DecidedRow } from "./opened-import.ts";

/** Rows of one call: some twenty sends to the queue, and what the simulator's queue takes at once. */
export const PIECE_ROWS = 2_000;

const TRY_AGAIN: Problem = {
  name: "try_again",
  detail: "The queue takes nothing at the moment: send the file again, and it goes on where it broke off.",
};

/**
 * Sends the next rows that are not sent yet; of a file that was sent whole, its first ones again, which have no second effect and are decided anew where they took no key. Who sends what
 * is logged before it is sent.
 */
export async function sendImport(
  env: Env,
  request: ImportRequest,
  change: ChangeStamp,
): Promise<Result<ImportPiece, Problem>> {
  const { id } = request;
  const pieces = await listPieces(env, id);
  const done = pieces.at(-1);
  const from = done === undefined || done.isLast ? 0 : done.to;
  const begun = await begin(env, request, change, from);
  if (!begun.ok) return begun;
  if (from === 0) await forgetPieces(env, id, pieces);
  const cut = await cutPiece(request, from);
  if (!cut.ok) return cut;
  const { rows, isLast } = cut.value;
  const letters = await lettersOf(env, request, rows, change.atMs);
  for (const pack of packMessages(letters.messages))
    if (!(await trySend(env.POSTBACKS, pack))) return refuse(TRY_AGAIN);
  for (const pack of packMessages(letters.refusals)) if (!(await trySend(env.REFUSALS, pack))) return refuse(TRY_AGAIN);
  const piece = { from, to: from + rows.length, accepted: letters.messages.length, isLast };
  await writePiece(env, id, piece, letters.rows);
  return accept(piece);
}

/** At the file's beginning, and where somebody else goes on: writes down what it is, and logs who sends it. */
async function begin(
  env: Env,
  request: ImportRequest,
  change: ChangeStamp,
  from: number,
): Promise<Result<null, Problem>> {
  const { id, fileHash, advertiser, bytes, kept } = request;
  const held = from === 0 ? null : await readHead(env, id);
  if (held?.by === change.by.name) return accept(null);
  const run = await dryRun(request);
  if (!run.ok) return run;
  const { rows, sent, plan } = run.value;
  if (sent === 0)
    return refuse({ name: "malformed_request", detail: "Nothing of this file can be sent: see its lines." });
  const layout = request.kind === "history" ? request.kind : (plan?.layout?.name ?? null);
  const { number, slug } = advertiser;
  const whose = { advertiser: number, slug, by: change.by.name, at_ms: change.atMs };
  const said = saidOfRequest(request);
  await writeHead(env, id, { ...whose, file_sha256: fileHash, bytes: bytes.length, layout, rows, said, kept });
  await logChange(drizzle(env.DB), change, {
    action: "import",
    kind: "postbacks",
    subject: slug,
    before: null,
    after: { import: id, file_sha256: fileHash, bytes: bytes.length, layout, rows, to_send: sent, from_row: from + 1 },
  });
  await forgetOldImports(env, id, change.atMs);
  return accept(null);
}

/** The rows behind `from`, as many as one call sends, and whether they are the last. */
async function cutPiece(
  request: ImportRequest,
  from: number,
): Promise<Result<{ rows: DecidedRow[]; isLast: boolean }, Problem>> {
  const opened = await request.open();
  if (!opened.ok) return opened;
  const rows: DecidedRow[] = [];
  for await (const { decided } of opened.value.rows) {
    if (decided.number <= from) continue;
    if (rows.length === PIECE_ROWS) return accept({ rows, isLast: false });
    rows.push(decided);
  }
  return accept({ rows, isLast: true });
}

/** What is queued of the rows, and what is written down of each. */
async function lettersOf(env: Env, request: ImportRequest, decided: readonly DecidedRow[], atMs: number) {
  const [key] = await deriveReceiptKeys(await advertiserKeys(env));
  if (!key) throw new Error("the key ring has no keys");
  const messages: PostbackMessage[] = [];
  const refusals: RefusalMessage[] = [];
  const rows = decided.map((one): ImportedRow => {
    const { number: row, line } = one;
    if ("taken" in one) {
      const message = writeImported(key, request.advertiser.number, one.taken, { row, atMs });
      messages.push(message);
      return { row, line, receipt: message.receipt, reason: null, parameter: null };
    }
    const why = whyUnsent(one);
    if ("faulty" in one) return { row, line, receipt: null, ...why };
    const receipt = refusedReceipt(key, request, row);
    const stamp = { receipt, advertiser: request.advertiser.number, receivedAtMs: atMs };
    refusals.push(writeRefusal(request.dialect, one.refused, stamp));
    return { row, line, receipt, ...why };
  });
  return { messages, refusals, rows };
}

function writeImported(
  key: HmacKey,
  advertiser: number,
  { content, channel, name }: Taken,
  { row, atMs }: { row: number; atMs: number },
): PostbackMessage {
  if (name === null) throw new Error(`row ${row} of an import has no name`);
  const receipt = writeReceipt(key, advertiser, nameOfMessage(key, advertiser, name));
  return { kind: "postback", receipt, named: true, advertiser, receivedAtMs: atMs, row, channel, content };
}

/** The same whenever the file is sent again, so that a row is refused once. */
function refusedReceipt(key: HmacKey, { id, advertiser: { number } }: ImportRequest, row: number): string {
  const name = nameOfMessage(key, number, ["refused row", id, String(row)]);
  return writeReceipt(key, number, nameOfRefused(key, number, name));
}
