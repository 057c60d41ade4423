/** A short list that people send, whole: its records as every other table's are read, whatever of comma, semicolon and tab parts them, `sep=` included. */
import { formOf, recordsOf } from "./file-form.ts";
import type { TableRecord } from "./table-records.ts";

/** Null where it is no CSV. */
export async function readList(text: string): Promise<TableRecord[] | null> {
  const bytes = new TextEncoder().encode(text);
  const open = async function* () {
    yield bytes;
  };
  const records: TableRecord[] = [];
  try {
    for await (const record of recordsOf(open, await formOf(open, "utf-8"), { relaxed: false })) records.push(record);
    return records;
  } catch {
    return null;
  }
}
