/** The cells that postbacks are counted in: what a row of the log says of its own, and where all are read, those of rows that no sum has yet among them. In SQL. */
import { QUARTER_MS } from "./time-zone.ts";

/** The columns of `postback_quarters` in their order, the sum last, each with what a row says for it. Text that is absent is ''. */
const CELL = {
  quarter: `received_at / ${QUARTER_MS}`,
  advertiser: "advertiser",
  event: "coalesce(event, '')",
  status: "status",
  reason: "coalesce(reason, '')",
  test: "test",
  postbacks: "times",
};

/** A row's cell. */
const OWN_CELL = Object.entries(CELL)
  .map(([name, sql]) => `${sql} AS ${name}`)
  .join(", ");

/** From when on no sum counts a row of the log. What came before is counted by quarter-hours, be its rows still there or not. */
export const OPEN_FROM = "(SELECT max(until, from_at) FROM closed_postbacks, kept WHERE log = 'postbacks')";

/** The cells of rows from `least` on and before `below`, where `conditions` hold: one for each row. */
export function cellsOfRows(least: string, below: string, conditions = ""): string {
  return `SELECT ${OWN_CELL} FROM postbacks INDEXED BY postbacks_by_time WHERE received_at >= ${least} AND received_at < ${below} ${conditions}`;
}

/** The same, as sums. */
export function sumsOfRows(...of: Parameters<typeof cellsOfRows>): string {
  const keys = Object.keys(CELL).filter((name) => name !== "postbacks");
  return `SELECT ${keys.join(", ")}, sum(postbacks) FROM (${cellsOfRows(...of)}) GROUP BY ${keys.join(", ")}`;
}

/** All cells of a database, to select from. The books' one has only what an older install counted there, whose rows are all in its sums. */
export function postbackCells(database: "LOG" | "DB"): string {
  if (database === "DB") return "postback_quarters";
  return `(SELECT * FROM postback_quarters UNION ALL
    SELECT ${OWN_CELL} FROM postbacks INDEXED BY postbacks_by_time WHERE received_at >= ${OPEN_FROM})`;
}
