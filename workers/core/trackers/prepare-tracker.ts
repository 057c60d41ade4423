/** A tracker as the edge's record has it, with its secret opened: what the door needs of it. */
import type { TrackerRecord } from "../../../schema/records.ts";
import type { Dialect } from "../postback/dialect.ts";
import { type AddressRange, readRange } from "../postback/sender-address.ts";
import { type OpeningKeys, openSecret } from "../sealed-secrets.ts";
import { secretsIn } from "../sources/prepare-source.ts";
import { makeTrackerDialect } from "./tracker-dialect.ts";
import type { TrackerTable } from "./tracker-table.ts";
import { TRACKER_TABLES } from "./tracker-tables.ts";

export interface PreparedTracker {
  record: TrackerRecord;
  table: TrackerTable;
  dialect: Dialect;
  /** Each of them proves a sender. Null where set-up asks for none; empty where it does and they do not open, so that nothing proves itself. */
  secrets: readonly string[] | null;
  /** Whose word is taken; null where every address's is. */
  addresses: readonly AddressRange[] | null;
}

/** Where a tracker's key or token is sealed for: no other tracker opens it. */
export function placeOfTracker(slug: string): string {
  return `tracker/${slug}`;
}

/** Null where it is of a kind that this version does not know. */
export async function prepareTracker(record: TrackerRecord, keys: OpeningKeys): Promise<PreparedTracker | null> {
  const table = TRACKER_TABLES.get(record.dialect);
  if (!table) return null;
  const { sealed, allowedIps } = record;
  const secret = sealed === undefined ? null : await openSecret(keys, placeOfTracker(record.slug), sealed);
  return {
    record,
    table,
    dialect: makeTrackerDialect(table, record.mapping),
    secrets: sealed === undefined ? null : secretsIn(secret ?? ""),
    addresses: allowedIps.length === 0 ? null : allowedIps.map(readRange).filter((range) => range !== null),
  };
}
