/** A destination's breaker between runs, and why it is off. */
import { type Breaker, CLOSED } from "../core/courier/circuit-breaker.ts";
import { keep, recall } from "./outbox.ts";
import type { OutboxSql } from "./outbox-sql.ts";

/** Under this name the object keeps why its destination is off. */
export const OFF_REASON = "off-reason";
const BREAKER = "breaker";

/** The breaker between runs: stored wherever it matters after a crash, and that is not while all is well. */
export interface BreakerMemory {
  get(): Breaker;
  set(next: Breaker): void;
}

/** The breaker as it is stored in the object, and in memory while that says the same. */
export function breakerMemory(sql: OutboxSql): BreakerMemory {
  let held = recall<Breaker>(sql, BREAKER) ?? CLOSED;
  return {
    get: () => held,
    set: (next) => {
      const isCalm = (breaker: Breaker) => breaker.state === "closed" && breaker.failuresInARow === 0;
      // Each write costs: tries that went well are counted in memory alone.
      if (!isCalm(held) || !isCalm(next)) keep(sql, BREAKER, isCalm(next) ? null : next);
      held = next;
    },
  };
}
