/** The rows of a file of clicks as they arrive: CSV in any encoding and with any separator, or NDJSON, whose nested members are named with dots. */
import { isRecord } from "../is-record.ts";
import { toUtf8 } from "../table-file/encoding.ts";
import { type FileForm, formOf, MAX_RECORD_BYTES, recordsOf, type TableSource } from "../table-file/file-form.ts";

/** A row with the line that it begins on. `cells` is null where it cannot be read. */
export interface ClickFileRow {
  line: number;
  cells: [column: string, text: string][] | null;
}

const OPENING_BRACE = 0x7b;

/** Throws where quotes make the rest unreadable, or nothing is there. */
export async function* reportRows(open: TableSource): AsyncGenerator<ClickFileRow, void> {
  const { start, ...form } = await formOf(open, null);
  if (start.trim() === "") throw new Error("it holds no rows");
  if (start.trimStart().charCodeAt(0) === OPENING_BRACE) yield* objects(toUtf8(open(), form.encoding));
  else yield* records(open, form);
}

async function* records(open: TableSource, form: FileForm): AsyncGenerator<ClickFileRow, void> {
  let header: string[] | null = null;
  for await (const { cells, line } of recordsOf(open, form)) {
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
