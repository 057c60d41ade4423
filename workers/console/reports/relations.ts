/** What reports read: rollups and rows under the same column names, so that one query groups either. */
import { clickIdFloor } from "../../core/click-id-time.ts";
import { bucketSql } from "../../core/metrics/latency.ts";
import type { Segment } from "../../core/metrics/segments.ts";
import { QUARTER_MS } from "../../core/metrics/time-zone.ts";
import { clicksTable } from "../exports/clicks.ts";
import type { Cell } from "../exports/column.ts";
import { conversionsTable } from "../exports/conversions.ts";
import type { Clock } from "../exports/table.ts";
import { SUB_IDS } from "./dimensions.ts";

/** Something to select from, with a column `quarter` and those of `columns`. Text that is absent is ''. */
export interface Relation {
  database: "DB" | "CLICKS";
  sql: string;
  values: readonly Cell[];
  /** Dimensions and filters that it has. */
  columns: ReadonlySet<string>;
}

interface Range {
  fromMs: number;
  toMs: number;
}

const SUBJECT_COLUMNS = ["link", "offer", "affiliate", "advertiser", "test"];
const VISIT_COLUMNS = ["country", "device", "os", "browser", "referrer", ...SUB_IDS];
const VISIT_SQL = VISIT_COLUMNS.map((name) => `coalesce(${name}, '') AS ${name}`).join(", ");
const TIME_COLUMNS = { received: "received_at", clicked: "clicked_at", occurred: "occurred_at" } as const;
/** The flag of a provisional click, as the index of its conversions has it. */
const OF_PROVISIONAL_CLICK = "instr('4567cdefmnpqwxyz', substr(click_id, 12, 1)) > 0";
/** The floor of a time lies at most four milliseconds below it. */
const FLOOR_MS = 4;

export function rolledClicks({ unit, from, to }: Segment): Relation {
  if (unit === "quarter")
    return {
      database: "CLICKS",
      sql: "SELECT * FROM click_quarters WHERE quarter >= ? AND quarter < ?",
      values: [from, to],
      columns: new Set([...SUBJECT_COLUMNS, "country", "device"]),
    };
  return {
    database: "CLICKS",
    sql: "SELECT *, start AS quarter FROM click_spans WHERE unit = ? AND start >= ? AND start < ?",
    values: [unit, from, to],
    columns: new Set(SUBJECT_COLUMNS),
  };
}

export function clickRows(range: Range): Relation {
  const { least, below } = clicksTable.bounds(range, "clicked");
  return {
    database: "CLICKS",
    sql: `SELECT clicked_at / ${QUARTER_MS} AS quarter, ${SUBJECT_COLUMNS.join(", ")}, ${VISIT_SQL},
      kind = 'counted' AS clicks, first_visit AS uniques, kind = 'bot' AS bots
      FROM clicks WHERE click_id >= ? AND click_id < ? AND +clicked_at >= ? AND +clicked_at < ? AND kind <> 'provisional'`,
    values: [least, below, range.fromMs, range.toMs],
    columns: new Set([...SUBJECT_COLUMNS, ...VISIT_COLUMNS]),
  };
}

/** Provisional clicks that a conversion followed, as their first conversion tells of them. */
export function provisionalClicks({ fromMs, toMs }: Range): Relation {
  return {
    database: "DB",
    sql: `SELECT * FROM (
      SELECT min(conversion_id), clicked_at, clicked_at / ${QUARTER_MS} AS quarter, currency, ${SUBJECT_COLUMNS.join(", ")}, ${VISIT_SQL}
      FROM conversions WHERE ${OF_PROVISIONAL_CLICK} AND click_id >= ? AND click_id < ? GROUP BY click_id, test
    ) WHERE clicked_at >= ? AND clicked_at < ?`,
    values: [clickIdFloor(fromMs), clickIdFloor(toMs + FLOOR_MS), fromMs, toMs],
    columns: new Set([...SUBJECT_COLUMNS, ...VISIT_COLUMNS]),
  };
}

export function rolledConversions({ unit, from, to }: Segment, clock: Clock): Relation {
  if (unit === "quarter")
    return {
      database: "DB",
      sql: "SELECT * FROM conversion_quarters WHERE clock = ? AND quarter >= ? AND quarter < ? AND conversions > 0",
      values: [clock, from, to],
      columns: new Set([...SUBJECT_COLUMNS, "event", "status", "country", "device"]),
    };
  return {
    database: "DB",
    sql: "SELECT *, start AS quarter FROM conversion_spans WHERE unit = ? AND clock = ? AND start >= ? AND start < ? AND conversions > 0",
    values: [unit, clock, from, to],
    columns: new Set([...SUBJECT_COLUMNS, "event", "status"]),
  };
}

export function conversionRows(range: Range, clock: Clock): Relation {
  const { sql, values } = boundsOf(range, clock);
  return {
    database: "DB",
    sql: `SELECT ${TIME_COLUMNS[clock]} / ${QUARTER_MS} AS quarter, click_id, click_joined, ${SUBJECT_COLUMNS.join(", ")}, event, status, currency,
      ${VISIT_SQL}, coalesce(customer, '') AS new_or_returning,
      1 AS conversions, amount > 0 AS orders, amount, revenue, payout,
      ${bucketSql("occurred_at - clicked_at")} AS click_bucket, ${bucketSql("received_at - occurred_at")} AS arrival_bucket
      FROM conversions WHERE ${sql}`,
    values,
    columns: new Set([...SUBJECT_COLUMNS, "event", "status", ...VISIT_COLUMNS, "new_or_returning"]),
  };
}

/** Clicks that converted, each with what came of it; what is said of the click is what its first conversion says. */
export function customers(range: Range): Relation {
  const { sql, values } = boundsOf(range, "clicked");
  return {
    database: "DB",
    sql: `SELECT min(conversion_id), clicked_at / ${QUARTER_MS} AS quarter, currency, ${SUBJECT_COLUMNS.join(", ")}, ${VISIT_SQL},
      count(DISTINCT event) AS events, sum(amount > 0) AS purchases,
      count(DISTINCT iif(amount > 0, event, NULL)) AS purchase_events, sum(revenue) AS revenue
      FROM conversions WHERE ${sql} AND status <> 'rejected' GROUP BY click_id, test`,
    values,
    columns: new Set([...SUBJECT_COLUMNS, ...VISIT_COLUMNS]),
  };
}

export function rolledPostbacks({ fromMs, toMs }: Range): Relation {
  return {
    database: "DB",
    sql: "SELECT * FROM postback_quarters WHERE quarter >= ? AND quarter < ? AND postbacks > 0",
    values: [fromMs / QUARTER_MS, toMs / QUARTER_MS],
    columns: new Set(["advertiser", "event", "test"]),
  };
}

/** The rows whose clock is in the range, by the primary key as far as it tells the time. */
function boundsOf(range: Range, clock: Clock): { sql: string; values: Cell[] } {
  const { least, below } = conversionsTable.bounds(range, clock);
  const time = TIME_COLUMNS[clock];
  return {
    sql: `conversion_id >= ? ${below === null ? "" : "AND conversion_id < ?"} AND +${time} >= ? AND +${time} < ?`,
    values: [least, ...(below === null ? [] : [below]), range.fromMs, range.toMs],
  };
}
