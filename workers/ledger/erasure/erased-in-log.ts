/** What the log's database knows to be erased: of what no object knows, such as other trackers' names for clicks, it is asked alone. */
import { erasedClickId } from "../../core/erasure/erased-names.ts";
import type { HmacKey } from "../../core/hmac-sha256.ts";

const FIND = "SELECT name FROM erased WHERE name IN (SELECT value FROM json_each(?))";

/** Those of these names that are erased, as they are here. Asks nothing where there are none. */
export async function foreignErased(log: D1Database, key: HmacKey, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  const replaced = new Map(names.map((name) => [erasedClickId(key, name), name]));
  const found = await erasedAmong(log, [...replaced.keys()]);
  return new Set([...replaced].flatMap(([erased, name]) => (found.has(erased) ? [name] : [])));
}

/** Those of these replacements that stand for somebody. */
export async function erasedAmong(log: D1Database, replaced: readonly string[]): Promise<Set<string>> {
  const { results } = await log.prepare(FIND).bind(JSON.stringify(replaced)).all<{ name: string }>();
  return new Set(results.map(({ name }) => name));
}
