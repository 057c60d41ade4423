/** What is archived: the columns of a log as its export has them, then what only its table has; where an hour's rows are found, and in which order. */
import { type Key, LOG_KEYS, type Log } from "../../core/archive-piece.ts";
import { CLICK_FACTS } from "../../core/click-log/click-facts.ts";
import type { ParquetCell, ParquetKind } from "../../core/parquet-format.ts";
import type { Subject } from "../../core/subjects.ts";
import { HOUR_MS } from "../../core/time-units.ts";

/** What a number in the table stands for; the archive has its slug. */
export type SlugTable = "advertisers" | "offers" | "affiliates" | "links";

export interface ArchivedColumn {
  name: string;
  kind: ParquetKind;
  subject?: SlugTable;
}

interface SqlColumn extends ArchivedColumn {
  sql: string;
}

/** A log whose rows lie in D1. */
export interface SqlLog {
  from: string;
  /** Where those of its rows are read that lie in conversions, `c`, in the order of their IDs, which is that of the key. */
  firsts?: string;
  columns: readonly SqlColumn[];
  /** The expressions of its key, in the order of LOG_KEYS; an index has them in this order. */
  key: readonly string[];
  time: string;
  /** Bounds of the key's first part that hold every row of an hour that begins then: from, inclusive, and to, exclusive. */
  bounds(startMs: number): [ParquetCell, ParquetCell];
}

/** Rows behind the key `after` (null: from the hour's beginning), to the key `through`, or to the hour's end. */
export interface HourPart {
  hour: number;
  after: Key | null;
  through: Key | null;
}

export interface ArchivedLog {
  log: Log;
  /** The database of its manifest. */
  database: "DB" | "LOG";
  columns: readonly ArchivedColumn[];
  /** How its rows are read there; null: they lie in the objects of their days. */
  inSql: SqlLog | null;
}

const SLUGS_OF: Record<Subject, SlugTable> = {
  advertiser: "advertisers",
  offer: "offers",
  affiliate: "affiliates",
  link: "links",
};

function column(kind: ParquetKind, sql: string, name = sql.slice(sql.indexOf(".") + 1)): SqlColumn {
  return { name, kind, sql: kind === "money" ? `CAST(${sql} AS TEXT)` : sql };
}

function text(alias: string, ...names: string[]): SqlColumn[] {
  return names.map((name) => column("text", `${alias}.${name}`));
}

function slug(subject: SlugTable, sql: string): SqlColumn {
  return { ...column("text", sql), subject };
}

function hourOf(startMs: number): [ParquetCell, ParquetCell] {
  return [startMs, startMs + HOUR_MS];
}

const clicks: ArchivedLog = {
  log: "clicks",
  database: "DB",
  columns: CLICK_FACTS.map(({ name, kind, subject }) => {
    const own = subject && SLUGS_OF[subject];
    // Outside a number is its slug.
    return own ? { name, kind: "text", subject: own } : { name, kind };
  }),
  inSql: null,
};

const postbacks: SqlLog = {
  from: "postbacks AS p INDEXED BY postbacks_by_time",
  columns: [
    ...text("p", "receipt"),
    slug("advertisers", "p.advertiser"),
    column("time", "p.received_at"),
    ...text("p", "status", "reason", "duplicate_of", "click_id", "event", "txid", "conversion_id", "channel"),
    column("flag", "p.test"),
    column("whole", "p.credential_version"),
    ...text("p", "address_hash"),
    column("time", "p.settled_at"),
    column("whole", "p.stage"),
    ...text("p", "params", "error", "attempts"),
    slug("links", "p.link"),
    slug("offers", "p.offer"),
    slug("affiliates", "p.affiliate"),
    column("flag", "p.proven"),
    column("flag", "p.stranger"),
    column("whole", "p.times"),
  ],
  key: ["p.received_at", "p.receipt"],
  time: "p.received_at",
  bounds: hourOf,
};

const entries: SqlLog = {
  from: "entries AS e INDEXED BY entries_by_time LEFT JOIN conversions AS c ON c.conversion_id = e.conversion_id",
  firsts: "conversions AS c CROSS JOIN first_entries AS e ON e.conversion_id = c.conversion_id",
  columns: [
    column("text", "e.conversion_id || '-' || e.seq", "entry_id"),
    ...text("e", "conversion_id"),
    column("whole", "e.seq"),
    ...text("e", "kind", "status"),
    ...text("c", "currency"),
    column("money", "e.amount"),
    column("money", "e.revenue"),
    column("money", "e.payout"),
    ...text("e", "receipt"),
    column("time", "e.received_at"),
    ...text("e", "rule", "note"),
  ],
  key: ["e.received_at", "e.conversion_id", "e.seq"],
  time: "e.received_at",
  bounds: hourOf,
};

export const ARCHIVED: Record<Log, ArchivedLog> = {
  clicks,
  postbacks: { log: "postbacks", database: "LOG", columns: postbacks.columns, inSql: postbacks },
  entries: { log: "entries", database: "DB", columns: entries.columns, inSql: entries },
};

/** Where the values of a row's key stand in it. */
export function keyPlaces({ log, columns }: ArchivedLog): number[] {
  return LOG_KEYS[log].map((name) => columns.findIndex((one) => one.name === name));
}
