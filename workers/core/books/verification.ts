/** Compares what the objects store with what D1 says, row by row. */
import { claimRows, conversionRow, type EntryRow, entryRow, postbackRow } from "./rows.ts";
import type { StoredConversion, StoredMessage } from "./stored.ts";

/** The database in which each table that is verified lies. */
export const VERIFIED = { postbacks: "LOG", claims: "DB", conversions: "DB", entries: "DB" } as const;

export interface Disagreement {
  table: keyof typeof VERIFIED;
  /** Receipt, conversion ID, or conversion ID and seq. */
  key: string;
  /** `missing`: stored, and not in its database. `differs`: there with other values. `stranger`: there, and not stored. `sum`: the row is not the sum of its entries. */
  what: "missing" | "differs" | "stranger" | "sum";
  /** The columns that differ. */
  columns: string[];
}

type Row = Record<string, unknown>;

/** Stored messages against their rows of the postback log, which are given by receipt. */
export function comparePostbacks(stored: readonly StoredMessage[], rows: ReadonlyMap<string, Row>): Disagreement[] {
  return stored.flatMap((message) => {
    const expected = { ...postbackRow(message, message.stage, message.settledAtMs) };
    return compareRow("postbacks", expected.receipt, expected, rows.get(expected.receipt));
  });
}

/** Stored claims against their rows, which are given by receipt. */
export function compareClaims(stored: readonly StoredMessage[], rows: ReadonlyMap<string, Row>): Disagreement[] {
  return stored
    .flatMap(claimRows)
    .flatMap((expected) => compareRow("claims", expected.receipt, { ...expected }, rows.get(expected.receipt)));
}

/** Stored conversions against their rows, and against their entries; both are given by conversion ID. */
export function compareConversions(
  stored: readonly StoredConversion[],
  rows: ReadonlyMap<string, Row>,
  entries: ReadonlyMap<string, Row[]>,
): Disagreement[] {
  return stored.flatMap(({ conversion, settledAtMs }) => {
    // The first entry is compared as an entry, wherever it lies; what is beside a conversion, its row says as of its last change.
    const { first_entry: _, beside: __, ...expected } = conversionRow(conversion, settledAtMs);
    const row = rows.get(conversion.id);
    const own = entries.get(conversion.id) ?? [];
    return [
      ...compareRow("conversions", conversion.id, expected, row),
      ...compareEntries(
        conversion.entries.map((entry) => entryRow(conversion, entry)),
        own,
      ),
      ...(row ? compareSum(conversion.id, row, own) : []),
    ];
  });
}

function compareEntries(stored: readonly EntryRow[], rows: readonly Row[]): Disagreement[] {
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  const differing = stored.flatMap((entry) =>
    compareRow("entries", `${entry.conversion_id}/${entry.seq}`, { ...entry }, bySeq.get(entry.seq)),
  );
  const known = new Set<unknown>(stored.map(({ seq }) => seq));
  const strangers = rows
    .filter(({ seq }) => !known.has(seq))
    .map((row) => stranger("entries", `${row.conversion_id}/${row.seq}`));
  return [...differing, ...strangers];
}

function compareSum(key: string, row: Row, entries: readonly Row[]): Disagreement[] {
  const columns = ["amount", "revenue", "payout"].filter(
    (column) => entries.reduce((sum, entry) => sum + BigInt(Number(entry[column])), 0n) !== BigInt(Number(row[column])),
  );
  return columns.length > 0 ? [{ table: "conversions", key, what: "sum", columns }] : [];
}

function compareRow(table: Disagreement["table"], key: string, stored: Row, row: Row | undefined): Disagreement[] {
  if (!row) return [{ table, key, what: "missing", columns: [] }];
  const columns = Object.keys(stored).filter((column) => stored[column] !== row[column]);
  return columns.length > 0 ? [{ table, key, what: "differs", columns }] : [];
}

/** A row of D1 that no object stores. */
export function stranger(table: Disagreement["table"], key: string): Disagreement {
  return { table, key, what: "stranger", columns: [] };
}
