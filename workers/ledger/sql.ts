/** The part of a Durable Object's SQL storage that objects use. Blobs are given as the platform gives them: as buffers, or in tests as arrays of bytes. */
export type SqlValue = string | number | Uint8Array | null;

export interface Sql {
  exec(query: string, ...bindings: SqlValue[]): { toArray(): Record<string, unknown>[] };
}

/** A blob of a row. */
export function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new TypeError("a blob is missing");
}
