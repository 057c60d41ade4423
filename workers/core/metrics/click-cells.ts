/** Cells of clicks: what a report counts from the click log itself, where no rollup knows what it asks for. */
import type { Cell } from "../../../schema/columns.ts";
import type { Resolution } from "./segments.ts";
import type { ZoneSpan } from "./time-zone.ts";

/** What clicks are told apart by, and which of them count. */
export interface CellQuestion {
  /** Facts by their names (`core/click-log/click-facts.ts`). */
  facts: string[];
  /** Facts that must have this value. */
  conditions: { fact: string; value: Cell }[];
  /** Which times are told apart. */
  resolution: Resolution;
  zone: ZoneSpan[];
}

/** A quarter-hour in the time that the cell stands for, the facts' values, text that is absent as '', and what was counted, in the order of COUNTS_OF_CLICK. */
export type ClickCell = Cell[];

/** A reader of the click log over RPC. */
export interface ReadCells extends Rpc.DurableObjectBranded {
  /** The cells of these times, null where they are too many. What is listed twice adds up. */
  count(question: CellQuestion, spans: { fromMs: number; toMs: number }[], nowMs: number): ClickCell[] | null;
}
