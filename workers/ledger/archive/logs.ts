/** What is archived: the columns of a log as its export has them, then what only its table has; where an hour's rows are found, and in which order. */
import { LOG_KEYS, type Log } from "../../core/archive-piece.ts";
import { clickKindSql } from "../../core/click/click-kind-sql.ts";
import { SUB_ID_COUNT } from "../../core/click/sub-ids.ts";
import { clickIdRange } from "../../core/click-id-time.ts";
import type { ParquetCell, ParquetKind } from "../../core/parquet-format.ts";
import { HOUR_MS } from "../../core/time-units.ts";

/** What a number in the table stands for; the archive has its slug. */
export type SlugTable = "advertisers" | "offers" | "affiliates" | "links";

export interface ArchivedColumn {
  name: string;
  kind: ParquetKind;
  sql: string;
  subject?: SlugTable;
}

export interface ArchivedLog {
  log: Log;
  database: "DB" | "CLICKS" | "LOG";
  from: string;
  columns: readonly ArchivedColumn[];
  /** The expressions of its key, in the order of LOG_KEYS; an index has them in this order. */
  key: readonly string[];
  time: string;
  /** Bounds of the key's first part that hold every row of an hour that begins then: from, inclusive, and to, exclusive. */
  bounds(startMs: number): [ParquetCell, ParquetCell];
}

function column(kind: ParquetKind, sql: string, name = sql.slice(sql.indexOf(".") + 1)): ArchivedColumn {
  return { name, kind, sql: kind === "money" ? `CAST(${sql} AS TEXT)` : sql };
}

function text(alias: string, ...names: string[]): ArchivedColumn[] {
  return names.map((name) => column("text", `${alias}.${name}`));
}

function slug(subject: SlugTable, sql: string): ArchivedColumn {
  return { ...column("text", sql), subject };
}

function hourOf(startMs: number): [ParquetCell, ParquetCell] {
  return [startMs, startMs + HOUR_MS];
}

const SUBS = Array.from({ length: SUB_ID_COUNT }, (_, index) => `sub${index + 1}`);

const clicks: ArchivedLog = {
  log: "clicks",
  database: "CLICKS",
  from: "clicks AS k",
  columns: [
    ...text("k", "click_id"),
    slug("links", "k.link"),
    slug("offers", "k.offer"),
    slug("affiliates", "k.affiliate"),
    slug("advertisers", "k.advertiser"),
    column("time", "k.clicked_at"),
    ...text("k", "country", "device", "os", "browser", "referrer", "external_id", ...SUBS),
    column("text", clickKindSql("k"), "kind"),
    column("flag", "k.first_visit", "unique"),
    column("flag", "k.test"),
  ],
  key: ["k.click_id"],
  time: "k.clicked_at",
  bounds(startMs) {
    const { least, below } = clickIdRange(startMs, startMs + HOUR_MS);
    return [least, below];
  },
};

const postbacks: ArchivedLog = {
  log: "postbacks",
  database: "LOG",
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

const entries: ArchivedLog = {
  log: "entries",
  database: "DB",
  from: "entries AS e INDEXED BY entries_by_time LEFT JOIN conversions AS c ON c.conversion_id = e.conversion_id",
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

export const ARCHIVED: Record<Log, ArchivedLog> = { clicks, postbacks, entries };

/** Where the values of a row's key stand in it. */
export function keyPlaces({ log, columns }: ArchivedLog): number[] {
  return LOG_KEYS[log].map((name) => columns.findIndex((one) => one.name === name));
}
