/** Reads a sent list, an advertiser's own file of its orders, whatever it is written in, as lines to be held against the books. */

import { type SentLine, sentLineReader } from "../../core/reconciliation/sent-line.ts";
import type { UnreadOrders } from "../../core/reconciliation/stated-orders.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { isUnread, ROW_FAULTS, type UnreadLine } from "../../core/table-file/table-order.ts";
import { planTable, type TablePlan, type TableRequest } from "../../core/table-file/table-plan.ts";
import { readTable, type TableSummary } from "../../core/table-file/table-reader.ts";
import type { Problem } from "../web/problem.ts";

export const MAX_FILE_BYTES = 16 * 1_048_576;
const MAX_LINES = 100_000;
/** So many different words are told of each column. */
const MAX_WORDS = 50;

export interface SentList {
  plan: TablePlan;
  lines: SentLine[];
  unread: UnreadOrders;
  unreadable: UnreadableView[];
  /** What was read of it. `words_not_compared`: events and statuses that are none of ours. */
  read: TableSummary & { tests: number; words_not_compared: { column: string; word: string; rows: number }[] };
}

export interface UnreadableView {
  line: number;
  reason: string;
  message: string;
  column: string | null;
  text: string | null;
}

/** Refuses a file of too many lines, or in which no column names an order or a click. */
export async function readSentList(bytes: Uint8Array, asked: TableRequest): Promise<Result<SentList, Problem>> {
  const open = async function* () {
    yield bytes;
  };
  try {
    const plan = await planTable(open, asked);
    if (!plan.ok) return refuse({ name: "malformed_request", detail: `This file cannot be read: ${plan.refusal}.` });
    const table = readTable(open, plan.value);
    const file = await collect(table.rows, plan.value);
    if (!file) return refuse({ name: "too_large", detail: `A file has at most ${MAX_LINES} lines.` });
    const { tests, words, ...rest } = file;
    const read = { ...table.summary(), tests, words_not_compared: words };
    return accept({ plan: plan.value, ...rest, read });
  } catch (error) {
    return refuse({ name: "malformed_request", detail: `This file is no CSV: ${String(error)}.` });
  }
}

/** Null for a file of too many lines. Tests are counted nowhere, so they are not compared. */
async function collect(rows: ReturnType<typeof readTable>["rows"], plan: TablePlan) {
  const words = new Map<string, { column: string; word: string; rows: number }>();
  const read = sentLineReader(plan, (field, word) => {
    const held = words.get(`${field} ${word}`);
    const column = plan.columns.header[plan.columns.fields.get(field) ?? -1]?.trim() ?? field;
    if (held) held.rows++;
    else if (words.size < MAX_WORDS) words.set(`${field} ${word}`, { column, word, rows: 1 });
  });
  const lines: SentLine[] = [];
  const unreadable: UnreadableView[] = [];
  const unread = { txids: new Set<string>(), clickIds: new Set<string>() };
  let tests = 0;
  for await (const row of rows) {
    if (isUnread(row)) {
      unreadable.push(viewOf(row));
      if (row.txid !== null) unread.txids.add(row.txid);
      else if (row.clickId !== null) unread.clickIds.add(row.clickId);
    } else if (row.test) tests++;
    else lines.push(read(row));
    if (lines.length + unreadable.length > MAX_LINES) return null;
  }
  return { lines, unread, unreadable, tests, words: [...words.values()] };
}

function viewOf({ line, fault, column, text }: UnreadLine): UnreadableView {
  return { line, reason: fault, message: ROW_FAULTS[fault], column, text };
}
