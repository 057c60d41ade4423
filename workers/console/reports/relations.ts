/** What reports read: rollups and rows under the same column names, so that one query groups either. */

import type { Cell } from "../../../schema/columns.ts";
import { provisionalSql } from "../../core/click-id-sql.ts";
import { clickIdRange } from "../../core/click-id-time.ts";
import type { CellQuestion } from "../../core/metrics/click-cells.ts";
import { type DeliveryQuestion, deliveryColumns } from "../../core/metrics/delivery-cells.ts";
import { DIMENSIONS, type Dimension, namesOf } from "../../core/metrics/dimensions.ts";
import { bucketSql } from "../../core/metrics/latency.ts";
import { addedColumns, COUNTS_OF_CLICK } from "../../core/metrics/measures.ts";
import { cellsOfRows, OPEN_FROM } from "../../core/metrics/postback-cells.ts";
import { CLICK_ROLLUP } from "../../core/metrics/rollups.ts";
import type { Segment } from "../../core/metrics/segments.ts";
import { QUARTER_MS } from "../../core/metrics/time-zone.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { Clock } from "../tables/export-table.ts";
import type { RowOwner } from "../tables/listed-rows.ts";
import {
  type ConversionRows,
  conversionsIn,
  heldIn,
  type NamedSql,
  namedSql,
  selectRows,
  TIME_COLUMNS,
} from "./conversion-rows.ts";
import { areFew } from "./own-links.ts";
import type { TimeRange } from "./slots.ts";
import { ownTimes, SIGNED, segmentRows, signedColumns, spansOf } from "./summed-spans.ts";

/** Something to select from, with a column `quarter` and those of `columns`. Text that is absent is ''. */
export interface Relation {
  /** Where: a number is a UTC day (since 1970), whose objects of the click log are asked. */
  database: "DB" | "LOG" | number;
  sql: RelationSql;
  values: readonly Cell[];
  /** What adds up to it: read by statements of their own, since SQLite reads one place much quicker than several together, and in one transaction. */
  besides?: readonly Relation[];
  /** Dimensions and filters that it has. */
  columns: ReadonlySet<string>;
  /** Those that what it holds cannot have: they are empty there, and do not filter it. What is in neither set is forgotten. */
  lacks: ReadonlySet<string>;
}

/** The statement, whatever is read of it; or of what is read alone: where several selects are put together, SQLite makes every column of each row. */
type RelationSql = string | ((isRead: (column: string) => boolean) => string);

/** The statement of a relation of which these columns are read. */
export function sqlOf({ sql }: Relation, isRead: (column: string) => boolean): string {
  return typeof sql === "string" ? sql : sql(isRead);
}

/** True when a relation has this dimension or filter, false when it cannot have it. Throws on one that it does not know of. */
export function has({ columns, lacks }: Pick<Relation, "columns" | "lacks">, name: string): boolean {
  if (columns.has(name)) return true;
  if (lacks.has(name)) return false;
  throw new Error(`a relation that a report reads neither has nor lacks ${name}`);
}

/** The columns of a row that these dimensions are; every relation tells tests apart besides. */
function columnsOf(passes: (dimension: Dimension) => boolean) {
  const passing = [...DIMENSIONS].filter(([, dimension]) => passes(dimension));
  const columns: NamedSql[] = [...passing.map(([name, { sql }]) => ({ name, sql })), { name: "test", sql: "test" }];
  return { names: new Set(columns.map(({ name }) => name)), columns, sql: namedSql(columns) };
}

/** What is added over clicks once more: of a row, and of all of a click's. */
const OF_CUSTOMER_ROWS = [
  "amount",
  ...addedColumns("customers").map(({ column, ofRow }) => `${ofRow} AS ${column}`),
].join(", ");
const OF_CUSTOMERS = addedColumns("customers")
  .map(({ column }) => `sum(${column}) AS ${column}`)
  .join(", ");

const OF_CLICKS = columnsOf(({ of }) => of === "click");
const OF_CONVERSIONS = columnsOf(({ of }) => of !== "delivery");
/** What only a conversion, or a delivery, has. */
const LACKED_BY_CLICKS: ReadonlySet<string> = new Set(namesOf(({ of }) => of !== "click"));
export const LACKED_BY_CONVERSIONS: ReadonlySet<string> = new Set(namesOf(({ of }) => of === "delivery"));

/** The flag of a provisional click, or what the click's row said, as the index of such conversions has it. */
const OF_UNCOUNTED_CLICK = `(${provisionalSql("click_id")} OR click_kind IN ('provisional', 'bot'))`;

