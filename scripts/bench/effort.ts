/** How much is measured: which rows, how many rounds, how long each. */
import type { Saturation } from "./load.ts";
import type { RowName } from "./rows.ts";

export interface Effort {
  wants(...rows: RowName[]): boolean;
  rounds: number;
  /** How long a round at a fixed rate takes. */
  pacedSeconds: number;
  /** Of 100 messages each, in a round. */
  batches: number;
  exportedRows: number;
  deliveries: number;
  /** Warms up with `run`, and says how many requests take as long as a round should. */
  amountFor(run: (amount: number) => Promise<Saturation>): Promise<number>;
}

/** `only` names rows; empty means all. */
export function createEffort(only: readonly RowName[], quick: boolean): Effort {
  const roundSeconds = quick ? 1 : 2;
  return {
    wants: (...rows) => only.length === 0 || rows.some((row) => only.includes(row)),
    rounds: quick ? 5 : 7,
    pacedSeconds: quick ? 1 : 8,
    batches: quick ? 10 : 40,
    exportedRows: quick ? 10_000 : 100_000,
    deliveries: quick ? 1_000 : 10_000,
    async amountFor(run) {
      const first = await run(2_000);
      const warm = await run(Math.ceil((first.answered / first.seconds) * roundSeconds));
      return Math.ceil((warm.answered / warm.seconds) * roundSeconds);
    },
  };
}
