/**
 * The ledger with a count of what is billed: handed batches of postbacks by HTTP, and the clicks' queue as it comes. `GET /` says what was counted since the last
 * time.
 */
import type { ClicksMessage, PostbackMessage } from "../../schema/messages.ts";
import type { Command } from "../../workers/core/books/command.ts";
import { importErasureKey } from "../../workers/core/erasure/erased-names.ts";
import type { Env } from "../../workers/ledger/env.ts";
import ledger, { ClickDay, Conversions as LedgerConversions } from "../../workers/ledger/index.ts";
import { decideMeetingErased, type MetShare } from "../../workers/ledger/object-erasure.ts";
import { handBatches } from "./hand-batches.ts";

let counts = nothing();

function nothing() {
  return {
    rowsRead: 0,
    rowsWritten: 0,
    objectCalls: 0,
    objectRowsRead: 0,
    objectRowsWritten: 0,
    queueMessages: 0,
    queueBytes: 0,
    clicks: 0,
  };
}

export { ClickDay };

/** The same decisions on the same tables; every statement's cursor says what it read and wrote. */
export class Conversions extends LedgerConversions {
  override decide(commands: Command[], nowMs: number): MetShare {
    const { storage } = this.ctx;
    counts.objectCalls++;
    const exec = (query: string, ...bindings: string[]) => {
      const cursor = storage.sql.exec(query, ...bindings);
      const rows = cursor.toArray();
      counts.objectRowsRead += cursor.rowsRead;
      counts.objectRowsWritten += cursor.rowsWritten;
      return { toArray: () => rows };
    };
    return storage.transactionSync(() =>
      decideMeetingErased({ exec }, importErasureKey(this.env.ERASURE_KEY), commands, nowMs),
    );
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method === "POST") return handBatches(request, (batch) => ledger.queue(batch, counting(env)));
    const counted = counts;
    counts = nothing();
    return Response.json(counted);
  },

  async queue(batch: MessageBatch<ClicksMessage | PostbackMessage>, env: Env): Promise<void> {
    for (const { body } of batch.messages) {
      counts.queueMessages++;
      counts.queueBytes += JSON.stringify(body).length;
      if (body.kind === "clicks") counts.clicks += body.clicks.length;
    }
    await ledger.queue(batch, counting(env));
  },
};

function counting(env: Env): Env {
  return { ...env, DB: countingDatabase(env.DB), LOG: countingDatabase(env.LOG) };
}

/** The ledger reads and writes through these two ways only; another one would go uncounted, and fails instead. */
function countingDatabase(db: D1Database): D1Database {
  return new Proxy(db, {
    get(target, name) {
      if (name === "prepare") return (query: string) => countingStatement(target.prepare(query));
      if (name === "batch") return async (statements: D1PreparedStatement[]) => add(await target.batch(statements));
      throw new Error(`${String(name)} is not counted`);
    },
  });
}

function countingStatement(statement: D1PreparedStatement): D1PreparedStatement {
  const { bind, all, run } = statement;
  return Object.assign(statement, {
    bind: (...values: unknown[]) => countingStatement(bind.apply(statement, values)),
    all: async () => add([await all.call(statement)])[0],
    run: async () => add([await run.call(statement)])[0],
  });
}

function add(results: D1Result[]): D1Result[] {
  for (const { meta } of results) {
    counts.rowsRead += meta.rows_read;
    counts.rowsWritten += meta.rows_written;
  }
  return results;
}
