/** Tables in a folder, by header: for programmes and histories that people write down themselves, and for files of an old tracker. */
import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { encodingOf, toUtf8 } from "../../workers/core/table-file/encoding.ts";
import { plainName } from "../../workers/core/table-file/plain-name.ts";
import { separatorOf, withoutSepLine } from "../../workers/core/table-file/separator.ts";
import { readRecords } from "../../workers/core/table-file/table-records.ts";

const MAX_RECORD_BYTES = 60_000;
const START_CHARACTERS = 65_536;

/** Rows of `folder/name.csv` by column, with `line`; none where there is no such file and it is not `required`. Throws, with file and line, where a row is no row. */
export async function* tableRows(
  folder: string,
  name: string,
  {
    columns,
    required = [],
    optional = false,
  }: { columns: readonly string[]; required?: readonly string[]; optional?: boolean },
): AsyncGenerator<{ line: number; cells: Record<string, string> }> {
  const path = join(folder, `${name}.csv`);
  if (!existsSync(path)) {
    if (optional) return;
    throw new Error(`${path} is not there`);
  }
  const open = () => createReadStream(path);
  const { encoding } = await encodingOf(open());
  const { separator, skip } = separatorOf(await startOf(toUtf8(open(), encoding)));
  const utf8 = withoutSepLine(toUtf8(open(), encoding), skip);
  const places = new Map<string, number>();
  let width = 0;
  for await (const { line, cells } of readRecords(utf8, { separator, maxBytes: MAX_RECORD_BYTES })) {
    if (width === 0) {
      width = cells.length;
      const named = cells.map(plainName);
      for (const column of columns)
        if (named.includes(plainName(column))) places.set(column, named.indexOf(plainName(column)));
      const missing = required.filter((column) => !places.has(column));
      if (missing.length > 0)
        throw new Error(`${path} lacks the column ${missing.join(", ")}: it says ${cells.join(", ")}`);
      continue;
    }
    if (cells.length !== width)
      throw new Error(`${path} line ${line} has ${cells.length} cells, and its header ${width}`);
    const row = Object.fromEntries([...places].map(([column, place]) => [column, (cells[place] ?? "").trim()]));
    const empty = required.find((column) => !row[column]);
    if (empty !== undefined) throw new Error(`${path} line ${line} says nothing in ${empty}`);
    yield { line, cells: row };
  }
}

async function startOf(utf8: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of utf8) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= START_CHARACTERS) break;
  }
  return text;
}
