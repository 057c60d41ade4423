/** Click IDs as an index of time: their first characters are the version and the time of issue, so a range of time is a range of text. */
import { timePrefix } from "./books/conversion-id.ts";

const VERSION = 1;
/** Ten characters hold 50 of the 52 bits of version and time. */
const STEP_MS = 4;

/** A text that no click ID issued at `atMs` or later is less than, and every one issued four milliseconds earlier is. */
export function clickIdFloor(atMs: number): string {
  return timePrefix(VERSION * 2 ** 46 + Math.floor(atMs / STEP_MS));
}
