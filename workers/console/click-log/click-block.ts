/** Clicks that were read together: so many, and the facts of each by their names (`core/click-log/click-facts.ts`). What is a number in the books is one here, wherever it was read. */
import type { Cell } from "../../../schema/columns.ts";

export interface ClickBlock {
  count: number;
  column(name: string): (place: number) => Cell;
}

/** Those of a block's clicks that pass, in the order of `places`. */
export function pick(block: ClickBlock, places: readonly number[]): ClickBlock {
  return {
    count: places.length,
    column(name) {
      const of = block.column(name);
      return (place) => of(places[place] ?? -1);
    },
  };
}
