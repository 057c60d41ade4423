/** Which links of ours an old tracker's placed links mean: by their aliases, and by the slugs that a file says. */
import { jsonChunks } from "../../core/json-chunks.ts";

/** A link of ours. */
export interface MeantLink {
  number: number;
  slug: string;
}

const OF_ALIASES = `
  SELECT a.alias AS name, l.number, l.slug FROM json_each(?) AS k
  CROSS JOIN link_aliases AS a ON a.tracker = ? AND a.alias = k.value CROSS JOIN links AS l ON l.number = a.link`;
const OF_SLUGS =
  "SELECT l.slug AS name, l.number, l.slug FROM json_each(?) AS k CROSS JOIN links AS l ON l.slug = k.value";

/** The links that a tracker's aliases mean now, by alias. */
export function linksOfAliases(
  db: D1Database,
  tracker: number,
  aliases: readonly string[],
): Promise<Map<string, MeantLink>> {
  return linksNamed(db, aliases, (chunk) => db.prepare(OF_ALIASES).bind(chunk, tracker));
}

/** Those of these links that are there, by slug. */
export function linksOfSlugs(db: D1Database, slugs: readonly string[]): Promise<Map<string, MeantLink>> {
  return linksNamed(db, slugs, (chunk) => db.prepare(OF_SLUGS).bind(chunk));
}

async function linksNamed(
  db: D1Database,
  names: readonly string[],
  statementOf: (chunk: string) => D1PreparedStatement,
): Promise<Map<string, MeantLink>> {
  const chunks = jsonChunks([...new Set(names)]);
  if (chunks.length === 0) return new Map();
  const answers = await db.batch<MeantLink & { name: string }>(chunks.map(statementOf));
  return new Map(answers.flatMap(({ results }) => results).map(({ name, number, slug }) => [name, { number, slug }]));
}
