/** The rows of a file of postbacks, a table or NDJSON, as an import sends them: each under an idempotency key, so that sent again it has no second effect. */

import { isRecord } from "../is-record.ts";
import { accept, type Result } from "../result.ts";
import { sha256 } from "../sha256.ts";
import { gathered } from "./encoding.ts";
import { FAILED_COLUMNS, withoutReason } from "./failed-rows.ts";
import type { TableSource } from "./file-form.ts";
import { orderSayer } from "./say-order.ts";
import { isUnread, type RowFault, type TableOrder, type UnreadLine } from "./table-order.ts";
import { planTable, type TablePlan, type TableRequest } from "./table-plan.ts";
import { readTable, type TableSummary } from "./table-reader.ts";

/** Why a row is not sent: the fault, and the column and its text where one is to blame. */
export interface FaultyRow {
  fault: RowFault;
  column: string | null;
  text: string | null;
}

/** One row: its place among the rows and the line it begins on, both from 1, and its bytes without a line end. `faulty` is what keeps it from being sent. */
export interface ImportRow {
  number: number;
  line: number;
  bytes: Uint8Array;
  faulty?: FaultyRow;
}

export interface ImportFile {
  rows: AsyncGenerator<ImportRow, void>;
  /** How the table is read; null for NDJSON. */
  plan: TablePlan | null;
  /** What was read of a table, to be asked when its rows are through; null for NDJSON. */
  summary(): TableSummary | null;
}

/** The door's own limit: what is longer it refuses. */
const MAX_ROW_BYTES = 65_536;
/** So many bytes tell what a file is. */
const START_BYTES = 4_096;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const OPENING_BRACE = 0x7b;
/** The parameter and the name of its header: the door reads both, the first before the second, and a value before an empty one. */
const KEY_NAMES = ["idempotency_key", "idempotency-key"] as const;
const OWN_BEFORE = `{"${FAILED_COLUMNS[0]}"`;
const BYTE_ORDER_MARK = Buffer.from("\ufeff");

/** Opens a file; what it is, its first visible character tells: NDJSON begins with a brace. A table is read through before its first row comes. Refuses, with what to do, one that cannot be read; throws where its quotes are broken. */
export async function openImport(open: TableSource, request: TableRequest): Promise<Result<ImportFile, string>> {
  if ((await firstVisible(open)) === OPENING_BRACE)
    return accept({ rows: readNdjson(open()), plan: null, summary: () => null });
  const plan = await planTable(open, request);
  if (!plan.ok) return plan;
  const table = readTable(open, plan.value);
  return accept({ rows: tableRows(table.rows, plan.value), plan: plan.value, summary: () => table.summary() });
}

/** Orders as the door reads them, in JSON; an order that cannot be read, or said, is a row that is not sent. */
async function* tableRows(
  orders: AsyncIterable<TableOrder | UnreadLine>,
  plan: TablePlan,
): AsyncGenerator<ImportRow, void> {
  const say = orderSayer(plan);
  let number = 0;
  for await (const order of orders) {
    const { line } = order;
    const said = isUnread(order) ? null : say(order);
    if (!said?.ok) yield faultyRow(++number, order, said?.refusal ?? null);
    else
      for (const postback of said.value) {
        const object = Buffer.from(JSON.stringify(Object.fromEntries(postback)));
        yield { number: ++number, line, bytes: nameObject(object, number) };
      }
  }
}

function faultyRow(number: number, order: TableOrder | UnreadLine, unsaid: RowFault | null): ImportRow {
  const { fault, column, text } = isUnread(order)
    ? order
    : { fault: unsaid ?? "no_order_or_click", column: null, text: null };
  const bytes = Buffer.from(JSON.stringify([fault, text]));
  return { number, line: order.line, bytes, faulty: { fault, column, text } };
}

async function firstVisible(open: TableSource): Promise<number | undefined> {
  for await (const chunk of gathered(open(), START_BYTES)) return withoutMark(Buffer.from(chunk)).find(isVisible);
  return undefined;
}

function isVisible(byte: number): boolean {
  return byte > 0x20;
}

function withoutMark(text: Buffer): Buffer {
  return text.indexOf(BYTE_ORDER_MARK) === 0 ? text.subarray(BYTE_ORDER_MARK.length) : text;
}

/** A name that no other row has: its place and its content, whatever the file is called. */
function keyOf(number: number, content: Uint8Array): string {
  return `row-${number}-${sha256(content).slice(0, 24)}`;
}

/** Where the file has one of the names, ours is the other: two columns of one name would be a contradiction. */
function columnFor(names: readonly string[]): string {
  return KEY_NAMES.find((name) => !names.includes(name)) ?? KEY_NAMES[0];
}

function isKeyName(name: string): boolean {
  return KEY_NAMES.some((known) => known === name);
}

async function* readNdjson(source: AsyncIterable<Uint8Array>): AsyncGenerator<ImportRow, void> {
  let line = 0;
  let number = 0;
  for await (const read of splitLines(source)) {
    const text = withoutWhy(line++ === 0 ? withoutMark(read) : read);
    if (text.some(isVisible)) yield { number: ++number, line, bytes: nameObject(text, number) };
  }
}

/** What we put before a row that failed is none of what it says. */
function withoutWhy(text: Buffer): Buffer {
  return text.indexOf(OWN_BEFORE) === 0 ? Buffer.from(withoutReason(text.toString("utf8"))) : text;
}

/** Lines as bytes: what is not UTF-8 must reach the door as it is, which refuses it. Of a line that is too long no more is kept than shows it. */
async function* splitLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const add = (part: Uint8Array) => {
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
