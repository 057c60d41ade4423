/** Reads the time at which something happened, as senders write it. */
import { MINUTE_MS } from "../time-units.ts";

/** Ten digits are seconds and thirteen milliseconds: both from 2001 to 2286, so that neither can be the other, or a date without dashes. */
const UNIX_SECONDS = /^([1-9]\d{9})(?:\.(\d{1,9}))?$/;
const UNIX_MILLISECONDS = /^([1-9]\d{12})(?:\.\d{1,9})?$/;
/** RFC 3339, and ISO 8601's offset without a colon. A blank before the offset is a plus sign that was not percent-encoded. */
const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,12}))?(?:[Zz]|([+\- ])(\d\d):?(\d\d))$/;

/** Unix seconds, Unix milliseconds (with a fraction or without) or RFC 3339 → Unix milliseconds. Null for everything else, days and hours that do not exist included. */
export function readTime(text: string): number | null {
  const seconds = UNIX_SECONDS.exec(text);
  if (seconds) return Number(seconds[1]) * 1000 + millisecondsOf(seconds[2]);
  const unix = UNIX_MILLISECONDS.exec(text);
  if (unix) return Number(unix[1]);
  const match = RFC_3339.exec(text);
  if (!match) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const milliseconds = millisecondsOf(match[7]);
  const offsetMinutes = Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0);
  if (hour > 23 || minute > 59 || second > 59 || Number(match[9] ?? 0) > 23 || Number(match[10] ?? 0) > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // The calendar rolls over what does not exist: the 30th of February becomes the 2nd of March.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  date.setUTCHours(hour, minute, second, milliseconds);
  return date.getTime() - (match[8] === "-" ? -1 : 1) * offsetMinutes * MINUTE_MS;
}

/** Of the digits of a second's fraction. */
function millisecondsOf(fraction = ""): number {
  return Number(fraction.padEnd(3, "0").slice(0, 3));
}
