/** How much lies in a database or a queue: rows, and the bytes of what is in their cells. Whichever tables there are, they count. */
import type { DatabaseSync } from "node:sqlite";
import type { Sql } from "../../workers/ledger/sql.ts";

export interface Written {
  rows: number;
  bytes: number;
}

type Ask = (query: string) => Record<string, unknown>[];

const TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";

export function writtenIn(database: DatabaseSync): Written {
  return measure((query) => database.prepare(query).all());
}

export function writtenInObject(storage: Sql): Written {
  return measure((query) => storage.exec(query).toArray());
}

export function writtenInQueue(messages: readonly unknown[]): Written {
  return {
    rows: messages.length,
    bytes: messages.reduce((sum: number, one) => sum + Buffer.byteLength(JSON.stringify(one)), 0),
  };
}

export function plus(all: readonly Written[]): Written {
  const sum = (part: keyof Written) => all.reduce((total, one) => total + one[part], 0);
  return { rows: sum("rows"), bytes: sum("bytes") };
}

export function minus(all: Written, before: Written): Written {
  return { rows: all.rows - before.rows, bytes: all.bytes - before.bytes };
}

function measure(ask: Ask): Written {
  return plus(
    ask(TABLES).map(({ name }) => {
      const columns = ask(`SELECT name FROM pragma_table_info('${name}')`);
      const bytes = columns.map((column) => `coalesce(length(CAST("${column.name}" AS BLOB)), 0)`).join(" + ");
      const [found] = ask(`SELECT count(*) AS row_count, coalesce(sum(${bytes}), 0) AS byte_count FROM "${name}"`);
      return { rows: Number(found?.row_count), bytes: Number(found?.byte_count) };
    }),
  );
}