/** Hours and days of clicks, of all links, or of these few alone. */
export function clickSpans(segments: readonly Segment[], links: readonly number[] | null = null): Relation {
  const few = links && areFew(links, segments) ? [JSON.stringify(links)] : [];
  const isOwn = few.length > 0;
  const { keys, sums, spans } = CLICK_ROLLUP;
  return {
    database: "DB",
    sql: `WITH RECURSIVE ${SIGNED} ${isOwn ? `, ${ownTimes("?2")}` : ""} ${spansOf(spans, signedColumns(keys, sums), "", isOwn)}`,
    values: [segmentRows(segments), ...few],
    columns: new Set(keys),
    lacks: LACKED_BY_CLICKS,
  };
}

/** The quarter-hours of these segments that lie in a UTC day, from its objects. */
export function clickQuarters(segments: readonly Segment[], day: number): Relation {
  const [from, to] = [(day * DAY_MS) / QUARTER_MS, ((day + 1) * DAY_MS) / QUARTER_MS];
  const own = segments.flatMap((segment) => {
    const cut = { ...segment, from: Math.max(segment.from, from), to: Math.min(segment.to, to) };
    return cut.from < cut.to ? [cut] : [];
  });
  const { keys, finer, sums, quarters } = CLICK_ROLLUP;
  return {
    database: day,
    sql: `WITH ${SIGNED}
      SELECT iif(sign < 0, taken_from, quarter) AS quarter, ${signedColumns([...keys, ...finer], sums)}
      FROM signed CROSS JOIN ${quarters} ON quarter >= least AND quarter < below WHERE of_unit = 'quarter'`,
    values: [segmentRows(own)],
    columns: new Set([...keys, ...finer]),
    lacks: LACKED_BY_CLICKS,
  };
}

/** Clicks that were counted from the log itself: `cells` as JSON, told apart by these facts; of conditions only clicks that meet them were counted. */
export function countedCells(
  cells: string,
  { facts, conditions }: Pick<CellQuestion, "facts" | "conditions">,
): Relation {
  const columns = ["quarter", ...facts, ...COUNTS_OF_CLICK.map(({ column }) => column)];
  const told = new Set(facts);
  const met = conditions.map(({ fact }) => fact).filter((fact) => !told.has(fact));
  return {
    database: "DB",
    sql: `SELECT ${columns.map((name, index) => `value ->> ${index} AS ${name}`).join(", ")} FROM json_each(?)`,
    values: [cells],
    columns: told,
    lacks: new Set([...LACKED_BY_CLICKS, ...met]),
  };
}

/** Clicks that count only because a conversion followed, provisional ones and bots', as their first such conversion tells of them. */
export function clicksByConversion({ fromMs, toMs }: TimeRange, own: RowOwner | null): Relation {
  const { least, below } = clickIdRange(fromMs, toMs);
  const [indexed, whose] = own ? [`INDEXED BY uncounted_clicks_of_${own.kind}`, `${own.kind} = ? AND`] : ["", ""];
  return {
    database: "DB",
    sql: `SELECT * FROM (
      SELECT min(conversion_id), clicked_at, clicked_at / ${QUARTER_MS} AS quarter, currency, ${OF_CLICKS.sql}
      FROM conversions ${indexed} WHERE ${whose} ${OF_UNCOUNTED_CLICK} AND click_id >= ? AND click_id < ? GROUP BY click_id, test
    ) WHERE clicked_at >= ? AND clicked_at < ?`,
    values: [...(own ? [own.number] : []), least, below, fromMs, toMs],
    columns: OF_CLICKS.names,
    lacks: LACKED_BY_CLICKS,
  };
}

export function conversionRows(range: TimeRange, clock: Clock, own: RowOwner | null, nowMs: number): Relation {
  return rowsAt(conversionsIn(range, clock, own, nowMs), clock);
}

/** Conversions that are held now. They lie in indexes of their own, so that a report reads no others, however many there are in its range. */
export function heldConversions(range: TimeRange, clock: Clock, own: RowOwner | null): Relation {
  return rowsAt([heldIn(range, clock, own)], clock);
}

/** The same of which different clicks are counted, and so in one statement. */
export function convertedClicks(range: TimeRange, clock: Clock, own: RowOwner | null, nowMs: number): Relation {
  return rowsTogether(conversionsIn(range, clock, own, nowMs), clock);
}

function rowsAt([first, ...others]: readonly ConversionRows[], clock: Clock): Relation {
  const besides = others.map((place) => rowsTogether([place], clock));
  return { ...rowsTogether(first ? [first] : [], clock), besides };
}

