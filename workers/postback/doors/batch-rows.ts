/** The rows of a batch, one by one as they arrive. */
import { type BodyFault, bodyFaultOf, bounded } from "../../core/bounded-body.ts";
import { rearmFormula } from "../../core/formula.ts";
import { MAX_BATCH_BYTES, MAX_BATCH_ROWS, type RowFormat } from "../../core/postback/batch.ts";
import { findCsvHeader } from "../../core/postback/csv-header.ts";
import type { Dialect } from "../../core/postback/dialect.ts";
import { MAX_PARAMETERS, parseJsonObject } from "../../core/postback/parameter.ts";
import type { BatchRow } from "../../core/postback/postback.ts";
import { decodeUtf8 } from "../../core/postback/request-parameters.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { encodingOfStart, type FileEncoding, gathered, toUtf8 } from "../../core/table-file/encoding.ts";
import { separatorOf, withoutSepLine } from "../../core/table-file/separator.ts";
import { readRecords } from "../../core/table-file/table-records.ts";
import { saysTotal, withoutTotals } from "../../core/table-file/totals.ts";

const MAX_ROW_BYTES = 65_536;
const NEWLINE = 0x0a;
const REPLACEMENT = "\ufffd";
/** So many bytes are waited for before letters and separator are judged: rows are answered as they come. */
const START_BYTES = 4_096;
/** A header is looked for among so many records: before it stand titles. */
const LOOKED_AT = 20;

/**
 * Reads rows until the body ends; empty lines are none. A fault that makes the rest unreadable (too much, a quote that does not close, a body that broke
 * off) is the last row. Refuses CSV in which no line is a header in the sender's dialect. `charset` is the encoding that the sender names, where its bytes have no mark.
 */
export async function openRows(
  format: RowFormat,
  dialect: Dialect,
  body: AsyncIterable<Uint8Array>,
  charset: FileEncoding | null = null,
): Promise<Result<AsyncGenerator<BatchRow>, BodyFault>> {
  if (format === "ndjson") return accept(untilFault(readNdjson(bounded(body, MAX_BATCH_BYTES))));
  try {
    const records = await openRecords(bounded(body, MAX_BATCH_BYTES), charset);
    const first: string[][] = [];
    const header = await findHeaderIn(records, first, dialect);
    // Read on, every row would be accepted and nothing of it understood.
    if (first.length > 0 && !header) return refuse("malformed_body");
    const { names, ahead } = header ?? { names: [], ahead: 0 };
    return accept(untilFault(nameRecords(names, withoutTotals(chained(first.slice(ahead), records), saysTotal))));
  } catch (error) {
    return refuse(bodyFaultOf(error));
  }
}

/** Looks no further than the first record that is a header; what was read is kept in `first`. */
async function findHeaderIn(records: AsyncGenerator<string[], void>, first: string[][], dialect: Dialect) {
  while (first.length < LOOKED_AT) {
    const next = await records.next();
    if (next.done) break;
    first.push(next.value);
    const header = findCsvHeader(dialect, first);
    if (header?.sure) return header;
  }
  return findCsvHeader(dialect, first);
}

async function* chained<Value>(first: readonly Value[], rest: AsyncIterable<Value>): AsyncGenerator<Value, void> {
  yield* first;
  yield* rest;
}

async function* untilFault(read: AsyncIterable<BatchRow>): AsyncGenerator<BatchRow> {
  let rows = 0;
  try {
    for await (const row of read) {
      if (rows++ === MAX_BATCH_ROWS) return yield "too_large";
      yield row;
    }
  } catch (error) {
    yield bodyFaultOf(error);
  }
}

async function* readNdjson(body: AsyncIterable<Uint8Array>): AsyncGenerator<BatchRow> {
  for await (const line of splitLines(body)) {
    if (line === "too_large") yield line;
    else if (line.some((byte) => byte > 0x20)) {
      const text = decodeUtf8(line);
      yield text === null ? "malformed_body" : parseJsonObject(text);
    }
  }
}

/** Lines as bytes, since a character may lie across two chunks. Of a line that is too long only that is kept. */
async function* splitLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array | "too_large"> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    add(chunk.subarray(start));
  }
  if (bytes > 0) yield take();

  function add(part: Uint8Array): void {
    bytes += part.length;
    if (bytes <= MAX_ROW_BYTES) parts.push(part);
  }

  function take(): Uint8Array | "too_large" {
    const line = bytes > MAX_ROW_BYTES ? "too_large" : new Uint8Array(Buffer.concat(parts));
    parts = [];
    bytes = 0;
    return line;
  }
}

async function* nameRecords(header: readonly string[], records: AsyncIterable<string[]>): AsyncGenerator<BatchRow> {
  for await (const record of records) yield isAsLong(record, header) ? nameCells(header, record) : "malformed_body";
}

/** Empty cells behind the last column say nothing. */
function isAsLong(record: readonly string[], header: readonly string[]): boolean {
  return record.length >= header.length && record.slice(header.length).every((text) => text.trim() === "");
}

/** What is not UTF-8 becomes U+FFFD in the parser, and is no text. An empty cell is an absent parameter. A formula that was disarmed, as our exports do, is the text that it was. */
function nameCells(header: readonly string[], record: readonly string[]): BatchRow {
  const cells = header.map((name, column) => ({ name, text: record[column] ?? "" }));
  const said = cells.filter(({ text }) => text !== "");
  if (said.length > MAX_PARAMETERS) return "too_large";
  return said.map(({ name, text }) => ({ name, text: text.includes(REPLACEMENT) ? null : rearmFormula(text) }));
}

/** Letters and separator are those of the first bytes; what follows is read as it arrives. Rows of blanks are none. */
async function openRecords(
  body: AsyncIterable<Uint8Array>,
  charset: FileEncoding | null,
): Promise<AsyncGenerator<string[], void>> {
  const chunks = gathered(body, START_BYTES);
  const first = await chunks.next();
  const start = first.done ? new Uint8Array(0) : first.value;
  const encoding = encodingOfStart(start) ?? charset ?? "utf-8";
  const { separator, skip } = separatorOf(new TextDecoder(encoding).decode(start));
  const utf8 = toUtf8(chained([start], chunks), encoding);
  return saying(readRecords(withoutSepLine(utf8, skip), { separator, maxBytes: MAX_ROW_BYTES }));
}

async function* saying(records: ReturnType<typeof readRecords>): AsyncGenerator<string[], void> {
  for await (const { cells } of records) if (cells.some((cell) => cell.trim() !== "")) yield cells;
}
