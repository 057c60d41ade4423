/** The real DuckDB, as an analyst would use it on files that were taken away. */
import { DuckDBInstance } from "@duckdb/node-api";

export type Answer = Record<string, unknown>[];

export interface Duck {
  /** Rows in DuckDB's JSON: numbers beyond 32 bits, decimals and times as text. */
  query(sql: string): Promise<Answer>;
  close(): void;
}

export async function openDuck(): Promise<Duck> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'; SET threads = 1");
  return {
    query: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
