/** Numbers that look drawn, as SQL over a number `i` of rows: the same for the same row, in whatever database. */

/** Below 2³²; another factor gives others. */
export function drawnSql(factor: number): string {
  return `((i + 1) * ${factor} % 4294967296)`;
}

/** So many groups of eight hexadecimal digits. */
export function drawnHexSql(...factors: number[]): string {
  return `printf('${"%08x".repeat(factors.length)}', ${factors.map(drawnSql).join(", ")})`;
}
