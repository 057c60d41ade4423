/** Names as people mistype them: a letter too many or too few, another one, or two that changed places. */

/** Shorter words are other words with one letter changed. */
const ONE_SLIP = 4;
const TWO_SLIPS = 8;

/** True where each word of a folded question is, but for a slip or two, a word of a folded name; or both are the same without their spaces. */
export function isMistyped(folded: string, asked: string): boolean {
  const words = folded.split(" ");
  const isMeant = (word: string) => words.some((one) => slipsWithin(one, word, slipsOf(word)));
  const joined = asked.replaceAll(" ", "");
  return asked.split(" ").every(isMeant) || slipsWithin(folded.replaceAll(" ", ""), joined, slipsOf(joined));
}

/** How many slips a word may have and still be meant. */
function slipsOf(word: string): number {
  if (word.length < ONE_SLIP) return 0;
  return word.length < TWO_SLIPS ? 1 : 2;
}

/** Optimal string alignment, row by row. */
function slipsWithin(left: string, right: string, most: number): boolean {
  if (Math.abs(left.length - right.length) > most) return false;
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const isSame = left[i - 1] === right[j - 1];
      const changed = (row[j - 1] ?? 0) + (isSame ? 0 : 1);
      const swapped = left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1] ? (before[j - 2] ?? 0) + 1 : changed;
      next[j] = Math.min(changed, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    [before, row] = [row, next];
  }
  return (row[right.length] ?? 0) <= most;
}
