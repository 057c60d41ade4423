/** The rollups of clicks and of conversions: what they tell apart and add up. Triggers count quarter-hours, the ledger makes hours and days of them, reports read them. */
import { namesOf } from "./dimensions.ts";
import { type Measure, rolledMeasures } from "./measures.ts";

export interface Rollup {
  /** The table of quarter-hours, and that of hours and UTC days. */
  quarters: string;
  spans: string;
  /** What both tell apart, besides times and a conversion's clock. */
  keys: readonly string[];
  /** What only quarter-hours tell apart, besides a conversion's latencies. */
  finer: readonly string[];
  sums: readonly Measure[];
}

export const CLICK_ROLLUP: Rollup = {
  quarters: "click_quarters",
  spans: "click_spans",
  keys: [...namesOf(({ of, known }) => of === "click" && known === "spans"), "test"],
  finer: namesOf(({ of, known }) => of === "click" && known === "quarters"),
  sums: rolledMeasures("clicks").map(({ name }) => name),
};

export const CONVERSION_ROLLUP: Rollup = {
  quarters: "conversion_quarters",
  spans: "conversion_spans",
  keys: [...namesOf(({ known }) => known === "spans"), "currency", "test"],
  finer: namesOf(({ known }) => known === "quarters"),
  sums: rolledMeasures("conversions").map(({ name }) => name),
};
