/** Counts what is billed: a worker's bindings and an object's storage, watched on their way. What is used in a way that is not counted fails instead. */

import { isRecord } from "../../workers/core/is-record.ts";

/** What the platform bills besides requests, time and bytes. An alarm that is set is a row that the object writes, and is counted as one. */
export interface Billed {
  rowsRead: number;
  rowsWritten: number;
  objectCalls: number;
  objectRowsRead: number;
  objectRowsWritten: number;
  alarmsSet: number;
}

export function noBilled(): Billed {
  return { rowsRead: 0, rowsWritten: 0, objectCalls: 0, objectRowsRead: 0, objectRowsWritten: 0, alarmsSet: 0 };
}

/** The bindings, with D1's statements and calls of objects counted in `billed`. */
export function countingEnv<Env extends object>(env: Env, billed: Billed): Env {
  const watched: Record<string, unknown> = {};
  for (const [name, binding] of Object.entries(env)) {
    if (isDatabase(binding)) watched[name] = countingDatabase(binding, billed);
    else if (isNamespace(binding)) watched[name] = countingNamespace(binding, billed);
  }
  return { ...env, ...watched };
}

/** Has an object's storage count its rows and alarms from now on. */
export function countStorage({ storage }: DurableObjectState, billed: Billed): void {
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  const setAlarm = storage.setAlarm.bind(storage);
  Object.defineProperty(sql, "exec", {
    value: (query: string, ...values: unknown[]) => countingCursor(exec(query, ...values), billed),
  });
  Object.defineProperty(storage, "setAlarm", {
    value: (...given: Parameters<DurableObjectStorage["setAlarm"]>) => {
      billed.alarmsSet++;
      billed.objectRowsWritten++;
      return setAlarm(...given);
    },
  });
}

/** A cursor knows what it has read and written so far, so it is asked after every step. */
function countingCursor<Cursor extends { rowsRead: number; rowsWritten: number }>(cursor: Cursor, billed: Billed) {
  let [read, written] = [0, 0];
  const account = () => {
    billed.objectRowsRead += cursor.rowsRead - read;
    billed.objectRowsWritten += cursor.rowsWritten - written;
    [read, written] = [cursor.rowsRead, cursor.rowsWritten];
  };
  account();
  return watchingSteps(cursor, account);
}

/** `target`, with `account` called after each of its methods, and those of iterators that these give. */
function watchingSteps<Target extends object>(target: Target, account: () => void): Target {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => {
        const answer: unknown = Reflect.apply(value, target, given);
        account();
        return isIterator(answer) ? watchingSteps(answer, account) : answer;
      };
    },
  });
}

/** D1 is read and written in these two ways only. */
function countingDatabase(db: D1Database, billed: Billed): D1Database {
  return new Proxy(db, {
    get(target, name) {
      if (name === "prepare") return (query: string) => countingStatement(target.prepare(query), billed);
      if (name === "batch")
        return async (statements: D1PreparedStatement[]) => addMeta(await target.batch(statements), billed);
      throw new Error(`${String(name)} is not counted`);
    },
  });
}

function countingStatement(statement: D1PreparedStatement, billed: Billed): D1PreparedStatement {
  const { bind, all, run } = statement;
  const whole = async () => {
    const answer = await all.call(statement);
    addMeta([answer], billed);
    return answer;
  };
  return Object.assign(statement, {
    bind: (...values: unknown[]) => countingStatement(bind.apply(statement, values), billed),
    all: whole,
    run: async () => addMeta([await run.call(statement)], billed)[0],
    first: async (column?: string) => {
      const row: unknown = (await whole()).results[0] ?? null;
      return column === undefined || !isRecord(row) ? row : row[column];
    },
  });
}

function addMeta<Row>(results: D1Result<Row>[], billed: Billed): D1Result<Row>[] {
  for (const { meta } of results) {
    billed.rowsRead += meta.rows_read;
    billed.rowsWritten += meta.rows_written;
  }
  return results;
}

function countingNamespace(namespace: DurableObjectNamespace, billed: Billed): DurableObjectNamespace {
  return new Proxy(namespace, {
    get(target, name) {
      if (name !== "getByName") throw new Error(`${String(name)} is not counted`);
      return (...given: Parameters<DurableObjectNamespace["getByName"]>) =>
        countingStub(target.getByName(...given), billed);
    },
  });
}

function countingStub(stub: DurableObjectStub, billed: Billed): DurableObjectStub {
  return new Proxy(stub, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== "function") return method;
      return (...given: unknown[]) => {
        billed.objectCalls++;
        return Reflect.apply(method, target, given);
      };
    },
  });
}

function isDatabase(binding: unknown): binding is D1Database {
  return typeof binding === "object" && binding !== null && "prepare" in binding;
}

function isNamespace(binding: unknown): binding is DurableObjectNamespace {
  return typeof binding === "object" && binding !== null && "idFromName" in binding;
}

function isIterator(value: unknown): value is object {
  return typeof value === "object" && value !== null && "next" in value;
}
