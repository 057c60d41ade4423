/** Reads an hour of a log, from D1 or the objects of its day, page by page in the order of its key, as the archive has it: with slugs in the place of numbers. */
import type { Key } from "../../core/archive-piece.ts";
import { entryKey, idAt, idBound } from "../../core/books/first-entry.ts";
import { must } from "../../core/must.ts";
import type { ParquetCell } from "../../core/parquet-format.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { ClickLogParts } from "../click-log.ts";
import { readClickHour } from "./click-hours.ts";
import { type ArchivedLog, type HourPart, keyPlaces, type SlugTable, type SqlLog } from "./logs.ts";

export type ArchivedRow = ParquetCell[];
/** Slugs by subject and number, as far as they were met. */
export type KnownSlugs = Map<SlugTable, Map<number, string>>;

/** Few enough for memory when every text is as long as it may be. */
const PAGE_ROWS = 2_000;

export interface LogDatabases extends ClickLogParts {
  LOG: D1Database;
}

/** The rows of `span`. What is learnt of slugs is kept in `slugs`. */
export async function* readHour(
  env: LogDatabases,
  log: ArchivedLog,
  span: HourPart,
  slugs: KnownSlugs,
): AsyncGenerator<ArchivedRow[]> {
  const pages = log.inSql ? readSqlHour(env, log, log.inSql, span) : readClickHour(env, span);
  for await (const page of pages) {
    await nameSubjects(env.DB, log, page, slugs);
    yield page;
  }
}

async function* readSqlHour(
  env: LogDatabases,
  log: ArchivedLog,
  inSql: SqlLog,
  span: HourPart,
): AsyncGenerator<ArchivedRow[]> {
  let { after } = span;
  for (;;) {
    const { sql, values } = hourQuery(inSql, { ...span, after });
    const page = await env[log.database]
      .prepare(sql)
      .bind(...values)
      .raw<ArchivedRow>();
    const last = page.at(-1);
    if (!last) return;
    // No key has a number that is replaced.
    after = keyOf(log, last);
    yield page;
    if (page.length < PAGE_ROWS) return;
  }
}

export function keyOf(log: ArchivedLog, row: ArchivedRow): Key {
  return keyPlaces(log).map((place) => must(row[place], "a row's key in log", log.log));
}

/** The statement of a page. */
export function hourQuery(log: SqlLog, span: HourPart): { sql: string; values: ParquetCell[] } {
  const { where, values } = spanCondition(log, span);
  // The names of the columns in a table of two places; keys are ordered by them.
  const columns = log.columns.map(({ sql, name }) => `${sql} AS ${name}`).join(", ");
  const own = `SELECT ${columns} FROM ${log.from} WHERE ${where} ORDER BY ${log.key.join(", ")} LIMIT ${PAGE_ROWS}`;
  if (log.firsts === undefined) return { sql: own, values };
  const first = `SELECT ${columns} FROM ${log.firsts} WHERE c.conversion_id >= ? AND c.conversion_id < ? ORDER BY c.conversion_id LIMIT ${PAGE_ROWS}`;
  const order = log.key.map((part) => part.slice(part.indexOf(".") + 1)).join(", ");
  return {
    sql: `SELECT * FROM (${first}) UNION ALL SELECT * FROM (${own}) ORDER BY ${order} LIMIT ${PAGE_ROWS}`,
    values: [...firstBounds(span), ...values],
  };
}

/** The bounds of IDs of first entries in `span`. */
function firstBounds({ hour, after, through }: HourPart): [string, string] {
  const startMs = hour * HOUR_MS;
  return [
    after ? idBound(entryKey(after)) : idAt(startMs),
    through ? idBound(entryKey(through)) : idAt(startMs + HOUR_MS),
  ];
}

/** The rows of `span` in SQL. One lower bound of the key only, since SQLite would read from whichever of two it likes. */
export function spanCondition(log: SqlLog, { hour, after, through }: HourPart) {
  const startMs = hour * HOUR_MS;
  const [least, below] = log.bounds(startMs);
  const key = `(${log.key.join(", ")})`;
  const marks = `(${log.key.map(() => "?").join(", ")})`;
  const first = must(log.key[0], "the key of what is read from", log.from);
  const parts: { where: string; values: ParquetCell[] }[] = [
    after ? { where: `${key} > ${marks}`, values: after } : { where: `${first} >= ?`, values: [least] },
    { where: `${first} < ?`, values: [below] },
    ...(through ? [{ where: `${key} <= ${marks}`, values: through }] : []),
    // The plus sign keeps the index to the key.
    { where: `+${log.time} >= ? AND +${log.time} < ?`, values: [startMs, startMs + HOUR_MS] },
  ];
  return { where: parts.map(({ where }) => where).join(" AND "), values: parts.flatMap(({ values }) => values) };
}

/** Replaces numbers by slugs, looked up once for a whole page. */
export async function nameSubjects(
  db: D1Database,
  { columns }: ArchivedLog,
  page: ArchivedRow[],
  slugs: KnownSlugs,
): Promise<void> {
  for (const [place, { subject }] of columns.entries()) {
    if (!subject) continue;
    const known = slugs.get(subject) ?? new Map<number, string>();
    slugs.set(subject, known);
    // A postback may be of no link that is known.
    const named = page.filter((row) => (row[place] ?? null) !== null);
    const missing = new Set(named.map((row) => Number(row[place])).filter((number) => !known.has(number)));
    if (missing.size > 0) {
      const find = `SELECT number, slug FROM ${subject} WHERE number IN (SELECT value FROM json_each(?))`;
      const { results } = await db
        .prepare(find)
        .bind(JSON.stringify([...missing]))
        .all<{ number: number; slug: string }>();
      for (const { number, slug } of results) known.set(number, slug);
    }
    // A number without a row cannot be; should it be, it is shown rather than hidden.
    for (const row of named) row[place] = known.get(Number(row[place])) ?? String(row[place]);
  }
}
