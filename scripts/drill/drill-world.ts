/** What a drill is rehearsed on: a system that it may damage, since it is a copy or a test's own. */
import type { FullFetch } from "../console-api.ts";
import type { Database } from "../local/migrate.ts";

export interface DrillWorld {
  fetchConsole: FullFetch;
  books: Database;
  log: Database;
  /** Fires the console's cron as of that time. */
  consoleCron(atMs: number): Promise<void>;
  /** Takes away all that the advertiser's object holds, as if the platform had lost it. */
  loseObject(advertiser: string): Promise<void>;
}

type Row = Record<string, unknown>;

export async function rowsOf(database: Database, query: string, ...values: unknown[]): Promise<Row[]> {
  const { results } = await database
    .prepare(query)
    .bind(...values)
    .all();
  return results.filter((row): row is Row => typeof row === "object" && row !== null);
}

/** What no drill may change: of each currency and status how many conversions and entries there are, and what they come to. Sums pass as text. */
export async function sumsOf({ books }: Pick<DrillWorld, "books">): Promise<string> {
  const whole = (column: string) =>
    `CAST(sum(${column} / 1000000) AS TEXT) || ' ' || CAST(sum(${column} % 1000000) AS TEXT) AS ${column}`;
  const money = ["amount", "revenue", "payout"].map(whole).join(", ");
  const conversions = await rowsOf(
    books,
    `SELECT advertiser, affiliate, currency, status, test, count(*) AS conversions, ${money} FROM conversions GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`,
  );
  const entries = await rowsOf(
    books,
    `SELECT kind, status, count(*) AS entries, ${money} FROM all_entries GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  return JSON.stringify([conversions, entries]);
}
