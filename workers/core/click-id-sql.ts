/** What SQL reads of a click ID in a column, without its key and so without knowing whether we wrote it: where the fields stand, see click-id.ts. */
import { ALPHABET } from "./base32.ts";
import { CLICK_ID_LENGTH, PROVISIONAL_FLAG } from "./click-id.ts";

/** The link's 32 bits begin with the thirteenth character; the seventh of these has two of them. */
const LINK_AT = 13;
const LINK_SHIFTS = [27, 22, 17, 12, 7, 2];
const LAST_SHIFT = 3;

/** The twelfth character has the key number's last bit and the flags. */
const FLAGS_AT = 12;

/** True where the click ID in `column` has the flag of a provisional click. Indexes are made of this very text. */
export function provisionalSql(column: string): string {
  const letters = [...ALPHABET].filter((_, value) => (value & PROVISIONAL_FLAG) !== 0);
  return `instr('${letters.join("")}', substr(${column}, ${FLAGS_AT}, 1)) > 0`;
}

/** The number of the link that the click ID in `column` names; NULL where it has not the shape of one. */
export function linkSql(column: string): string {
  const bits = (index: number): string => `instr('${ALPHABET}', lower(substr(${column}, ${LINK_AT + index}, 1))) - 1`;
  const parts = LINK_SHIFTS.map((shift, index) => `((${bits(index)}) << ${shift})`);
  const last = `((${bits(LINK_SHIFTS.length)}) >> ${LAST_SHIFT})`;
  const shaped = `length(${column}) = ${CLICK_ID_LENGTH} AND lower(${column}) NOT GLOB '*[^${ALPHABET}]*'`;
  return `iif(${shaped}, ${[...parts, last].join(" | ")}, NULL)`;
}
