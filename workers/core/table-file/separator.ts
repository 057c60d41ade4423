/** What stands between a table's cells: told by a `sep=` line, or by which mark parts its lines most alike. */

export const SEPARATORS = [",", ";", "\t"] as const;
export type Separator = (typeof SEPARATORS)[number];

/** So many lines are looked at: a title before the header parts nothing. */
const LOOKED_AT = 40;
/** Written and read by Excel: `sep=;` as the first line. */
const SEP_LINE = /^"?sep=(.)"?[^\S\t]*(?:\r\n|\n|\r|$)/i;

/** `skip`: the length of the `sep=` line that stands before the table. */
export interface FoundSeparator {
  separator: Separator;
  skip: number;
}

/** Of a text that is a file's beginning, without its mark. */
export function separatorOf(start: string): FoundSeparator {
  const [line = "", mark] = SEP_LINE.exec(start) ?? [];
  const said = SEPARATORS.find((separator) => separator === mark);
  if (said) return { separator: said, skip: line.length };
  const lines = linesOf(start).filter((text) => text.trim() !== "");
  const [best] = SEPARATORS.map((separator) => ({ separator, ...likeness(lines, separator) })).sort(
    (left, right) => right.lines - left.lines || right.cells - left.cells,
  );
  return { separator: best?.separator ?? ",", skip: 0 };
}

/** The table's own bytes, behind a `sep=` line of so many. */
export async function* withoutSepLine(utf8: AsyncIterable<Uint8Array>, skip: number): AsyncGenerator<Uint8Array, void> {
  let left = skip;
  for await (const chunk of utf8) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/** How many lines have the same number of cells, and how many cells that are; a line of one cell is not parted. */
function likeness(lines: readonly string[], separator: Separator): { lines: number; cells: number } {
  const counts = new Map<number, number>();
  for (const line of lines) {
    const cells = cellsIn(line, separator);
    if (cells > 1) counts.set(cells, (counts.get(cells) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, left], [, right]) => right - left);
  return most ? { cells: most[0], lines: most[1] } : { cells: 0, lines: 0 };
}

/** Marks between quotes part nothing. */
function cellsIn(line: string, separator: Separator): number {
  let quoted = false;
  let cells = 1;
  for (const mark of line) {
    if (mark === '"') quoted = !quoted;
    else if (mark === separator && !quoted) cells++;
  }
  return cells;
}

/** The first lines; line ends between quotes end none. */
function linesOf(start: string): string[] {
  const lines = [""];
  let quoted = false;
  for (const mark of start) {
    if (mark === '"') quoted = !quoted;
    const ends = !quoted && (mark === "\n" || mark === "\r");
    if (!ends) lines[lines.length - 1] += mark;
    else if (lines.length === LOOKED_AT) break;
    else lines.push("");
  }
  return lines;
}
