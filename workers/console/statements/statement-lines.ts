/** The conversions of a statement as a file, each with what of its account is listed: a final one has the same bytes for ever. */
import * as v from "valibot";
import { CSV_LINE_END, csvText } from "../../core/csv.ts";
import { formatMicros } from "../../core/money.ts";
import { accept, type Result } from "../../core/result.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { parameters } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { findStatement } from "./read-statements.ts";

const PAGE = 5_000;
const COLUMNS = [
  "conversion_id",
  "offer",
  "event",
  "status",
  "from_seq",
  "seq",
  "currency",
  "amount",
  "due",
  "carried",
];

export const linesQuery = parameters({ format: v.exactOptional(v.picklist(["csv", "ndjson"])) });

interface LineRow {
  conversion_id: string;
  offer: string;
  event: string;
  status: string;
  from_seq: number;
  seq: number;
  currency: string;
  amount: string;
  due: string;
  carried: number;
}

/** Whole, in the order of conversions, read page by page. */
export async function statementLines(
  env: Pick<Env, "DB">,
  caller: Caller,
  number: string,
  format: "csv" | "ndjson",
): Promise<Result<Response, Problem>> {
  const found = await findStatement(env, caller, number);
  if (!found.ok) return found;
  const id = found.value.number;
  let after = "";
  let isBegun = false;
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const rows = await readPage(env.DB, id, after);
      after = rows.at(-1)?.conversion_id ?? after;
      const head = !isBegun && format === "csv" ? COLUMNS.join(",") + CSV_LINE_END : "";
      isBegun = true;
      const text = head + rows.map(format === "csv" ? csvLine : jsonLine).join("");
      if (text !== "") controller.enqueue(encoder.encode(text));
      if (rows.length < PAGE) controller.close();
    },
  });
  const type = format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
  const disposition = `attachment; filename="statement-${number}.${format}"`;
  return accept(new Response(body, { headers: { "content-type": type, "content-disposition": disposition } }));
}

async function readPage(db: D1Database, id: number, after: string): Promise<LineRow[]> {
  const { results } = await db
    .prepare(
      `SELECT l.conversion_id, o.slug AS offer, l.event, l.status, l.from_seq, l.seq, l.currency, CAST(l.amount AS TEXT) AS amount, CAST(l.due AS TEXT) AS due, l.carried
       FROM statement_lines l JOIN offers o ON o.number = l.offer WHERE l.statement = ? AND l.conversion_id > ? ORDER BY l.conversion_id LIMIT ?`,
    )
    .bind(id, after, PAGE)
    .all<LineRow>();
  return results;
}

function csvLine(row: LineRow): string {
  const cells = [
    row.conversion_id,
    csvText(row.offer),
    csvText(row.event),
    row.status,
    row.from_seq,
    row.seq,
    row.currency,
    formatMicros(row.amount),
    formatMicros(row.due),
    row.carried === 1,
  ];
  return cells.join(",") + CSV_LINE_END;
}

function jsonLine(row: LineRow): string {
  const line = { ...row, amount: formatMicros(row.amount), due: formatMicros(row.due), carried: row.carried === 1 };
  return `${JSON.stringify(line)}\n`;
}
