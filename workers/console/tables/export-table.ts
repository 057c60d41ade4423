/** What is read and exported: a table's columns in their order, the order of its rows, and what it can be filtered by. */
import type * as v from "valibot";
import type { Cell } from "../../../schema/columns.ts";
import { ALL_BUT_ADVERTISERS, ALL_BUT_AFFILIATES, EVERYONE, OPERATORS } from "../../core/roles.ts";
import { type Column, column } from "./column.ts";
import type { KeptLog } from "./kept.ts";
import type { RowOwner } from "./listed-rows.ts";
import type { KeyRange, RowPlace } from "./row-places.ts";
import type { SqlCondition } from "./sql-condition.ts";

export const CLOCKS = ["received", "clicked", "occurred"] as const;
export type Clock = (typeof CLOCKS)[number];

export const FILTERS = [
  "advertiser",
  "offer",
  "affiliate",
  "link",
  "event",
  "status",
  "reason",
  "kind",
  "channel",
  "click_id",
  "txid",
  "conversion_id",
  "test",
  "hold",
  "imported",
  "stands",
  "currency",
] as const;
/** Of these, the ones that ask yes or no. */
export const FLAG_FILTERS = ["test", "imported", "stands"] as const satisfies readonly Filter[];
export type Filter = (typeof FILTERS)[number];

/** Columns that a table may be filtered by as whoever asks sees them; whoever does not see one does not filter by it. */
export const COLUMN_FILTERS = [
  "currency",
  "country",
  "device",
  "os",
  "browser",
  "referrer",
  "sub1",
  "sub2",
  "sub3",
  "sub4",
  "sub5",
  "sub6",
  "sub7",
  "sub8",
  "sub9",
  "sub10",
  "attributed_by",
  "customer",
] as const;
export type ColumnFilter = (typeof COLUMN_FILTERS)[number];

/** The parameter that names columns which are to be empty. */
export const EMPTY_COLUMNS = "none";

/** `from` is inclusive, `to` exclusive; Unix milliseconds. */
export interface Range {
  fromMs: number | null;
  toMs: number | null;
}

/** The first part of the key, from `least` inclusive to `below` exclusive; null: no bound. */
export interface KeyBounds {
  least: Cell;
  below: Cell;
}

/** The value of `time` in the row of `from` that fits, if the caller may see it. */
export type FindTime = (one: { sql: string; values: Cell[] }, time: string, from: string) => Promise<number | null>;

export interface ExportTable {
  name: "conversions" | "entries" | "clicks" | "postbacks";
  /** Where its rows lie. */
  database: "DB" | "LOG" | "click log";
  /** The log that its rows are deleted from with time; absent where they are kept for ever. */
  log?: KeptLog;
  /** Where everybody's rows lie; what is read is merged of all places. Empty where they lie in no database. */
  places: readonly RowPlace[];
  columns: readonly Column[];
  /** Names of the columns that rows are ordered by; together they are unique, and an index has them in this order. */
  key: readonly string[];
  /** Name of the column whose value `after` takes. */
  after: string;
  /** The time that each clock reads. */
  clocks: Partial<Record<Clock, string>>;
  /** The times of a conversion by which its rows are filtered besides, in a range of their own; absent where they are not. */
  andClocks?: Record<Clock, string>;
  /** Bounds of the key that hold every row whose clock is in the range, so that the index is read and not the whole table. */
  bounds(range: Range, clock: Clock): KeyBounds;
  /** Where exactly lies what was received in a range, of an owner or of all: in a part of the order of the key, and, of what its key says another time, elsewhere. */
  received?(range: Range, owner: RowOwner | null): { range: KeyRange; elsewhere: RowPlace };
  /** The expressions that filters compare; in the click log those are names of columns; the first four are numbers in the table and slugs outside. */
  filters: Partial<Record<Filter, string>>;
  /** True where it is filtered by the values of its columns too, and by their absence. */
  byColumns?: boolean;
  /** The words that a filter has, where they are few and known: others are refused. */
  choices?: Partial<Record<Filter, readonly string[] | v.GenericSchema<string, string>>>;
  /** What a filter's value says besides, as the index has it that was made for it. */
  indexed?: Partial<Record<Filter, Record<string, string>>>;
  /** Those that compare something else for whoever sees only what is theirs. */
  ownFilters?: Partial<Record<Filter, string>>;
  /** And those that do so for affiliates alone. */
  affiliatesFilters?: Partial<Record<Filter, string>>;
  /** Expressions that tell whose a row is. */
  owners: { advertiser: string; affiliate: string };
  /** Where somebody's own rows alone are read. */
  own?: (owner: RowOwner) => readonly RowPlace[];
  /** Where the rows of these IDs lie, of a table whose orders are asked of the objects. */
  ofIds?: (ids: readonly string[]) => RowPlace;
  /** Where the rows lie that have one value of a filter, for who sees everything; the first one that is asked for is taken, and null says that nothing is known of the value. */
  ways?: Partial<Record<Filter, (value: Cell) => readonly RowPlace[] | null>>;
  /** Where each page of them takes reading all: of how many things of somebody's own at most (a count of such, `own`, up to one more), and how many rows a page has then. */
  ownWhole?: { most: number; pageRows: number; count: (owner: RowOwner) => SqlCondition };
  /** The key that `after` stands for, and null where it cannot be one, or is that of a row which `find` does not find among the caller's. */
  keyAfter(after: string, find: FindTime): Promise<Cell[] | null>;
}

