/** The part of R2 that the archive is made of. */

export interface Bucket {
  /** Refuses bytes that are not those of the checksum. */
  put(
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
    options: { sha256: string; customMetadata: Record<string, string>; httpMetadata: { contentType: string } },
  ): Promise<unknown>;
  /** All of it, or a range. */
  get(
    name: string,
    options?: { range: { offset: number; length: number } },
  ): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
  delete(names: string[]): Promise<void>;
}
