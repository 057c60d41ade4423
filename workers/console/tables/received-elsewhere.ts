/** Conversions that were received at another time than their IDs say, as those are whose first message was settled after a later one: few, and in an index of their own. */
import { timePrefix } from "../../core/books/conversion-id.ts";
import { receivedElsewhereSql } from "../../core/books/conversion-id-sql.ts";
import type { Range } from "./export-table.ts";
import type { RowOwner } from "./listed-rows.ts";
import type { KeyRange, RowPlace } from "./row-places.ts";
import type { SqlCondition } from "./sql-condition.ts";

/** All others that were received in a range, in the order of their IDs. */
export function idsReceived({ fromMs, toMs }: Range): KeyRange {
  return {
    ...(fromMs === null ? {} : { at: timePrefix(fromMs) }),
    ...(toMs === null ? {} : { below: timePrefix(toMs) }),
  };
}

/** Those of an owner, or of all, that were received in a range, and whose IDs are not in it. */
export function receivedElsewhere({ fromMs, toMs }: Range, owner: RowOwner | null): RowPlace {
  const { at, below } = idsReceived({ fromMs, toMs });
  const ids: SqlCondition[] = [
    ...(at === undefined ? [] : [{ sql: "+c.conversion_id < ?", values: [at] }]),
    ...(below === undefined ? [] : [{ sql: "+c.conversion_id >= ?", values: [below] }]),
  ];
  return {
    from: elsewhereFrom(owner),
    conditions: [
      { sql: receivedElsewhereSql("c"), values: [] },
      ...(owner === null ? [] : [{ sql: `c.${owner.kind} = ?`, values: [owner.number] }]),
      ...(fromMs === null ? [] : [{ sql: "c.received_at >= ?", values: [fromMs] }]),
      ...(toMs === null ? [] : [{ sql: "c.received_at < ?", values: [toMs] }]),
      ...(ids.length === 0
        ? []
        : [{ sql: `(${ids.map(({ sql }) => sql).join(" OR ")})`, values: ids.flatMap(({ values }) => values) }]),
    ],
    order: ["c.received_at"],
    within: () => [],
  };
}

export function elsewhereFrom(owner: RowOwner | null): string {
  return `conversions AS c INDEXED BY ${owner === null ? "conversions_received_elsewhere" : `elsewhere_of_${owner.kind}`}`;
}
