/** Rows in a text export as its bytes go by: counted, and the header of a later part left out. */

const NEWLINE = 10;
const QUOTE = 34;

export interface RowReader {
  rows(): number;
  /** The bytes to keep of the next ones. */
  take(bytes: Uint8Array): Uint8Array;
}

/** `header`: the first line is none of the rows; it is kept where it is the file's first. A line break within quotes ends no row, which NDJSON has none of. */
export function textRows(format: "csv" | "ndjson", first: boolean): RowReader {
  let inHeader = format === "csv";
  let quoted = false;
  let rows = 0;
  return {
    rows: () => rows,
    take(bytes) {
      let keepFrom = inHeader && !first ? bytes.length : 0;
      for (let index = 0; index < bytes.length; index++) {
        if (bytes[index] === QUOTE && format === "csv") quoted = !quoted;
        if (bytes[index] !== NEWLINE || quoted) continue;
        if (!inHeader) rows++;
        else {
          inHeader = false;
          if (!first) keepFrom = index + 1;
        }
      }
      return bytes.subarray(keepFrom);
    },
  };
}
