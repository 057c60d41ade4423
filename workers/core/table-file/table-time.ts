/** Times as tables write them. */
import { readTime } from "../postback/occurred-at.ts";

/** A day and an hour, with seconds or without, and a zone or none. */
const WRITTEN =
  /^(?<day>\d{4}-\d\d-\d\d)[T ](?<hour>\d\d:\d\d)(?<second>:\d\d(?:\.\d{1,9})?)?(?: ?(?<zone>Z|UTC|GMT|[+-]\d\d:?\d\d))?$/i;

/** Unix milliseconds of a time as senders write it, or as `2026-11-01 10:00 +0200`. Null for what cannot be read, and for a time that has no zone, unless it is UTC. */
export function readTableTime(text: string, utc: boolean): number | null {
  const atMs = readTime(text);
  if (atMs !== null) return atMs;
  const { day, hour, second = ":00", zone } = WRITTEN.exec(text)?.groups ?? {};
  if (day === undefined || (zone === undefined && !utc)) return null;
  const offset = zone === undefined || /^[A-Z]/i.test(zone) ? "Z" : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  return readTime(`${day}T${hour}${second}${offset}`);
}
