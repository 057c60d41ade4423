/** The part of a Durable Object's SQL storage that the books use. */
export interface Sql {
  exec(query: string, ...bindings: string[]): { toArray(): Record<string, unknown>[] };
}
