/** Times as people and spreadsheets write them: RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339), or a day, which means its beginning in UTC. */

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

const MINUTE_MS = 60_000;

/** Reads `2026-11-23`, `2026-11-23T08:00:00Z`, `2026-11-23T09:00:00.123+01:00` into Unix milliseconds; digits below the millisecond are cut. Null for everything else, days that do not exist included. */
export function readInstant(text: string): number | null {
  const match = DAY.exec(text) ?? RFC_3339.exec(text);
  if (!match) return null;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", sign, offsetHour, offsetMinute] =
    match;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCMonth() !== Number(month) - 1 || Number(year) < 1970) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  if (Number(offsetHour ?? 0) > 23 || Number(offsetMinute ?? 0) > 59) return null;
  const offsetMs = (Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0)) * MINUTE_MS * (sign === "-" ? -1 : 1);
  const clockMs = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1_000;
  return date.getTime() + clockMs + Number(fraction.padEnd(3, "0").slice(0, 3)) - offsetMs;
}

/** Writes Unix milliseconds as RFC 3339 in UTC with milliseconds: `2026-11-23T08:00:00.000Z`. */
export function formatInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}
