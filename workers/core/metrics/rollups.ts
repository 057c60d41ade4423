/** The rollups of clicks and of conversions: what they tell apart and add up. Triggers count quarter-hours, the ledger makes hours and days of them, reports read them. */
import { namesOf } from "./dimensions.ts";
import { addedColumns } from "./measures.ts";

export interface Rollup {
  /** The table of quarter-hours, and that of hours and UTC days. */
  quarters: string;
  spans: string;
  /** What both tell apart, besides times and a conversion's clock. */
  keys: readonly string[];
  /** What only quarter-hours tell apart, besides a conversion's latencies. */
  finer: readonly string[];
  /** The columns that both add up. */
  sums: readonly string[];
}

export const CLICK_ROLLUP: Rollup = {
  quarters: "click_quarters",
  spans: "click_spans",
  keys: [...namesOf(({ of, known }) => of === "click" && known === "spans"), "test"],
  finer: namesOf(({ of, known }) => of === "click" && known === "quarters"),
  sums: addedColumns("clicks").map(({ column }) => column),
};

export const CONVERSION_ROLLUP: Rollup = {
  quarters: "conversion_quarters",
  spans: "conversion_spans",
  keys: [...namesOf(({ of, known }) => of !== "delivery" && known === "spans"), "currency", "test"],
  finer: namesOf(({ known }) => known === "quarters"),
  sums: addedColumns("conversions").map(({ column }) => column),
};
