/** Doubles of D1 and of an object's SQL storage on node:sqlite, so that the consumer's real code and real SQL run in one process, with faults at every await. */
import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Sql, SqlValue } from "../../workers/ledger/sql.ts";

/** Called before and after each operation; may throw what an outage would, or wait for other work to come in between. */
export type Fault = (point: string) => Promise<void>;

const META: D1Meta & Record<string, unknown> = {
  duration: 0,
  size_after: 0,
  rows_read: 0,
  rows_written: 0,
  last_row_id: 0,
  changed_db: false,
  changes: 0,
};

class Statement implements D1PreparedStatement {
  readonly #d1: SqliteD1;
  readonly query: string;
  readonly values: SQLInputValue[];

  constructor(d1: SqliteD1, query: string, values: SQLInputValue[]) {
    this.#d1 = d1;
    this.query = query;
    this.values = values;
  }

  bind(...values: unknown[]): Statement {
    return new Statement(this.#d1, this.query, values.map(toSql));
  }

  async all<Row = Record<string, unknown>>(): Promise<D1Result<Row>> {
    const [result] = await this.#d1.batch<Row>([this]);
    if (!result) throw new Error("no result");
    return result;
  }

  run<Row = Record<string, unknown>>(): Promise<D1Result<Row>> {
    return this.all<Row>();
  }

  async first<Value = Record<string, unknown>>(column?: string): Promise<Value | null> {
    const [row] = (await this.all()).results;
    return JSON.parse(JSON.stringify((column === undefined ? row : row?.[column]) ?? null));
  }

  raw<Row = unknown[]>(options: { columnNames: true }): Promise<[string[], ...Row[]]>;
  raw<Row = unknown[]>(options?: { columnNames?: false }): Promise<Row[]>;
  async raw(options?: { columnNames?: boolean }): Promise<unknown[]> {
    if (options?.columnNames) throw new Error("nobody here asks for names");
    return this.#d1.rawRows(this);
  }
}

/** A D1 database in memory, with a folder of migrations applied. */
export class SqliteD1 implements D1Database {
  readonly db = new DatabaseSync(":memory:");
  readonly #name: string;
  /** Statements by their text, each twice: for rows as objects, and as lists. */
  readonly #prepared = new Map<string, StatementSync>();
  readonly #preparedRaw = new Map<string, StatementSync>();
  fault: Fault;
  /** What every answer says of the database's size. */
  sizeBytes = 0;

  constructor(name: string, migrations: string, fault: Fault) {
    this.#name = name;
    this.fault = fault;
    for (const file of readdirSync(migrations).sort()) this.db.exec(readFileSync(`${migrations}/${file}`, "utf8"));
  }

  prepare(query: string): Statement {
    return new Statement(this, query, []);
  }

  async batch<Row = unknown>(statements: D1PreparedStatement[]): Promise<D1Result<Row>[]> {
    const writes = statements.some(
      (statement) => statement instanceof Statement && !/^\s*SELECT/.test(statement.query),
    );
    await this.fault(`${this.#name} before ${writes ? "writing" : "reading"}`);
    // A savepoint is a transaction of its own, and may stand in one that a test takes back as a whole.
    this.db.exec("SAVEPOINT batch");
    const results: D1Result<Row>[] = [];
    try {
      for (const statement of statements) {
        if (!(statement instanceof Statement)) throw new Error("not a statement of this database");
        // Through JSON, as over D1's wire: what a row holds is what JSON can carry.
        const rows: Row[] = JSON.parse(
          JSON.stringify(this.#statement(this.#prepared, statement.query).all(...statement.values)),
        );
        results.push({ success: true, meta: { ...META, size_after: this.sizeBytes }, results: rows });
      }
    } catch (error) {
      this.db.exec("ROLLBACK TO batch");
      this.db.exec("RELEASE batch");
      throw error;
    }
    this.db.exec("RELEASE batch");
    await this.fault(`${this.#name} after ${writes ? "writing" : "reading"}`);
    return results;
  }

  /** The rows of one statement as lists, in which columns of one name stand beside each other. */
  async rawRows({ query, values }: Statement): Promise<unknown[]> {
    await this.fault(`${this.#name} before reading`);
    const statement = this.#statement(this.#preparedRaw, query);
    statement.setReturnArrays(true);
    const rows: unknown[] = JSON.parse(JSON.stringify(statement.all(...values)));
    await this.fault(`${this.#name} after reading`);
    return rows;
  }

  #statement(prepared: Map<string, StatementSync>, query: string): StatementSync {
    const statement = prepared.get(query) ?? this.db.prepare(query);
    prepared.set(query, statement);
    return statement;
  }

  async exec(): Promise<never> {
    throw new Error("the ledger does not use exec()");
  }

  /** One replica, which is the primary. */
  withSession(): D1DatabaseSession {
    return {
      prepare: (query) => this.prepare(query),
      batch: (statements) => this.batch(statements),
      getBookmark: () => null,
    };
  }

  async dump(): Promise<never> {
    throw new Error("the ledger does not use dump()");
  }
}

/** An object's storage: SQL, one transaction per call, as with `transactionSync`. */
export class ObjectStorage implements Sql {
  readonly db = new DatabaseSync(":memory:");
  readonly #prepared = new Map<string, StatementSync>();
  /** Rows that queries gave. */
  rowsRead = 0;

  exec(query: string, ...bindings: SqlValue[]): { toArray(): Record<string, unknown>[] } {
    if (bindings.length === 0 && query.includes(";")) {
      this.db.exec(query);
      return { toArray: () => [] };
    }
    const statement = this.#prepared.get(query) ?? this.db.prepare(query);
    this.#prepared.set(query, statement);
    const rows = statement.all(...bindings);
    this.rowsRead += rows.length;
    return { toArray: () => rows };
  }

  transaction<Value>(work: () => Value): Value {
    this.db.exec("BEGIN");
    try {
      const value = work();
      this.db.exec("COMMIT");
      return value;
    } catch (error) {
      this.db.exec("ROLLBACK");
      throw error;
    }
  }
}

function toSql(value: unknown): SQLInputValue {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  throw new Error(`D1 does not bind a ${typeof value}`);
}
