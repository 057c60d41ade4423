/** Holds the conversions that stories leave against those in the books: each must be there once, with its status and its money, and nothing else. */
import type { ExpectedConversion } from "./scene.ts";

/** One sentence for each row that one side has and the other has not, or not as often. */
export function differencesOf(expected: readonly ExpectedConversion[], books: readonly ExpectedConversion[]): string[] {
  return [
    ...missing(expected, books).map((row) => `the books lack ${row}`),
    ...missing(books, expected).map((row) => `nobody sent ${row}`),
  ];
}

function missing(rows: readonly ExpectedConversion[], among: readonly ExpectedConversion[]): string[] {
  const left = new Map([...Map.groupBy(among, rowText)].map(([row, { length }]) => [row, length]));
  return rows.map(rowText).filter((row) => {
    const there = left.get(row) ?? 0;
    left.set(row, there - 1);
    return there <= 0;
  });
}

/** With its columns in one order. */
function rowText(row: ExpectedConversion): string {
  return JSON.stringify(Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1)));
}
