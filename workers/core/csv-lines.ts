/** A short CSV that people send, whole: its cells by lines, whatever of comma, semicolon and tab parts them. */
import { parse } from "csv-parse/sync";

const DELIMITERS = [",", ";", "\t"];

/** A line of a list, by its number. */
export interface ListLine {
  line: number;
  cells: string[];
}

/** Null where it is no CSV. */
export function readLines(text: string): ListLine[] | null {
  const first = text.slice(0, text.search(/[\r\n]|$/));
  const count = (mark: string): number => first.split(mark).length;
  const delimiter = DELIMITERS.toSorted((left, right) => count(right) - count(left))[0] ?? ",";
  const lines: number[] = [];
  try {
    const rows: string[][] = parse(text, {
      delimiter,
      bom: true,
      skip_empty_lines: true,
      relax_column_count: true,
      on_record: (cells: string[], { lines: end }) => {
        lines.push(end);
        return cells;
      },
    });
    return rows.map((cells, at) => ({ line: lines[at] ?? at + 1, cells }));
  } catch {
    return null;
  }
}
