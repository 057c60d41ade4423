/** An R2 bucket in memory, as far as the console uses one. */

interface Kept {
  text: string;
  customMetadata: Record<string, string>;
  uploaded: Date;
}

/** What of a list is asked for. */
interface Listing {
  prefix: string;
  startAfter?: string;
  limit: number;
}

export class KeptBucket {
  readonly #objects = new Map<string, Kept>();

  async put(key: string, text: string, { customMetadata = {} }: Partial<Kept> = {}): Promise<void> {
    this.#objects.set(key, { text, customMetadata, uploaded: new Date(Date.now()) });
  }

  async get(key: string) {
    const kept = this.#objects.get(key);
    return kept === undefined ? null : { json: async (): Promise<unknown> => JSON.parse(kept.text) };
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#objects.delete(key);
  }

  async list({ prefix, startAfter = "", limit }: Listing) {
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort();
    const objects = keys.slice(0, limit).map((key) => ({ key, ...this.#objects.get(key) }));
    return { objects, truncated: keys.length > limit };
  }
}
