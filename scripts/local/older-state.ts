/** What a start on an older version's state leaves behind, in words for who starts it. */

/** The first migration of the books, and the one since which clicks lie in objects. */
const FIRST = "0001_books.sql";
const CLICKS_IN_OBJECTS = "0025_click_days.sql";

/** `applied`: migrations of the books that this start applied. Null where nothing is left behind. */
export function leftBehind(applied: readonly string[]): string | null {
  if (applied.includes(FIRST) || !applied.includes(CLICKS_IN_OBJECTS)) return null;
  return "This state is of a version whose clicks lay in a database, and they stay there: the click log, its reports and its exports begin anew. Set-up, books and the postback log go on. The database is not read any more: --fresh takes it away, with everything else.";
}
