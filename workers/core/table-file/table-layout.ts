/** How a vendor's table is laid out: by which columns it is known, which of them are ours, and what its words and rows mean. */
import type { SentStatus } from "../../../schema/messages.ts";
import type { DecimalMark } from "./amount-notation.ts";
import { plainName } from "./plain-name.ts";

/** What a column may be: a parameter that a table can say, or what only a layout knows. */
export const TABLE_FIELDS = [
  "click_id",
  "txid",
  "also_txid",
  "event",
  "status",
  "refund_id",
  "refunded_total",
  "amount",
  "revenue",
  "currency",
  "occurred_at",
  "coupon",
  "customer",
  "test",
  "idempotency_key",
] as const;
export type TableField = (typeof TABLE_FIELDS)[number];

/**
 * `kind`: the word that says what a row is. `meta`: texts by name, as JSON. `notes`: a text of people's in which a
 * click ID of ours may stand.
 */
export type LayoutField = TableField | "kind" | "meta" | "notes";

/** What state an order is in. */
export type OrderStatus = Exclude<SentStatus, "reinstated">;

/** What a row of a kind is: an order, or a part of one that adds to it; what was given back of one; or none, and passed over. */
export type RowKind = "order" | "back" | "none";

export interface TableLayout {
  /** As `--layout` says it. */
  name: string;
  title: string;
  /** Recognised by any of these, each the headers that must all be there. */
  marks: readonly (readonly string[])[];
  /** Each field's headers, of which the first that is there counts. */
  columns: Partial<Record<LayoutField, readonly string[]>>;
  /** Its words for our statuses. */
  statuses?: Readonly<Record<string, OrderStatus>>;
  /** Its words for rows; a word that does not stand here is none of an order's. */
  kinds?: Readonly<Record<string, RowKind>>;
  /** Words in the event's column that name no event. */
  noEvents?: readonly string[];
  /** `continued`: rows that go on with the order above them add nothing. `summed`: all rows of an order add up. */
  rows?: "continued" | "summed";
  /** Which mark is the decimal one where the column does not tell. */
  decimal?: DecimalMark;
  /** Its times without a zone are UTC. */
  utc?: true;
  /** Events and statuses are ours, whatever the advertiser's mapping makes of its own. */
  ours?: true;
  /** Its amounts are what refunds left: what was sold is that and what was given back. Of what counts nothing it says no amount. */
  net?: true;
  /** What an order's number looks like, where the column holds others too. */
  orders?: RegExp;
  /** Why it is not read, and what is instead. */
  refused?: string;
}

/** The layout among `layouts` that a header has; null for none. Where several have it, the one with the most columns does. */
export function recogniseLayout(layouts: readonly TableLayout[], header: readonly string[]): TableLayout | null {
  const names = new Set(header.map(plainName));
  const found = layouts.flatMap((layout) => {
    const whole = layout.marks.filter((marks) => marks.every((mark) => names.has(plainName(mark))));
    return whole.map((marks) => ({ layout, marks: marks.length }));
  });
  return found.sort((left, right) => right.marks - left.marks)[0]?.layout ?? null;
}

/** Which column a field has in a header; -1 where it has none. */
export function placeIn(layout: TableLayout, field: LayoutField, header: readonly string[]): number {
  const names = header.map(plainName);
  const places = (layout.columns[field] ?? []).map((name) => names.indexOf(plainName(name)));
  return places.find((place) => place >= 0) ?? -1;
}
