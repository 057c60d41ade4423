/** Entries as they are read: every change of every conversion's account. */
import { entries } from "../../../schema/tables.ts";
import { ENTRY_KINDS } from "../../core/books/conversion.ts";
import { entryKey, idAt, idBound } from "../../core/books/first-entry.ts";
import { EVERYONE } from "../../core/roles.ts";
import { currencyCode } from "../web/field-schemas.ts";
import { column } from "./column.ts";
import { CONVERSION_CLOCKS, LISTED_CONVERSIONS } from "./conversions.ts";
import { type ExportTable, moneyColumns, ruleColumn, statementColumnsOfEntries } from "./export-table.ts";
import { ownPlaces, type RowOwner } from "./listed-rows.ts";
import { isSaid, type KeyRange, keyedPlace, keyFilters, type RowPlace } from "./row-places.ts";
import { type SqlCondition, whereOf } from "./sql-condition.ts";

/**
 * An entry says whose it is by its conversion, and that may become another's when a family is booked anew. So a caller's entries are read through its conversions: a copy
 * of the owners, with an index by time for each, would be two billed rows more for every entry of everybody's. Each page reads all of the caller's, so they are long; whoever
 * has more conversions than this has a good part of everybody's entries, and reads them by time.
 */
const MOST_OWN_CONVERSIONS = 100_000;
/** No text of an entry is long. */
const OWN_PAGE_ROWS = 20_000;

const KEY = ["e.received_at", "e.conversion_id", "e.seq"];

/** First entries lie in their conversions, which lie in the order of receipt: those of the conversions of a place. */
function firstsAt(conversions: RowPlace): RowPlace {
  return {
    ...conversions,
    from: `${conversions.from} CROSS JOIN first_entries AS e ON e.conversion_id = c.conversion_id`,
    within: (range) => conversions.within(idRange(range)),
  };
}

/** Where a part of the order of entries begins and ends among the IDs of conversions. */
function idRange({ after, at, through, below }: KeyRange): KeyRange {
  const ends = [
    ...(isSaid(below) ? [idAt(Number(below))] : []),
    ...(through === undefined ? [] : [idBound(entryKey(through))]),
  ].sort();
  return {
    ...(after === undefined ? (isSaid(at) ? { at: idAt(Number(at)) } : {}) : { at: idBound(entryKey(after)) }),
    ...(ends.length > 0 ? { below: ends[0] ?? null } : {}),
  };
}

/** Those that came later, of the conversions of a place. */
function latersAt(conversions: RowPlace): RowPlace {
  return {
    from: `${conversions.from} CROSS JOIN entries AS e ON e.conversion_id = c.conversion_id`,
    conditions: conversions.conditions,
    order: KEY,
    within: (range) => [...conversions.within({}), ...keyFilters(KEY, range)],
  };
}

/** How many conversions are the owner's, or one more than it may have. */
function countOwn(owner: RowOwner): SqlCondition {
  const parts = ownPlaces(LISTED_CONVERSIONS, owner).map(({ from, conditions, within }) => {
    const where = whereOf([...conditions, ...within({})]);
    return { sql: `SELECT 1 FROM ${from} ${where.sql}`, values: where.values };
  });
  const all = parts.map(({ sql }) => sql).join(" UNION ALL ");
  return {
    sql: `SELECT count(*) AS own FROM (SELECT 1 FROM (${all}) LIMIT ${MOST_OWN_CONVERSIONS + 1})`,
    values: parts.flatMap(({ values }) => values),
  };
}

/** `occurred_at` may be five minutes ahead of the receipt. */
const CLOCK_ERROR_MS = 600_000;

const ID = /^([0-9a-hjkmnp-tv-z]{26})-(\d{1,9})$/;

export const entriesTable: ExportTable = {
  name: "entries",
  database: "DB",
  // A cross join keeps the order of reading: the index of time first, its conversions after.
  places: [
    firstsAt(keyedPlace("conversions AS c", ["c.conversion_id"])),
    keyedPlace(
      "entries AS e INDEXED BY entries_by_time CROSS JOIN conversions AS c ON c.conversion_id = e.conversion_id",
      KEY,
    ),
  ],
  columns: [
    column("plain", "entry_id", "e.conversion_id || '-' || e.seq", EVERYONE),
    column("plain", "conversion_id", "e.conversion_id", EVERYONE),
    column("count", "seq", "e.seq", EVERYONE),
    column("plain", "kind", "e.kind", EVERYONE),
    column("plain", "status", "e.status", EVERYONE),
    column("plain", "currency", "c.currency", EVERYONE),
    ...moneyColumns("e"),
    column("plain", "receipt", "e.receipt", EVERYONE),
    column("time", "received_at", "e.received_at", EVERYONE),
    ruleColumn("e"),
    ...statementColumnsOfEntries(),
  ],
  key: ["received_at", "conversion_id", "seq"],
  after: "entry_id",
  clocks: { ...CONVERSION_CLOCKS, received: "e.received_at" },
  andClocks: CONVERSION_CLOCKS,
  // Clicks and sales come before their postbacks, but for the error of clocks.
  bounds: ({ fromMs, toMs }, clock) => ({
    least: fromMs === null || clock === "received" ? fromMs : fromMs - CLOCK_ERROR_MS,
    below: clock === "received" ? toMs : null,
  }),
  filters: {
    advertiser: "c.advertiser",
    offer: "c.offer",
    affiliate: "c.affiliate",
    link: "c.link",
    event: "c.event",
    status: "e.status",
    kind: "e.kind",
    conversion_id: "e.conversion_id",
    test: "c.test",
    currency: "c.currency",
  },
  choices: { status: entries.status.enumValues, kind: ENTRY_KINDS, currency: currencyCode },
  owners: { advertiser: "c.advertiser", affiliate: "c.affiliate" },
  own: (owner) => ownPlaces(LISTED_CONVERSIONS, owner).flatMap((place) => [firstsAt(place), latersAt(place)]),
  ownWhole: { most: MOST_OWN_CONVERSIONS, pageRows: OWN_PAGE_ROWS, count: countOwn },
  async keyAfter(after, find) {
    const [, conversion, seq] = ID.exec(after) ?? [];
    if (conversion === undefined) return null;
    const one = { sql: "e.conversion_id = ? AND e.seq = ?", values: [conversion, Number(seq)] };
    const findIn = (table: string) =>
      find(one, "e.received_at", `${table} AS e CROSS JOIN conversions AS c ON c.conversion_id = e.conversion_id`);
    const receivedAtMs = (await findIn("entries")) ?? (await findIn("first_entries"));
    return receivedAtMs === null ? null : [receivedAtMs, conversion, Number(seq)];
  },
};
