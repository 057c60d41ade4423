/** How long a minute, an hour and a day are, in milliseconds: a day of UTC, which knows no summer time. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
