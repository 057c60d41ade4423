/** The tables that are set-up, as they are copied, compared and brought back. What others refer to comes first. */
import { getTableColumns, getTableName } from "drizzle-orm";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import {
  admissions,
  advertisers,
  affiliates,
  coupons,
  destinations,
  linkAliases,
  links,
  notes,
  offerEventOverrides,
  offerEvents,
  offers,
  priceChanges,
  rates,
  reviewReasons,
  sessionsOver,
  settings,
  signalSettings,
  sources,
  tokens,
  trackers,
  users,
} from "../../../schema/tables.ts";

/** A row as it lies there: secrets sealed, tokens by their hashes. */
export type CopiedRow = Record<string, string | number | null>;

export interface CopiedTable {
  name: string;
  key: readonly string[];
  columns: readonly string[];
  /** Rows that are there stay as they are: to bring back how they were could let in who was shut out since. */
  isOnlyAdded: boolean;
}

export const COPIED_TABLES: readonly CopiedTable[] = [
  ...[
    advertisers,
    affiliates,
    offers,
    // Before the events, whose triggers then find their prices there.
    priceChanges,
    offerEvents,
    offerEventOverrides,
    reviewReasons,
    links,
    admissions,
    coupons,
    sources,
    trackers,
    linkAliases,
    destinations,
    signalSettings,
  ].map((table) => copied(table, false)),
  ...[rates, tokens, users, sessionsOver, notes].map((table) => copied(table, true)),
  copied(settings, false),
];

/** A row is known by its table's primary key; where another set of columns names it as well, as a price's place and moment do, by these, and it gets a number where it is brought back. */
function copied(table: SQLiteTable, isOnlyAdded: boolean): CopiedTable {
  const { primaryKeys, uniqueConstraints } = getTableConfig(table);
  const all = Object.values(getTableColumns(table));
  const named = table === priceChanges ? uniqueConstraints[0]?.columns : undefined;
  const columns = named ? all.filter(({ primary }) => !primary) : all;
  const together = named ?? primaryKeys[0]?.columns ?? all.filter(({ primary }) => primary);
  return {
    name: getTableName(table),
    key: together.map(({ name }) => name),
    columns: columns.map(({ name }) => name),
    isOnlyAdded,
  };
}

export function copiedTable(name: string): CopiedTable | undefined {
  return COPIED_TABLES.find((table) => table.name === name);
}

/** The statement that reads so many rows behind a key, which is JSON; from the first one where that is `[]`. */
export function rowsBehind({ name, key, columns }: CopiedTable): string {
  const places = key.map((_, place) => `?1 ->> ${place}`).join(", ");
  return `SELECT ${columns.join(", ")} FROM ${name} WHERE ?1 = '[]' OR (${key.join(", ")}) > (${places}) ORDER BY ${key.join(", ")} LIMIT ?2`;
}

export function keyOf({ key }: CopiedTable, row: CopiedRow): string {
  return JSON.stringify(key.map((column) => row[column] ?? null));
}
