/** How the rows of an import ended, asked of the log by their receipts, and of the advertiser's object where the log is behind. */
import * as v from "valibot";
import { CSV_LINE_END, csvText } from "../../core/csv.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { MAX_RECEIPTS, readSettled } from "../postbacks/receipts.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { adviceOnRow } from "./dry-run.ts";
import {
  type ImportedRow,
  type ImportHead,
  type ImportPiece,
  listPieces,
  readHead,
  readPiece,
} from "./import-store.ts";

/** Rows with which nothing was booked, as far as they are shown. */
const MAX_SHOWN = 200;
/** So many rows are shown however they ended. */
const MAX_FIRST = 50;
const BOOKED: readonly string[] = ["attributed", "updated", "duplicate", "queued"];
/** What can be mended and sent again; what is parked waits by itself. */
const FAILED: readonly string[] = ["unreadable", "refused", "rejected", "unattributed", "failed"];

const COLUMNS = [
  ...(["line", "row", "receipt", "status", "reason", "message"] as const),
  ...(["parameter", "duplicate_of", "conversion_id"] as const),
];

/** A row and what became of it; `unreadable` was never sent. */
export interface EndedRow extends ImportedRow {
  status: string;
  duplicate_of: string | null;
  conversion_id: string | null;
}

const ending = v.object({
  status: v.string(),
  reason: v.nullable(v.string()),
  message: v.nullable(v.string()),
  rows: v.number(),
});
type Ending = v.InferOutput<typeof ending>;

export const importAnswer = v.object({
  import: v.string(),
  advertiser: v.string(),
  by: v.string(),
  at: v.string(),
  file_sha256: v.string(),
  bytes: v.number(),
  layout: v.nullable(v.string()),
  /** Of the whole file; of these `done` were gone through so far, and `sent` given to the ledger. */
  rows: v.number(),
  done: v.number(),
  sent: v.number(),
  complete: v.boolean(),
  /** How many of what was gone through ended in which way. `queued` is not settled yet. */
  endings: v.array(ending),
});
export type ImportView = v.InferOutput<typeof importAnswer>;

export interface FoundImport {
  id: string;
  head: ImportHead;
  pieces: ImportPiece[];
}

/** An import, as far as it came. Refuses what is none, or none any more. */
export async function findImport(env: Env, id: string): Promise<Result<FoundImport, Problem>> {
  const head = await readHead(env, id);
  return head ? accept({ id, head, pieces: await listPieces(env, id) }) : refuse(notFound("import", id));
}

/** The rows of an import, piece by piece, each with how it ended so far. */
export async function* endedRows(env: Env, { id, head, pieces }: FoundImport): AsyncGenerator<EndedRow[], void> {
  for (const piece of pieces) {
    const rows = await readPiece(env, id, piece);
    for (let at = 0; at < rows.length; at += MAX_RECEIPTS) yield endedOf(env, head, rows.slice(at, at + MAX_RECEIPTS));
  }
}

async function endedOf(env: Env, head: ImportHead, rows: readonly ImportedRow[]): Promise<EndedRow[]> {
  const receipts = rows.flatMap(({ receipt, reason }) => (receipt === null || reason !== null ? [] : [receipt]));
  const settled = await readSettled(env, head.advertiser, receipts);
  return rows.map((row) => {
    const none = { duplicate_of: null, conversion_id: null };
    if (row.reason !== null) return { ...row, ...none, status: row.receipt === null ? "unreadable" : "refused" };
    const found = settled.get(row.receipt ?? "");
    if (!found) return { ...row, ...none, status: "queued" };
    const { status, reason, duplicate_of, conversion_id } = found;
    return { ...row, status, reason, duplicate_of, conversion_id };
  });
}

/** True of a row that came to nothing, so that it can be mended and sent again. */
export function isFailed({ status }: Pick<EndedRow, "status">): boolean {
  return FAILED.includes(status);
}

/** The import as it stands, its first rows, and the first with which nothing was booked. */
export async function viewImport(
  env: Env,
  found: FoundImport,
): Promise<{ view: ImportView; first: EndedRow[]; unbooked: EndedRow[] }> {
  const endings = new Map<string, Ending>();
  const first: EndedRow[] = [];
  const unbooked: EndedRow[] = [];
  for await (const rows of endedRows(env, found))
    for (const row of rows) {
      const { status, reason } = row;
      const key = JSON.stringify([status, reason]);
      const held = endings.get(key) ?? { status, reason, message: adviceOnRow(reason), rows: 0 };
      endings.set(key, { ...held, rows: held.rows + 1 });
      if (first.length < MAX_FIRST) first.push(row);
      if (!BOOKED.includes(status) && unbooked.length < MAX_SHOWN) unbooked.push(row);
    }
  const { id, head, pieces } = found;
  const { slug, by, at_ms, file_sha256, bytes, layout, rows } = head;
  const last = pieces.at(-1);
  const view = {
    ...{ import: id, advertiser: slug, by, at: formatInstant(at_ms), file_sha256, bytes, layout, rows },
    done: last?.to ?? 0,
    sent: pieces.reduce((sum, { accepted }) => sum + accepted, 0),
    complete: last?.isLast === true,
    endings: [...endings.values()].sort((left, right) => right.rows - left.rows),
  };
  return { view, first, unbooked };
}

/** Every row of an import with how it ended, as CSV. */
export function importCsv(env: Env, found: FoundImport): Response {
  const encoder = new TextEncoder();
  const pages = endedRows(env, found);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(COLUMNS.join(",") + CSV_LINE_END)),
    async pull(controller) {
      const { done, value } = await pages.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value.map(csvLine).join("")));
    },
  });
  const headers = {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": `attachment; filename="import-${found.id}.csv"`,
  };
  return new Response(body, { headers });
}

function csvLine(row: EndedRow): string {
  const whole = { ...row, message: adviceOnRow(row.reason) };
  return COLUMNS.map((name) => csvText(String(whole[name] ?? ""))).join(",") + CSV_LINE_END;
}
