/** What importing a file would send, and what of it cannot be read: nothing is sent, and nothing kept. */
import * as v from "valibot";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { FailedTable } from "../../core/table-file/failed-rows.ts";
import { HISTORY_FAULTS } from "../../core/table-file/history-columns.ts";
import { ROW_FAULTS } from "../../core/table-file/table-order.ts";
import type { TablePlan } from "../../core/table-file/table-plan.ts";
import type { TableSummary } from "../../core/table-file/table-reader.ts";
import { adviceOn } from "../postbacks/reasons.ts";
import { readAnswer } from "../reconciliation/api.ts";
import type { Problem } from "../web/problem.ts";
import type { ImportRequest } from "./import-file.ts";
import { type DecidedRow, IMPORT_KINDS } from "./opened-import.ts";

/** Beyond it the file is to be parted. */
const MAX_ROWS = 100_000;
/** So many postbacks are shown, so many lines that are not sent, and so many words. */
const SHOWN = 8;
export const MAX_TOLD = 200;
const MAX_WORDS = 50;

const notSent = v.object({
  line: v.number(),
  row: v.number(),
  reason: v.string(),
  message: v.nullable(v.string()),
  column: v.nullable(v.string()),
  text: v.nullable(v.string()),
});
type NotSent = v.InferOutput<typeof notSent>;

export const dryRunAnswer = {
  import: v.string(),
  kind: v.picklist(IMPORT_KINDS),
  advertiser: v.string(),
  file_sha256: v.string(),
  /** Postbacks that the file has: an order that was given back in part is two. */
  rows: v.number(),
  would_send: v.number(),
  not_sent: v.number(),
  reasons: v.array(v.object({ reason: v.string(), rows: v.number() })),
  /** Those that are not sent, the first 200. */
  lines: v.array(notSent),
  /** Words for events that no offer of the advertiser's has: they would be rejected. */
  unknown_events: v.array(v.object({ word: v.string(), rows: v.number() })),
  /** The first postbacks. */
  first: v.array(v.object({ line: v.number(), says: v.record(v.string(), v.string()) })),
  /** Null for NDJSON, in which each line says what it is. */
  read: v.nullable(v.object(readAnswer)),
};

export interface DryRun {
  rows: number;
  sent: number;
  reasons: Map<string, number>;
  lines: NotSent[];
  words: Map<string, number>;
  first: { line: number; says: Record<string, string> }[];
  plan: TablePlan | null;
  /** How its rows are found again; null for NDJSON. */
  table: FailedTable | null;
  read: TableSummary | null;
}

/** Reads the whole file as sending it would. */
export async function dryRun(request: ImportRequest): Promise<Result<DryRun, Problem>> {
  const opened = await request.open();
  if (!opened.ok) return opened;
  const { plan, table, rows, summary } = opened.value;
  const { events } = request;
  const run: DryRun = {
    ...{ rows: 0, sent: 0, reasons: new Map(), lines: [], words: new Map(), first: [], plan, table, read: null },
  };
  try {
    for await (const { decided, says } of rows) {
      if (++run.rows > MAX_ROWS)
        return refuse({ name: "too_large", detail: `A file has at most ${MAX_ROWS} rows: part it.` });
      if (!("taken" in decided)) noteUnsent(run, decided);
      else {
        run.sent++;
        const { event } = decided.taken.content;
        if (event !== undefined && !events.includes(event)) count(run.words, event);
        if (run.first.length < SHOWN) run.first.push({ line: decided.line, says: says() });
      }
    }
  } catch (error) {
    return refuse({ name: "malformed_request", detail: `This file breaks off: ${String(error)}.` });
  }
  run.read = summary();
  return accept(run);
}

export function dryRunView({ id, kind, fileHash, advertiser }: ImportRequest, run: DryRun) {
  return {
    import: id,
    kind,
    advertiser: advertiser.slug,
    file_sha256: fileHash,
    rows: run.rows,
    would_send: run.sent,
    not_sent: run.rows - run.sent,
    reasons: [...run.reasons].map(([reason, rows]) => ({ reason, rows })),
    lines: run.lines.slice(0, MAX_TOLD),
    unknown_events: [...run.words].map(([word, rows]) => ({ word, rows })),
    first: run.first,
    read: run.read,
  };
}

/** What is said of a row that is not sent; its own words are shown to who sends it, and kept nowhere. */
function noteUnsent(run: DryRun, decided: Exclude<DecidedRow, { taken: unknown }>): void {
  const { reason, parameter } = whyUnsent(decided);
  count(run.reasons, reason);
  const text =
    "faulty" in decided
      ? decided.faulty.text
      : (decided.refused.parameters.find(({ name }) => name === parameter)?.text ?? null);
  const { line, number: row } = decided;
  run.lines.push({ line, row, reason, message: adviceOnRow(reason), column: parameter, text });
}

/** Why a row is not sent, and by which of its columns or parameters. */
export function whyUnsent(decided: Exclude<DecidedRow, { taken: unknown }>): {
  reason: string;
  parameter: string | null;
} {
  if ("faulty" in decided) return { reason: decided.faulty.fault, parameter: decided.faulty.column };
  const { reason, parameter = null } = decided.refused.refusal;
  return { reason, parameter };
}

const FAULTS = new Map<string, string>([...Object.entries(HISTORY_FAULTS), ...Object.entries(ROW_FAULTS)]);

/** What to change of a row: of the file, or of what it says. */
export function adviceOnRow(reason: string | null): string | null {
  return reason === null ? null : (FAULTS.get(reason) ?? adviceOn(reason));
}

function count(words: Map<string, number>, word: string): void {
  const held = words.get(word);
  if (held !== undefined || words.size < MAX_WORDS) words.set(word, (held ?? 0) + 1);
}
