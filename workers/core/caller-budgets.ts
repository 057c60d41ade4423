/**
 * What a caller may have of the console, counted in an isolate's memory: so many requests at once and so many a minute, by role, so that one role's reports do not
 * keep the others waiting; and an advertiser that asks with its postback token, or whoever brings one that is not known yet, likewise. What is beyond is told when to come again, and costs no question to a database.
 */
import { keepLatest } from "./keep-latest.ts";
import type { Role } from "./roles.ts";
import { MINUTE_MS } from "./time-units.ts";

export interface CallerBudget {
  atOnce: number;
  perMinute: number;
}

/** Programs of the operator's go through pages of thousands; who sees only what is theirs looks at pages and fetches reports. */
export const CALLER_BUDGETS: Record<Role, CallerBudget> = {
  admin: { atOnce: 200, perMinute: 60_000 },
  manager: { atOnce: 16, perMinute: 3_000 },
  finance: { atOnce: 16, perMinute: 3_000 },
  analyst: { atOnce: 16, perMinute: 3_000 },
  advertiser: { atOnce: 4, perMinute: 600 },
  affiliate: { atOnce: 4, perMinute: 600 },
};

/** What asks by a postback token for what became of its messages: an advertiser's programs, which may name a thousand at a time. */
export const SENDER_BUDGET: CallerBudget = { atOnce: 8, perMinute: 1_200 };
/** All of one network that ask for receipts with tokens that are not known here yet, or to nobody. Whoever is told something is known from then on. */
export const UNKNOWN_SENDERS_BUDGET: CallerBudget = { atOnce: 8, perMinute: 600 };

/** A place whose request never said that it was through is free again after so long. */
export const PLACE_LASTS_MS = 5 * MINUTE_MS;
/** Who called lately; some 1 MB. */
const MAX_CALLERS = 2_000;

/** A place that was given, to be left once; or after how many seconds to come again. */
export type Admission = { leave(): void } | { retryAfterS: number };

export interface CallerCounts {
  /** Counts a request of the caller that is known by `key`, if its budget has room for it. */
  enter(key: string, budget: CallerBudget, nowMs: number): Admission;
}

interface Count {
  /** When each request that is under way began. */
  places: Map<symbol, number>;
  requests: number;
  untilMs: number;
}

/** Counts of nobody yet. */
export function createCallerCounts(): CallerCounts {
  const counts = new Map<string, Count>();
  return {
    enter(key, { atOnce, perMinute }, nowMs) {
      const held = counts.get(key) ?? { places: new Map(), requests: 0, untilMs: 0 };
      const count = nowMs < held.untilMs ? held : { ...held, requests: 0, untilMs: nowMs + MINUTE_MS };
      keepLatest(counts, key, count, MAX_CALLERS);
      if (count.requests >= perMinute) return { retryAfterS: Math.ceil((count.untilMs - nowMs) / 1_000) };
      const { places } = count;
      if (places.size >= atOnce)
        for (const [place, sinceMs] of places) if (nowMs - sinceMs >= PLACE_LASTS_MS) places.delete(place);
      if (places.size >= atOnce) return { retryAfterS: 1 };
      count.requests++;
      const place = Symbol();
      places.set(place, nowMs);
      return { leave: () => void places.delete(place) };
    },
  };
}
