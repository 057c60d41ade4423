/** Sub-ids: the ten free texts that an affiliate hangs on a click, and the names that trackers have for them. */

export const SUB_ID_COUNT = 10;

/** What stands before the number elsewhere: CAKE and Prosper202 (s, c), TUNE (aff_sub), Keitaro (sub_id_), impact (subid). */
const NUMBERED = ["sub", "s", "c", "aff_sub", "sub_id_", "subid", "subId"];

/** Names for sub-id `number` (1–10) that mean the same everywhere, in links and in macros; our own comes first. */
export function subIdNames(number: number): string[] {
  const names = NUMBERED.map((name) => `${name}${number}`);
  // TUNE counts aff_sub, aff_sub2, …
  return number === 1 ? [...names, "aff_sub"] : names;
}
