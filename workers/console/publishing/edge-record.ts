/** A record as it is to stand at the edge, and its writing. */
import type { Env } from "../env.ts";

/** `value` is null where there is to be none under this key. */
export interface EdgeRecord {
  key: string;
  value: object | null;
}

export async function put({ EDGE }: Pick<Env, "EDGE">, { key, value }: EdgeRecord): Promise<void> {
  await (value === null ? EDGE.delete(key) : EDGE.put(key, JSON.stringify(value)));
}
