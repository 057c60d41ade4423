/** The records of a table as they arrive, each with the line that it begins on. */
import { parse } from "csv-parse/stream";
import type { Separator } from "./separator.ts";

export interface TableRecord {
  cells: string[];
  /** From 1, as an editor counts. */
  line: number;
}

export interface RecordsForm {
  separator: Separator;
  maxBytes: number;
  /** Quotes that RFC 4180 does not have, such as an inch's, are text. */
  relaxed?: boolean;
  /** Lines that stand before what is read. */
  before?: number;
}

const CRLF = /\r\n/g;
const LINE_END = /\n/g;

/**
 * Records of RFC 4180 in UTF-8, or ended by a carriage return alone, as some spreadsheets write them; empty lines are none. Bytes that are not UTF-8 become
 * U+FFFD. Throws where a record makes the rest unreadable, behind those before it: they are taken from the parser's callback, so that they are not lost with it.
 */
export async function* readRecords(
  utf8: AsyncIterable<Uint8Array>,
  { separator, maxBytes, relaxed = false, before = 0 }: RecordsForm,
): AsyncGenerator<TableRecord, void> {
  const records: TableRecord[] = [];
  // The parser counts a CRLF between quotes as two lines.
  let countedTwice = 0;
  const parser = parse({
    delimiter: separator,
    record_delimiter: ["\r\n", "\n", "\r"],
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: relaxed,
    max_record_size: maxBytes,
    on_record: (cells: string[], { lines }) => {
      const text = cells.join("");
      countedTwice += text.match(CRLF)?.length ?? 0;
      records.push({ cells, line: before + lines - countedTwice - (text.match(LINE_END)?.length ?? 0) });
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
    for await (const chunk of utf8) {
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
