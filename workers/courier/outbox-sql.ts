/** The part of a Durable Object's SQL storage that an outbox uses. */
import type { Cell } from "../../schema/columns.ts";

export interface OutboxSql {
  exec(query: string, ...bindings: Cell[]): { toArray(): Record<string, unknown>[] };
}
