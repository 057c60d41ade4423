/** Tables in a folder, by header: for programmes and histories that people write down themselves, and for files of an old tracker. */
import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { formOf, recordsOf } from "../../workers/core/table-file/file-form.ts";
import { plainName } from "../../workers/core/table-file/plain-name.ts";

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
  const form = await formOf(open, null);
  const places = new Map<string, number>();
  let width = 0;
  for await (const { line, cells } of recordsOf(open, form, { relaxed: false })) {
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
