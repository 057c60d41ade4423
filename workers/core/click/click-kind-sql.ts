/** A click's kind in SQL. At rest an embedded click is a provisional one with a mark, so that all who pass provisional clicks over pass it over too. */

/** The expression that gives the kind (`ClickKind`) from a row of `clicks` under this alias. */
export function clickKindSql(alias: string): string {
  return `iif(${alias}.embedded = 1, 'embedded', ${alias}.kind)`;
}