/** `what` of the last line, in a statement that has its number, of conversion `c` with its present owner and currency. Found by the key of lines. */
function ofLastLine(whose: "affiliate" | "advertiser", what: string, { from = "", where = "" } = {}): string {
  return `(SELECT ${what} FROM ${from}statement_lines AS line CROSS JOIN statements AS closed ON closed.id = line.statement
    WHERE ${where}line.conversion_id = c.conversion_id AND line.owner_type = '${whose}' AND line.owner = c.${whose} AND line.currency = c.currency AND closed.number IS NOT NULL
    ORDER BY line.turn DESC LIMIT 1)`;
}

/** Who sees which: an affiliate its statements, an advertiser its invoices. */
function statementAndInvoice(numberFor: (whose: "affiliate" | "advertiser") => string): Column[] {
  return [
    column("plain", "statement", numberFor("affiliate"), ALL_BUT_ADVERTISERS),
    column("plain", "invoice", numberFor("advertiser"), ALL_BUT_AFFILIATES),
  ];
}

/** The number of the last statement that lists conversion `c` to its affiliate, and of its advertiser's; empty while it is open, and in a draft. */
export function statementColumns(): Column[] {
  return statementAndInvoice((whose) => ofLastLine(whose, "closed.number"));
}

/**
 * The same of an entry: the statement in which it stands, empty too once it was taken back there. Looked up for the rows of a page alone: of somebody's own entries
 * a page is sorted out of all.
 */
export function statementColumnsOfEntries(): Column[] {
  const listing = {
    from: "conversions AS c CROSS JOIN ",
    where:
      "c.conversion_id = page.conversion_id AND (line.seq = 0 OR (line.from_seq < page.seq AND line.seq >= page.seq)) AND ",
  };
  const numberFor = (whose: "affiliate" | "advertiser") =>
    ofLastLine(whose, "iif(line.seq > 0, closed.number, NULL)", listing);
  return statementAndInvoice(numberFor).map((one) => ({ ...one, onPage: true }));
}

/** amount, revenue and payout of `alias`. Affiliates never see what the advertiser pays, advertisers never what the affiliate gets. */
export function moneyColumns(alias: string): Column[] {
  return [
    column("decimal", "amount", `${alias}.amount`, EVERYONE),
    column("decimal", "revenue", `${alias}.revenue`, ALL_BUT_AFFILIATES),
    column("decimal", "payout", `${alias}.payout`, ALL_BUT_ADVERTISERS),
  ];
}

/** The rule in words names payout and revenue alike. */
export function ruleColumn(alias: string): Column {
  return column("text", "rule", `${alias}.rule`, OPERATORS);
}

/** What brought the external ID of `alias`: who sees that sees this. Younger than the other columns of a visit, it stands at the end. */
export function kindColumn(alias: string): Column {
  return column(
    "plain",
    "external_kind",
    alias === "" ? "external_kind" : `${alias}.external_kind`,
    ALL_BUT_ADVERTISERS,
  );
}

/** What the click's link said of telling ad platforms: younger still. */
export function adConsentColumn(alias: string): Column {
  return column("plain", "ad_consent", alias === "" ? "ad_consent" : `${alias}.ad_consent`, EVERYONE);
}

/** country … sub10 of `alias`, or, without one, of what is read by names alone: what is known of a click. Advertisers never see what the affiliate told itself about it. */
export function visitColumns(alias: string): Column[] {
  const of = (name: string) => (alias === "" ? name : `${alias}.${name}`);
  const open = ["country", "device", "os", "browser"].map((name) => column("text", name, of(name), EVERYONE));
  // The site that a visitor comes from is the affiliate's.
  const referrer: Column = { ...column("text", "referrer", of("referrer"), EVERYONE), namesAffiliate: true };
  const own = ["external_id", ...Array.from({ length: 10 }, (_, index) => `sub${index + 1}`)];
  return [...open, referrer, ...own.map((name) => column("text", name, of(name), ALL_BUT_ADVERTISERS))];
}
