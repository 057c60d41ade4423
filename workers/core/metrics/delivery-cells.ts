/** Cells of deliveries: what the courier counts for a report, and how the report tells them apart. */
import type { Cell } from "../../../schema/columns.ts";
import { DELIVERY_DIMENSIONS } from "./dimensions.ts";
import { isTime, TIMES } from "./time-dimensions.ts";
import type { ZoneSpan } from "./time-zone.ts";

/** Of these destinations, from `from` inclusive to `to` exclusive in quarter-hours since 1970. */
export interface DeliveryQuestion {
  destinations: number[];
  from: number;
  to: number;
  /** What is told apart, times among it; each one of `DELIVERY_DIMENSIONS` or a time. */
  dimensions: string[];
  /** What must have this value: of `DELIVERY_DIMENSIONS`, or `test`. */
  conditions: { column: string; value: Cell }[];
  /** The zone that times are cut in. */
  zone: ZoneSpan[];
}

/** In the order of `deliveryColumns`. */
export type DeliveryCell = Cell[];

/** More cells than these are no report any more. */
export const MAX_DELIVERY_CELLS = 100_000;

/** What stands in a cell: any quarter-hour of the time that it stands for, the dimensions, and what was counted. */
export function deliveryColumns({ dimensions }: Pick<DeliveryQuestion, "dimensions">): string[] {
  return ["quarter", ...dimensions.filter((name) => !isTime(name)), "currency", "status", "bucket", "deliveries"];
}

/** The query that the courier counts by: each destination's cells by its key, whose order is that of time. Throws where it is asked by what deliveries are not counted by. */
export function deliveryCellsSql(question: DeliveryQuestion): { sql: string; values: Cell[] } {
  const { destinations, from, to, dimensions, conditions, zone } = question;
  const told = dimensions.filter((name) => !isTime(name)).map(known);
  const met = conditions.map(
    ({ column }, index) => `AND ${column === "test" ? column : known(column)} = ?${index + 4}`,
  );
  const groups = [
    ...dimensions.flatMap((name) => (isTime(name) ? [TIMES[name].sql(zone)] : [])),
    ...told,
    "currency",
    "status",
    "bucket",
  ];
  const sql = `
    SELECT min(quarter) AS quarter, ${[...told, "currency", "status", "bucket"].join(", ")}, SUM(deliveries) AS deliveries
    FROM json_each(?1) AS asked CROSS JOIN delivery_quarters ON destination = asked.value AND quarter >= ?2 AND quarter < ?3
    WHERE deliveries > 0 ${met.join(" ")} GROUP BY ${groups.join(", ")} LIMIT ${MAX_DELIVERY_CELLS + 1}`;
  return { sql, values: [JSON.stringify(destinations), from, to, ...conditions.map(({ value }) => value)] };
}

function known(name: string): string {
  if (DELIVERY_DIMENSIONS.includes(name)) return name;
  throw new Error(`deliveries are not counted by ${name}`);
}
