/** Sub-ids: the ten free texts that an affiliate hangs on a click, and the names that trackers have for them. */

/** Our own names for them, which are those of their columns. */
export const SUB_NAMES = ["sub1", "sub2", "sub3", "sub4", "sub5", "sub6", "sub7", "sub8", "sub9", "sub10"] as const;
export type SubName = (typeof SUB_NAMES)[number];
export const SUB_ID_COUNT = SUB_NAMES.length;

/** What stands before the number elsewhere: CAKE and Prosper202 (s, c), TUNE (aff_sub), Keitaro (sub_id_), impact (subid). */
const NUMBERED = ["sub", "s", "c", "aff_sub", "sub_id_", "subid", "subId"];

/** Names for sub-id `number` (1–10) that mean the same everywhere, in links and in macros; our own comes first. */
export function subIdNames(number: number): string[] {
  const names = NUMBERED.map((name) => `${name}${number}`);
  // TUNE counts aff_sub, aff_sub2, …
  return number === 1 ? [...names, "aff_sub"] : names;
}

/** Their columns' cells; null where there is none, or an empty one. */
export function subCells(texts: readonly string[]): Record<SubName, string | null> {
  const cell = (number: number) => texts[number - 1] || null;
  return {
    ...{ sub1: cell(1), sub2: cell(2), sub3: cell(3), sub4: cell(4), sub5: cell(5) },
    ...{ sub6: cell(6), sub7: cell(7), sub8: cell(8), sub9: cell(9), sub10: cell(10) },
  };
}
