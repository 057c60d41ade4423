/** Brings what the old tracker booked over: as files of history, an advertiser at a time, through the console's imports. Sent again, no row has a second effect. */
import { BYTE_ORDER_MARK, CSV_LINE_END, csvText } from "../../workers/core/csv.ts";
import { isRecord } from "../../workers/core/is-record.ts";
import { HISTORY_COLUMNS } from "../../workers/core/table-file/history-columns.ts";
import { type ConsoleFetch, recordsIn, textOf } from "../console-api.ts";
import type { OldConversion } from "./old-programme.ts";

/** Rows of one file: the console takes 16 MiB and 100,000 rows. */
const FILE_ROWS = 20_000;

/** How many rows went, and how those ended that did not; by what the console says of each. */
export interface BroughtHistory {
  rows: number;
  sent: number;
  faults: Map<string, { rows: number; advice: string; first: string }>;
}

/** Sends all rows; `tell` hears after each file. Throws where the console does not take them: run again it goes on, since rows are named. */
export async function bringHistory(
  fetchConsole: ConsoleFetch,
  conversions: AsyncIterable<OldConversion>,
  tell: (brought: BroughtHistory) => void,
): Promise<BroughtHistory> {
  const brought: BroughtHistory = { rows: 0, sent: 0, faults: new Map() };
  const waiting = new Map<string, OldConversion[]>();
  const flush = async (advertiser: string, rows: readonly OldConversion[]) => {
    if (rows.length === 0) return;
    await sendFile(fetchConsole, advertiser, rows, brought);
    tell(brought);
  };
  for await (const one of conversions) {
    const { advertiser = "", ...row } = one;
    const own = waiting.get(advertiser) ?? [];
    own.push(row);
    waiting.set(advertiser, own.length === FILE_ROWS ? [] : own);
    if (own.length === FILE_ROWS) await flush(advertiser, own);
  }
  for (const [advertiser, rows] of waiting) await flush(advertiser, rows);
  return brought;
}

async function sendFile(
  fetchConsole: ConsoleFetch,
  advertiser: string,
  rows: readonly OldConversion[],
  brought: BroughtHistory,
): Promise<void> {
  const file = Buffer.from(historyCsv(rows));
  const post = async (path: string, expected: number) => {
    const query = new URLSearchParams({ advertiser, kind: "history" });
    const headers = { "content-type": "text/csv; charset=utf-8" };
    const answer = await fetchConsole(`${path}?${query}`, { method: "POST", headers, body: new Uint8Array(file) });
    const text = await answer.text();
    if (answer.status !== expected) throw new Error(`POST ${path} answered ${answer.status}: ${text}`);
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  };
  const look = await post("/api/imports/check", 200);
  noteFaults(brought, look);
  brought.rows += rows.length;
  if (look.would_send === 0) return;
  for (let isComplete = false; !isComplete; ) {
    const { complete, sent } = await post("/api/imports", 202);
    isComplete = complete === true;
    brought.sent += Number(sent);
  }
}

function noteFaults({ faults }: BroughtHistory, look: Record<string, unknown>): void {
  const lines = recordsIn(look.lines);
  for (const { reason, rows } of recordsIn(look.reasons)) {
    const name = textOf(reason) ?? "";
    const first = lines.find((line) => line.reason === reason);
    const held = faults.get(name);
    faults.set(name, {
      rows: (held?.rows ?? 0) + Number(rows),
      advice: held?.advice ?? textOf(first?.message) ?? "",
      first: held?.first ?? textOf(first?.text) ?? "",
    });
  }
}

/** Rows as a file of history. */
export function historyCsv(rows: readonly OldConversion[]): string {
  const lines = rows.map((row) => HISTORY_COLUMNS.map((name) => csvText(row[name] ?? "")).join(","));
  return BYTE_ORDER_MARK + [HISTORY_COLUMNS.join(","), ...lines, ""].join(CSV_LINE_END);
}