function rowsTogether(places: readonly ConversionRows[], clock: Clock): Relation {
  const columns: NamedSql[] = [
    { name: "quarter", sql: `c.${TIME_COLUMNS[clock]} / ${QUARTER_MS}` },
    ...["click_id", "click_joined", "currency"].map((name) => ({ name, sql: name })),
    ...OF_CONVERSIONS.columns,
    ...addedColumns("conversions").map(({ column, ofRow }) => ({ name: column, sql: ofRow })),
    { name: "click_bucket", sql: bucketSql("click") },
    { name: "arrival_bucket", sql: bucketSql("arrival") },
  ];
  const rows = selectRows(places);
  return {
    database: "DB",
    sql: (isRead) => rows.sql(namedSql(columns.filter(({ name }) => isRead(name)))),
    values: rows.values,
    columns: OF_CONVERSIONS.names,
    lacks: LACKED_BY_CONVERSIONS,
  };
}

/** What a conversion's event is to the life of a customer; `other` is of no kind. */
export const KIND_OF_EVENT = `coalesce((SELECT e.kind FROM offer_events e WHERE e.offer = c.offer AND e.name = c.event), 'other')`;
/** A click that came to what a life begins with. */
const STARTED = "sum(kind IN ('lead', 'trial', 'install', 'other')) > 0";
/** A click that came to more than a beginning. */
const REACHED =
  "(sum(kind IN ('activation', 'sale', 'renewal')) > 0 OR count(DISTINCT iif(kind = 'other', event, NULL)) > 1)";
/** A sale that is made again without another word is a renewal too. */
export const SALE = "amount > 0 AND kind IN ('sale', 'other')";
const RENEWALS = `sum(kind = 'renewal') + sum(${SALE}) - count(DISTINCT iif(${SALE}, event, NULL))`;

/** Clicks that converted, each with what came of it; what is said of the click is what its first conversion says. All conversions of a click are the same one's. */
export function customers(range: TimeRange, own: RowOwner | null, nowMs: number): Relation {
  const columns = `conversion_id, clicked_at, click_id, currency, event, ${KIND_OF_EVENT} AS kind, ${OF_CLICKS.sql}, ${OF_CUSTOMER_ROWS}`;
  const rows = selectRows(conversionsIn(range, "clicked", own, nowMs), "c.status <> 'rejected'");
  const told = [...OF_CLICKS.names].filter((name) => name !== "test").join(", ");
  return {
    database: "DB",
    sql: `SELECT min(conversion_id), clicked_at / ${QUARTER_MS} AS quarter, currency, ${told}, test,
      sum(amount > 0) AS purchases, ${STARTED} AS started, ${STARTED} AND ${REACHED} AS activated, ${RENEWALS} AS renewals, ${OF_CUSTOMERS}
      FROM (${rows.sql(columns)}) GROUP BY click_id, test`,
    values: rows.values,
    columns: OF_CLICKS.names,
    lacks: LACKED_BY_CONVERSIONS,
  };
}

/** Deliveries as the courier counted them: `cells` as JSON, told apart by what was asked; of conditions only what meets them was counted. */
export function countedDeliveries(cells: string, question: DeliveryQuestion): Relation {
  const told = new Set(question.dimensions);
  return {
    database: "DB",
    sql: `SELECT ${deliveryColumns(question)
      .map((name, index) => `value ->> ${index} AS ${name}`)
      .join(", ")} FROM json_each(?)`,
    values: [cells],
    columns: told,
    lacks: new Set(question.conditions.map(({ column }) => column).filter((column) => !told.has(column))),
  };
}

/** The postback log in either database: what an older install has counted in the books' one stays there, see `ledger/move-log.ts`. What no sum has yet are rows. */
export function rolledPostbacks({ fromMs, toMs }: TimeRange, database: "LOG" | "DB", own: RowOwner | null): Relation {
  const sender = own?.kind === "advertiser" ? [own.number] : [];
  const [indexed, whose] =
    sender.length > 0 ? ["INDEXED BY postback_quarters_of_advertiser", "advertiser = ? AND"] : ["", ""];
  const told = { columns: columnsOf(({ ofPostbacks }) => ofPostbacks === true).names, lacks: LACKED_BY_CONVERSIONS };
  const open: Relation = {
    database,
    sql: cellsOfRows(`max(${OPEN_FROM}, ?)`, "?", sender.length > 0 ? "AND advertiser = ?" : ""),
    values: [fromMs, toMs, ...sender],
    ...told,
  };
  return {
    database,
    sql: `SELECT * FROM postback_quarters ${indexed} WHERE ${whose} quarter >= ? AND quarter < ? AND postbacks > 0`,
    values: [...sender, fromMs / QUARTER_MS, toMs / QUARTER_MS],
    besides: database === "LOG" ? [open] : [],
    ...told,
  };
}
