/** One order as a table says it, or what is wrong with the line that should say one. */
import type { OrderStatus } from "./table-layout.ts";

/** `status` is the word as it stands there; `means` what the table's layout says it means. Amounts are micros: what was sold, and what of it was given back so far. */
export interface TableOrder {
  /** The line that it begins on. */
  line: number;
  clickId: string | null;
  txid: string | null;
  event: string | null;
  status: string | null;
  means: OrderStatus | null;
  amountMicros: bigint | null;
  refundedMicros: bigint | null;
  revenueMicros: bigint | null;
  /** Those that its currency, or the sign beside its amount, may be; null where nothing is said. */
  currencies: readonly string[] | null;
  occurredAtMs: number | null;
  test: boolean;
  /** What else it says, by parameter. */
  rest: readonly (readonly [name: string, text: string])[];
  /** Whose word somebody gave its meaning by hand: the status is what it `means` then, and the event ours. */
  byHand: Readonly<Record<"status" | "event", boolean>>;
}

export const ROW_FAULTS = {
  no_order_or_click: "The line names neither an order nor a click.",
  unreadable_amount: "The amount cannot be read as one.",
  ambiguous_amount:
    "The amount could be thousands or decimals, and its column does not tell which: say which mark is the decimal one.",
  two_currencies: "The line says two currencies.",
  cells_missing: "The line has fewer cells than the header.",
  too_many_cells: "The line has more cells than the header: perhaps a cell holds the separator and lacks its quotes.",
  not_text: "The line holds bytes that are no text in the file's encoding.",
  unknown_status: "The layout has no such status.",
  refund_without_sale:
    "The file has what was given back of this order and not the order, so it does not tell how much was given back in all: take a file that has both.",
  negative_amount:
    "The amount is below zero: what was given back is sent with status reversed, as an amount above zero.",
  ambiguous_currency: "The sign beside the amount is that of several currencies: add a column currency.",
  mapped_away: "The advertiser's mapping gives this word of ours another meaning, and has none for it.",
  statuses_differ: "The lines of this order say different statuses.",
} as const;
export type RowFault = keyof typeof ROW_FAULTS;

/** A line that could not be read. What it names all the same is not missing. */
export interface UnreadLine {
  line: number;
  fault: RowFault;
  /** The column and its text, where one is to blame. */
  column: string | null;
  text: string | null;
  txid: string | null;
  clickId: string | null;
}

/** True for a line that could not be read. */
export function isUnread(row: TableOrder | UnreadLine): row is UnreadLine {
  return "fault" in row;
}
