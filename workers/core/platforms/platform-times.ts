/** Times as platforms want them, all in UTC. */

const SECOND_MS = 1_000;

/** Unix seconds, rounded down: a time ahead of now is refused by most. */
export function unixSeconds(ms: number): number {
  return Math.floor(ms / SECOND_MS);
}

/** `2026-11-20T10:00:00Z`: RFC 3339 to the second. */
export function rfc3339Seconds(ms: number): string {
  return `${isoMs(ms).slice(0, "2026-11-20T10:00:00".length)}Z`;
}

/** `2026-11-20T10:00:00.000Z`. */
export function isoMs(ms: number): string {
  return new Date(ms).toISOString();
}

/** `2026-11-25 10:00:00+00:00`: the Google Ads API takes no RFC 3339. */
export function googleAdsTime(ms: number): string {
  return `${rfc3339Seconds(ms).slice(0, -1).replace("T", " ")}+00:00`;
}

/** Unix microseconds, as digits. */
export function unixMicros(ms: number): string {
  return `${ms}000`;
}
