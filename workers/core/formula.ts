/** Formulas: text that a spreadsheet would run when a file is opened (https://owasp.org/www-community/attacks/CSV_Injection), and how they are disarmed so that reading finds what was written. */

/** What spreadsheets take for the beginning of a formula, full-width twins included, also behind blanks. */
const FORMULA = String.raw`[^\S;\t\r\n]*[=+\-@＝＋－＠]`;
/** At the text's beginning also the blanks that would be cut off before one. */
const HIDING = String.raw`[\t\r\n]`;
/** Where a field begins: at the text's beginning, and behind what parts fields or rows where a file is opened between semicolons or tabs. */
const BEGINNING = String.raw`(?<=^|[;\t\r\n])`;
/** Apostrophes may stand before it already: with one more, taking one off is right for every text. */
const ARMED = new RegExp(`${BEGINNING}(?='*${FORMULA})|^(?='*${HIDING})`, "g");
const DISARMED = new RegExp(`${BEGINNING}'(?='*${FORMULA})|^'(?='*${HIDING})`, "g");

/** The text with an apostrophe before all that would be run, wherever a locale parts fields. For text only: a negative number is a number. */
export function disarmFormula(text: string): string {
  return text.replace(ARMED, "'");
}

/** What `disarmFormula` was given: takes off exactly the apostrophes that it puts on. */
export function rearmFormula(text: string): string {
  return text.includes("'") ? text.replace(DISARMED, "") : text;
}
