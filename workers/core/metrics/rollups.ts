/** The rollups of clicks and of conversions: what they tell apart and add up. The ledger makes hours and days of what is closed, reports read them; clicks have quarter-hours in their days' objects too. */
import { namesOf } from "./dimensions.ts";
import { addedColumns } from "./measures.ts";

export interface Rollup {
  /** The table of hours and UTC days. */
  spans: string;
  /** What it tells apart, besides times and a conversion's clock. */
  keys: readonly string[];
  /** The columns that are added up. */
  sums: readonly string[];
}

interface QuartersRollup extends Rollup {
  /** The table of quarter-hours. */
  quarters: string;
  /** What only quarter-hours tell apart. */
  finer: readonly string[];
}

export const CLICK_ROLLUP: QuartersRollup = {
  quarters: "click_quarters",
  spans: "click_spans",
  keys: [...namesOf(({ of, known }) => of === "click" && known === "spans"), "test"],
  finer: namesOf(({ of, known }) => of === "click" && known === "quarters"),
  sums: addedColumns("clicks").map(({ column }) => column),
};

export const CONVERSION_ROLLUP: Rollup = {
  spans: "conversion_spans",
  keys: [...namesOf(({ of, known }) => of !== "delivery" && known === "spans"), "currency", "test"],
  sums: addedColumns("conversions").map(({ column }) => column),
};
