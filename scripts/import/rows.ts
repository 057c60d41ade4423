/** The rows of a file of postbacks, a table or NDJSON, as they are sent: each under an idempotency key, so that sent again it has no second effect. */
import { createHash } from "node:crypto";
import { createReadStream, type ReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Mapping } from "../../schema/records.ts";
import { isRecord } from "../../workers/core/is-record.ts";
import { makeDialect } from "../../workers/core/postback/dialect.ts";
import { sayOrder } from "../../workers/core/table-file/say-order.ts";
import {
  isUnread,
  ROW_FAULTS,
  type RowFault,
  type TableOrder,
  type UnreadLine,
} from "../../workers/core/table-file/table-order.ts";
import { planTable, type TablePlan, type TableRequest } from "../../workers/core/table-file/table-plan.ts";
import { readTable, type TableSummary } from "../../workers/core/table-file/table-reader.ts";
import type { SaidOfTable } from "../tables/table-options.ts";
import type { RowAnswer } from "./batch-answer.ts";

/** One row: its place among the rows and the line it begins on, both from 1, and its bytes without a line end. `fault` is what keeps it from being sent. */
export interface Row {
  number: number;
  line: number;
  bytes: Buffer;
  fault?: RowAnswer;
}

export interface RowFile {
  format: "table" | "ndjson";
  rows: AsyncIterable<Row>;
  /** How far the file was read. */
  bytesRead(): number;
  /** What was read of a table, to be asked when its rows are through; null for NDJSON. */
  summary(): TableSummary | null;
}

/** What is said of a table; and the advertiser's words, null where nobody told them: then the door reads what we cannot. */
export interface ImportedTable extends SaidOfTable {
  mapping: Mapping | null;
}

/** The door's own limit: what is longer it refuses. */
const MAX_ROW_BYTES = 65_536;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const OPENING_BRACE = 0x7b;
/** The parameter and the name of its header: the door reads both, the first before the second, and a value before an empty one. */
const KEY_NAMES = ["idempotency_key", "idempotency-key"] as const;
const BYTE_ORDER_MARK = Buffer.from("\ufeff");
const UNKNOWN_WORDS = "; the advertiser's mapping is not known here: with CONSOLE_TOKEN set its names are read as well";

/** Opens a file; what it is, its first visible character tells: NDJSON begins with a brace. A table is read through before its first row comes. Throws, with what to do, where it cannot be read. */
export async function openRows(path: string, said: ImportedTable): Promise<RowFile> {
  if ((await firstVisible(path)) === OPENING_BRACE) {
    const source = createReadStream(path);
    return { format: "ndjson", rows: readNdjson(source), bytesRead: () => source.bytesRead, summary: () => null };
  }
  let source = createReadStream(path, { end: 0 });
  const open = (): ReadStream => {
    source = createReadStream(path);
    return source;
  };
  const { mapping, ...asked } = said;
  const request: TableRequest = { ...asked, dialect: makeDialect(mapping ?? undefined), others: mapping === null };
  const plan = await planTable(open, request);
  if (!plan.ok) throw new Error(`${path} cannot be read: ${plan.refusal}${mapping === null ? UNKNOWN_WORDS : ""}`);
  const table = readTable(open, plan.value);
  const rows = tableRows(table.rows, plan.value);
  return { format: "table", rows, bytesRead: () => source.bytesRead, summary: () => table.summary() };
}

/** Orders as the door reads them, in JSON; an order that cannot be read, or said, is a row that is not sent. */
async function* tableRows(orders: AsyncIterable<TableOrder | UnreadLine>, plan: TablePlan): AsyncGenerator<Row> {
  let number = 0;
  for await (const order of orders) {
    const { line } = order;
    const said = isUnread(order) ? null : sayOrder(order, plan.dialect, plan.layout);
    if (!said?.ok) yield faultyRow(++number, order, said?.refusal ?? null);
    else
      for (const postback of said.value) {
        const object = Buffer.from(JSON.stringify(Object.fromEntries(postback)));
        yield { number: ++number, line, bytes: nameObject(object, number) };
      }
  }
}

function faultyRow(number: number, order: TableOrder | UnreadLine, unsaid: RowFault | null): Row {
  const { fault, column, text } = isUnread(order)
    ? order
    : { fault: unsaid ?? "no_order_or_click", column: null, text: null };
  const message = `${ROW_FAULTS[fault]}${text === null ? "" : ` It says “${text}”.`}`;
  const answer = { accepted: false, receipt: "", reason: fault, parameter: column, message };
  return { number, line: order.line, bytes: Buffer.from(JSON.stringify([fault, text])), fault: answer };
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

/** Where the file has one of the names, ours is the other: two columns of one name would be a contradiction. */
function columnFor(names: readonly string[]): string {
  return KEY_NAMES.find((name) => !names.includes(name)) ?? KEY_NAMES[0];
}

function isKeyName(name: string): boolean {
  return KEY_NAMES.some((known) => known === name);
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
