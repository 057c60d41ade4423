/** How long the databases keep rows that the archive has: what is promised and relied on, whatever the settings. */
import { DAY_MS } from "./time-units.ts";

/** The postback log goes back this far: the console answers for receipts so long, and repairs reach no further. */
export const POSTBACKS_KEPT_MS = 180 * DAY_MS;

/** A claim is heard this long after its receipt: by the sender's words, and by operators. `DB` lists an open one no longer. */
export const CLAIMS_HEARD_MS = 366 * DAY_MS;

/** An adopted click is kept as long as what hangs on it may be told: its offers' longest window, and behind it as long as the postback log; and no longer than this. */
const ADOPTED_KEPT_AT_MOST_MS = 400 * DAY_MS;

/** Asks `DB` for the longest window of any offer, in days, null where there is no offer. */
export const LONGEST_WINDOW = `
  SELECT max(days) AS days FROM (
    SELECT max(window_days) AS days FROM offers UNION ALL SELECT max(window_days) FROM offer_events)`;

/** How long an adopted click is kept from its time on, where this is the longest window of any offer. */
export function adoptedKeptMs(longestWindowDays: number): number {
  return Math.min(ADOPTED_KEPT_AT_MOST_MS, longestWindowDays * DAY_MS + POSTBACKS_KEPT_MS);
}

/** Clicks are kept at least this long, even where their database is full: their conversions may still look for them. */
export const CLICKS_KEPT_AT_LEAST_MS = 3 * DAY_MS;
