/** Click IDs as an index of time: their first characters are the version and the time of issue, so a range of time is a range of text. */
import { decodeBase32 } from "./base32.ts";
import { timePrefix } from "./books/conversion-id.ts";

const VERSION = 1;
/** Ten characters hold 50 of the 52 bits of version and time. */
const STEP_MS = 4;

/** A text that no click ID issued at `atMs` or later is less than, and every one issued four milliseconds earlier is. */
export function clickIdFloor(atMs: number): string {
  return timePrefix(VERSION * 2 ** 46 + Math.floor(atMs / STEP_MS));
}

/**
 * The texts between which click IDs issued from `fromMs`, inclusive, to `toMs`, exclusive, lie: `least` inclusive, `below` exclusive. A few issued at most eight milliseconds
 * outside lie there too, so the time itself is to be compared as well. Null is no bound.
 */
export function clickIdRange(
  fromMs: number | null,
  toMs: number | null,
): { least: string | null; below: string | null } {
  return {
    least: fromMs === null ? null : clickIdFloor(fromMs),
    below: toMs === null ? null : clickIdFloor(toMs + STEP_MS),
  };
}

const TIME_LENGTH = 10;

/** When a click ID says that it was issued, to four milliseconds, without knowing whether we wrote it; null of what has not the letters of one. */
export function clickTimeMs(clickId: string): number | null {
  const bytes = clickId.length < TIME_LENGTH ? null : decodeBase32(clickId.slice(0, TIME_LENGTH));
  if (bytes === null) return null;
  const bits = bytes.reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 6;
  return (bits - VERSION * 2 ** 46) * STEP_MS;
}
