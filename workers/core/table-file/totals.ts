/** Lines that add a table up: they stand behind its rows, and are no orders. */
import { plainName } from "./plain-name.ts";

const WORDS: ReadonlySet<string> = new Set(
  [
    ...["total", "totals", "grand total", "sub total", "sum", "sums", "total sum", "report total", "summary"],
    ...["summe", "gesamt", "gesamtsumme", "insgesamt", "zwischensumme", "total général", "totale", "totaal", "suma"],
    ...["summa", "somme", "итого", "всего", "razem", "celkem", "合计", "合計"],
  ].map(plainName),
);

/** True when the first thing that a row says is a word for a sum. */
export function saysTotal(cells: readonly string[]): boolean {
  const first = cells.find((cell) => cell.trim() !== "");
  return first !== undefined && WORDS.has(plainName(first));
}

/** The rows without those at the end that add them up. An order that is called so, with others behind it, stays. `passed` is told how many were left out. */
export async function* withoutTotals<Row>(
  rows: AsyncIterable<Row>,
  isTotal: (row: Row) => boolean,
  passed: (count: number) => void = () => {},
): AsyncGenerator<Row, void> {
  let held: Row[] = [];
  for await (const row of rows) {
    held.push(row);
    if (isTotal(row)) continue;
    yield* held;
    held = [];
  }
  passed(held.length);
}
