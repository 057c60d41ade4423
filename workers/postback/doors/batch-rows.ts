/** The rows of a batch, one by one as they arrive. */
import { parse } from "csv-parse/stream";
import { type BodyFault, bodyFaultOf, bounded } from "../../core/bounded-body.ts";
import { rearmFormula } from "../../core/formula.ts";
import { MAX_BATCH_BYTES, MAX_BATCH_ROWS, type RowFormat } from "../../core/postback/batch.ts";
import { isHeader } from "../../core/postback/csv-header.ts";
import type { Dialect } from "../../core/postback/dialect.ts";
import { MAX_PARAMETERS, parseJsonObject } from "../../core/postback/parameter.ts";
import type { BatchRow } from "../../core/postback/postback.ts";
import { decodeUtf8 } from "../../core/postback/request-parameters.ts";
import { accept, type Result, refuse } from "../../core/result.ts";

const MAX_ROW_BYTES = 65_536;
const NEWLINE = 0x0a;
const REPLACEMENT = "\ufffd";

/**
 * Reads rows until the body ends; empty lines are none. A fault that makes the rest unreadable (too much, a quote that does not close, a body that broke
 * off) is the last row. Refuses CSV whose first line cannot be read, or is no header in the sender's dialect.
 */
export async function openRows(
  format: RowFormat,
  dialect: Dialect,
  body: AsyncIterable<Uint8Array>,
): Promise<Result<AsyncGenerator<BatchRow>, BodyFault>> {
  if (format === "ndjson") return accept(untilFault(readNdjson(bounded(body, MAX_BATCH_BYTES))));
  const records = readRecords(bounded(body, MAX_BATCH_BYTES));
  try {
    const first = await records.next();
    const header = first.done ? [] : first.value.map((name) => name.trim());
    // Read on, every row would be accepted and nothing of it understood.
    if (!first.done && !isHeader(dialect, header)) return refuse("malformed_body");
    return accept(untilFault(nameRecords(header, records)));
  } catch (error) {
    return refuse(bodyFaultOf(error));
  }
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
  for await (const record of records)
    yield record.length === header.length ? nameCells(header, record) : "malformed_body";
}

/** What is not UTF-8 becomes U+FFFD in the parser, and is no text. An empty cell is an absent parameter. A formula that was disarmed, as our exports do, is the text that it was. */
function nameCells(header: readonly string[], record: readonly string[]): BatchRow {
  const cells = header.map((name, column) => ({ name, text: record[column] ?? "" }));
  const said = cells.filter(({ text }) => text !== "");
  if (said.length > MAX_PARAMETERS) return "too_large";
  return said.map(({ name, text }) => ({ name, text: text.includes(REPLACEMENT) ? null : rearmFormula(text) }));
}

/** Records of RFC 4180, or ended by a carriage return alone, as some spreadsheets write them. They are taken from the parser's callback, so that those before a broken one are not lost with it. */
async function* readRecords(body: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const records: string[][] = [];
  const parser = parse({
    bom: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MAX_ROW_BYTES,
    on_record: (record: string[]) => {
      records.push(record);
      return null;
    },
  });
  const input = parser.writable.getWriter();
  // Where a fault is told, runtimes differ: workerd closes the side that is written to although the parser gave up. The other side always tells.
  const ended = parser.readable.getReader().closed.then(
    () => ({ fault: null }),
    (fault: unknown) => ({ fault }),
  );
  input.closed.catch(() => {});
  try {
    for await (const chunk of body) {
      await input.write(chunk);
      yield* records.splice(0);
    }
    await input.close();
  } catch (error) {
    yield* records.splice(0);
    throw error;
  }
  yield* records.splice(0);
  const { fault } = await ended;
  if (fault !== null) throw fault;
}
