/** A source as the edge's record has it, with its secrets opened: what the door needs of it. */
import type { SourceRecord } from "../../../schema/records.ts";
import { type OpeningKeys, openSecret } from "../sealed-secrets.ts";
import type { PreparedSource } from "./decide-source.ts";
import type { SourceTable } from "./source-table.ts";
import { CUSTOM, SOURCE_TABLES } from "./source-tables.ts";

/** Secrets of one source: the present one, and those that are on their way in or out. Each is tried on all that comes, also on what strangers send. */
export const MAX_SOURCE_SECRETS = 4;

/** Where a shop's secret is sealed for: no other source opens it. */
export function placeOfSource(advertiser: number, path: string): string {
  return `${advertiser}/${path}`;
}

/** The secrets as they were typed, one a line. */
export function secretsIn(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Without secrets where they do not open, so that nothing proves itself. Null where it is closed, or of a kind that this version does not know. */
export async function prepareSource(record: SourceRecord, keys: OpeningKeys): Promise<PreparedSource | null> {
  const table = tableOf(record);
  if (record.closed || !table) return null;
  const secret = await openSecret(keys, placeOfSource(record.advertiser, record.path), record.sealed);
  const { events, basis, clickName, test } = record;
  return {
    path: record.path,
    table,
    secrets: secret === null ? [] : secretsIn(secret).slice(0, MAX_SOURCE_SECRETS),
    choices: {
      events,
      ...(basis === undefined ? {} : { basis }),
      ...(clickName === undefined ? {} : { clickName }),
      ...(test ? { test } : {}),
    },
  };
}

function tableOf({ source, table }: SourceRecord): SourceTable | undefined {
  if (source !== CUSTOM) return SOURCE_TABLES.get(source);
  return isWritten(table) ? table : undefined;
}

/** The console read the operator's rules before it wrote them here. */
function isWritten(table: object | undefined): table is SourceTable {
  return table !== undefined && "rules" in table && "proof" in table;
}
