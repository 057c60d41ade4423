/** The rows of a file of postbacks, CSV or NDJSON, as they are sent: each under an idempotency key, so that sent again it has no second effect. */
import { createHash } from "node:crypto";
import { createReadStream, type ReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { parse } from "csv-parse";
import { isRecord } from "../../workers/core/is-record.ts";

/** One row: its place among the rows and the line it begins on, both from 1, and its bytes without a line end. */
export interface Row {
  number: number;
  line: number;
  bytes: Buffer;
}

/** `header` stands before the rows of every piece that is sent. */
export interface RowFile {
  format: "csv" | "ndjson";
  /** The content type. */
  type: string;
  header: Buffer | null;
  rows: AsyncIterable<Row>;
  /** How far the file was read. */
  bytesRead(): number;
}

/** The door's own limit: what is longer it refuses. */
const MAX_ROW_BYTES = 65_536;
/** Less, since quotes and a key are added: a longer record would make what follows it unreadable at the door. */
const MAX_RECORD_SIZE = 60_000;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const OPENING_BRACE = 0x7b;
/** The parameter and the name of its header: the door reads both, the first before the second, and a value before an empty one. */
const KEY_NAMES = ["idempotency_key", "idempotency-key"] as const;
const BYTE_ORDER_MARK = Buffer.from("\ufeff");
const CRLF = /\r\n/g;
const LINE_END = /\n/g;

/** Opens a file; what it is, its first visible character tells: NDJSON begins with a brace. Reading throws where a row makes the rest unreadable. */
export async function openRows(path: string): Promise<RowFile> {
  const source = createReadStream(path);
  const bytesRead = () => source.bytesRead;
  if ((await firstVisible(path)) === OPENING_BRACE)
    return { format: "ndjson", type: "application/x-ndjson", header: null, rows: readNdjson(source), bytesRead };
  const records = readRecords(source);
  const first = await records.next();
  if (first.done) throw new Error(`${path} holds no rows`);
  const names = first.value.cells.map((name) => name.trim().toLowerCase());
  if (names.length === 1 && names[0]?.includes(";"))
    throw new Error(`${path} has its columns between semicolons: save it as CSV with commas`);
  const header = Buffer.from(csvLine([...first.value.cells, columnFor(names)]));
  return { format: "csv", type: "text/csv", header, rows: nameRecords(records, names), bytesRead };
}

async function firstVisible(path: string): Promise<number | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4_096), 0, 4_096, 0);
    return withoutMark(buffer.subarray(0, bytesRead)).find((byte) => byte > 0x20);
  } finally {
    await file.close();
  }
}

function withoutMark(text: Buffer): Buffer {
  return text.indexOf(BYTE_ORDER_MARK) === 0 ? text.subarray(BYTE_ORDER_MARK.length) : text;
}

/** A name that no other row has: its place and its content, whatever the file is called. */
function keyOf(number: number, content: string | Buffer): string {
  return `row-${number}-${createHash("sha256").update(content).digest("hex").slice(0, 24)}`;
}

interface Record {
  cells: string[];
  line: number;
}

/** Records as the door itself parses them, with the lines that they begin on. Those before a broken one come before its error. */
async function* readRecords(source: AsyncIterable<Buffer>): AsyncGenerator<Record> {
  const records: Record[] = [];
  // The parser counts a CRLF between quotes as two lines.
  let countedTwice = 0;
  const parser = parse({
    bom: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MAX_RECORD_SIZE,
    on_record: (cells: string[], { lines }) => {
      const text = cells.join("");
      countedTwice += text.match(CRLF)?.length ?? 0;
      records.push({ cells, line: lines - countedTwice - (text.match(LINE_END)?.length ?? 0) });
      return null;
    },
  });
  // Errors are met at the write that causes them; the event that also tells them must not go unheard.
  parser.on("error", () => {}).resume();
  const write = (chunk: Buffer) =>
    new Promise<void>((resolve, reject) => parser.write(chunk, (error) => (error ? reject(error) : resolve())));
  try {
    for await (const chunk of source) {
      await write(chunk);
      yield* records.splice(0);
    }
    await finished(parser.end());
  } catch (error) {
    yield* records.splice(0);
    throw error;
  }
  yield* records.splice(0);
}

async function* nameRecords(records: AsyncIterable<Record>, names: readonly string[]): AsyncGenerator<Row> {
  const own = names.flatMap((name, column) => (isKeyName(name) ? [column] : []));
  let number = 0;
  for await (const { cells, line } of records) {
    number++;
    const named = own.some((column) => (cells[column] ?? "").trim() !== "");
    const bytes = Buffer.from(csvLine([...cells, named ? "" : keyOf(number, csvLine(cells))]));
    yield { number, line, bytes };
  }
}

/** Where the file has one of the names, ours is the other: two columns of one name would be a contradiction. */
function columnFor(names: readonly string[]): string {
  return KEY_NAMES.find((name) => !names.includes(name)) ?? KEY_NAMES[0];
}

function isKeyName(name: string): boolean {
  return KEY_NAMES.some((known) => known === name);
}

/** RFC 4180, every cell quoted; nothing is disarmed, since these are the sender's own words. */
function csvLine(cells: readonly string[]): string {
  return cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",");
}

async function* readNdjson(source: ReadStream): AsyncGenerator<Row> {
  let line = 0;
  let number = 0;
  for await (const read of splitLines(source)) {
    const text = line++ === 0 ? withoutMark(read) : read;
    if (text.some((byte) => byte > 0x20)) yield { number: ++number, line, bytes: nameObject(text, number) };
  }
}

/** Lines as bytes: what is not UTF-8 must reach the door as it is, which refuses it. Of a line that is too long no more is kept than shows it. */
async function* splitLines(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  const add = (part: Buffer) => {
    if (bytes <= MAX_ROW_BYTES) parts.push(part);
    bytes += part.length;
  };
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      yield Buffer.concat(parts);
      [parts, bytes, start] = [[], 0, end + 1];
    }
    add(chunk.subarray(start));
  }
  if (bytes > 0) yield Buffer.concat(parts);
}

/** The object with a key put before its first property, byte for byte the same otherwise: parsed and written again, long numbers would change. */
function nameObject(text: Buffer, number: number): Buffer {
  const content = text.at(-1) === CARRIAGE_RETURN ? text.subarray(0, -1) : text;
  const object = parseObject(content);
  const brace = content.indexOf(OPENING_BRACE);
  if (!object || brace < 0) return content;
  const names = Object.keys(object).map((name) => name.trim().toLowerCase());
  if (Object.entries(object).some(([name, value]) => isKeyName(name.trim().toLowerCase()) && isSaid(value)))
    return content;
  const key = `{${JSON.stringify(columnFor(names))}:${JSON.stringify(keyOf(number, content))}${names.length > 0 ? "," : ""}`;
  return Buffer.concat([Buffer.from(key), content.subarray(brace + 1)]);
}

function isSaid(value: unknown): boolean {
  return value !== null && value !== undefined && String(value).trim() !== "";
}

/** Null for what the door will refuse. */
function parseObject(text: Buffer): { [name: string]: unknown } | null {
  if (text.length > MAX_ROW_BYTES) return null;
  try {
    const value: unknown = JSON.parse(text.toString("utf8"));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
