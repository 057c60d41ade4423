/** What a file of rows is before its rows are looked at: its letters and its separator, told by the file itself; and its records, read so. */
import { encodingOf, type FileEncoding, gathered, toUtf8 } from "./encoding.ts";
import { type Separator, separatorOf, withoutSepLine } from "./separator.ts";
import { readRecords, type TableRecord } from "./table-records.ts";

/** A file that can be read from its beginning, as often as is asked. */
export type TableSource = () => AsyncIterable<Uint8Array>;

export interface FileForm {
  encoding: FileEncoding;
  separator: Separator;
  /** The length of a `sep=` line before the table. */
  skipBytes: number;
}

/** A form as it is found. `start` is the file's beginning as text, without its mark. */
export interface FoundForm extends FileForm {
  /** A replacement character may stand for bytes that are no text. */
  damaged: boolean;
  start: string;
}

/** What a record may have at most. */
export const MAX_RECORD_BYTES = 60_000;
const START_BYTES = 65_536;

/** Reads the file through: also where its letters are `said`, its damage is told by all of it. `mark` is the separator that somebody said. */
export async function formOf(
  open: TableSource,
  said: FileEncoding | null,
  mark: Separator | null = null,
): Promise<FoundForm> {
  const found = await encodingOf(open());
  const encoding = said ?? found.encoding;
  const start = await startOf(toUtf8(open(), encoding));
  const { separator, skip } = separatorOf(start);
  const damaged = encoding !== "utf-8" || found.damaged;
  return { encoding, damaged, separator: mark ?? separator, skipBytes: skip, start };
}

/** The records of a file of this form. `relaxed`: quotes that RFC 4180 does not have are text; else the file cannot be read behind them. */
export function recordsOf(
  open: TableSource,
  { encoding, separator, skipBytes }: FileForm,
  { relaxed }: { relaxed: boolean } = { relaxed: true },
): AsyncGenerator<TableRecord, void> {
  const utf8 = withoutSepLine(toUtf8(open(), encoding), skipBytes);
  const before = skipBytes > 0 ? 1 : 0;
  return readRecords(utf8, { separator, maxBytes: MAX_RECORD_BYTES, relaxed, before });
}

async function startOf(utf8: AsyncIterable<Uint8Array>): Promise<string> {
  for await (const chunk of gathered(utf8, START_BYTES))
    return new TextDecoder().decode(chunk.subarray(0, START_BYTES));
  return "";
}
