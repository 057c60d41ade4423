/** Names as they are compared when somebody looks for one: without case, marks and punctuation, and with one spelling of umlauts, so that "Müller", "mueller" and "muller" are one. */

/** Letters that decomposing leaves as they are. */
const PLAIN: Record<string, string> = {
  ß: "ss",
  ø: "o",
  æ: "a",
  œ: "o",
  å: "a",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
};

/** The words of a text, folded, with one space between them. "ae", "oe" and "ue" are read as umlauts, on both sides, so that nothing is missed. */
export function foldName(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[ßøæœåłđðþı]/g, (letter) => PLAIN[letter] ?? letter)
    .replace(/([aou])e/g, "$1")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** How well a folded text answers a folded question: 0 is the same, 1 begins so, 2 has a word that does, 3 has all words of it somewhere; null is not at all. */
export function rankName(folded: string, asked: string): number | null {
  if (asked === "") return null;
  if (folded === asked) return 0;
  if (folded.startsWith(asked)) return 1;
  if (` ${folded}`.includes(` ${asked}`)) return 2;
  return asked.split(" ").every((word) => folded.includes(word)) ? 3 : null;
}
