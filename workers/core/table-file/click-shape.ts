/** Click IDs of ours by their shape alone, where no key is at hand: nothing else in a table has it. */
import { ALPHABET } from "../base32.ts";
import { CLICK_ID_LENGTH } from "../click-id.ts";
import { HEX_CLICK_ID_LENGTH } from "../click-id-hex.ts";

const LETTERS = `(?:[${ALPHABET}]{${CLICK_ID_LENGTH}}|[0-9a-f]{${HEX_CLICK_ID_LENGTH}})`;
const WHOLE = new RegExp(`^${LETTERS}$`, "i");
const WITHIN = new RegExp(`(?<![A-Za-z0-9])${LETTERS}(?![A-Za-z0-9])`, "i");

/** True for a text that has the shape of a click ID of ours. */
export function hasClickShape(text: string): boolean {
  return WHOLE.test(text);
}

/** The click ID in a text that people and shops write, such as a list of notes; null where none has its shape. */
export function clickIdWithin(text: string): string | null {
  return WITHIN.exec(text)?.[0] ?? null;
}
