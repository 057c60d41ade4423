/** The rows of a file of clicks as they arrive: CSV in any encoding and with any separator, or NDJSON, whose nested members are named with dots. */
import { isRecord } from "../is-record.ts";
import { encodingOf, gathered, toUtf8 } from "../table-file/encoding.ts";
import { separatorOf, withoutSepLine } from "../table-file/separator.ts";
import { MAX_RECORD_BYTES } from "../table-file/table-plan.ts";
import { readRecords } from "../table-file/table-records.ts";

/** A file that can be opened anew: its encoding is told by all of it. */
export type ReportSource = () => AsyncIterable<Uint8Array>;

/** A row with the line that it begins on. `cells` is null where it cannot be read. */
export interface ClickFileRow {
  line: number;
  cells: [column: string, text: string][] | null;
}

const START_BYTES = 65_536;
const OPENING_BRACE = 0x7b;

/** Throws where quotes make the rest unreadable, or nothing is there. */
export async function* reportRows(open: ReportSource): AsyncGenerator<ClickFileRow, void> {
  const { encoding } = await encodingOf(open());
  const start = await startOf(toUtf8(open(), encoding));
  if (start.trim() === "") throw new Error("it holds no rows");
  const utf8 = toUtf8(open(), encoding);
  if (start.trimStart().charCodeAt(0) === OPENING_BRACE) yield* objects(utf8);
  else yield* records(utf8, start);
}

async function* records(utf8: AsyncIterable<Uint8Array>, start: string): AsyncGenerator<ClickFileRow, void> {
  const { separator, skip } = separatorOf(start);
  const form = { separator, maxBytes: MAX_RECORD_BYTES, relaxed: true, before: skip > 0 ? 1 : 0 };
  let header: string[] | null = null;
  for await (const { cells, line } of readRecords(withoutSepLine(utf8, skip), form)) {
    if (header === null) header = cells;
    else yield { line, cells: header.map((name, place): [string, string] => [name, cells[place] ?? ""]) };
  }
}

async function* objects(utf8: AsyncIterable<Uint8Array>): AsyncGenerator<ClickFileRow, void> {
  let line = 0;
  for await (const text of linesOf(utf8)) {
    line++;
    if (text.trim() !== "") yield { line, cells: cellsOf(text) };
  }
}

function cellsOf(text: string): ClickFileRow["cells"] {
  try {
    const said: unknown = JSON.parse(text);
    return isRecord(said) ? membersOf(said, "") : null;
  } catch {
    return null;
  }
}

function membersOf(said: Record<string, unknown>, prefix: string): [string, string][] {
  return Object.entries(said).flatMap(([name, value]): [string, string][] => {
    if (isRecord(value)) return membersOf(value, `${prefix}${name}.`);
    return typeof value === "string" || typeof value === "number" ? [[`${prefix}${name}`, String(value)]] : [];
  });
}

/** Of a line that is too long only so much is read, which is no JSON any more. */
async function* linesOf(utf8: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const chunk of utf8) {
    const lines = (held + decoder.decode(chunk, { stream: true })).split("\n");
    held = (lines.pop() ?? "").slice(0, MAX_RECORD_BYTES);
    yield* lines;
  }
  if (held !== "") yield held;
}

async function startOf(utf8: AsyncIterable<Uint8Array>): Promise<string> {
  for await (const chunk of gathered(utf8, START_BYTES))
    return new TextDecoder().decode(chunk.subarray(0, START_BYTES));
  return "";
}
