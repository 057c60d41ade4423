/** The demo's tables, as text for a terminal. */
import type { ExpectedConversion } from "../programme/scene.ts";
import type { Line } from "./compare.ts";

/** What was sent beside what the books say. */
export function printComparison(lines: readonly Line[]): void {
  const rows = lines.map(({ what, sent, books }) => [what, sent, books, sent === books ? "" : "differs"]);
  printTable(["", "sent", "books", ""], rows);
}

/** What each affiliate earned, from the books. */
export function printAffiliates(conversions: readonly ExpectedConversion[]): void {
  const paid = conversions.filter(({ test, status }) => !test && status === "approved");
  const names = [...new Set(paid.map(({ affiliate, currency }) => `${affiliate} ${currency}`))].sort();
  const rows = names.map((name) => {
    const own = paid.filter(({ affiliate, currency }) => `${affiliate} ${currency}` === name);
    const sum = (figure: "revenueMicros" | "payoutMicros") =>
      (own.reduce((total, row) => total + row[figure], 0) / 1_000_000).toFixed(2);
    return [name, String(own.length), sum("revenueMicros"), sum("payoutMicros")];
  });
  printTable(["affiliate", "approved", "revenue", "payout"], rows);
}

/** Rows below their head; the first column stands at the start, the others at the end unless said. */
export function printTable(
  head: readonly string[],
  rows: readonly string[][],
  stands: readonly ("start" | "end")[] = ["start"],
): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const write = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        stands[column] === "start" ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ");
  console.log([head, ...rows].map((row) => write(row).trimEnd()).join("\n"));
}
