/** Formulas: text that a spreadsheet would run when a file is opened (https://owasp.org/www-community/attacks/CSV_Injection). */

/** What spreadsheets take for the beginning of a formula, full-width twins included, also behind blanks; and the blanks that hide one. */
const FORMULA = /^(?:\s*[=+\-@＝＋－＠]|[\t\r\n])/;

/** The text with a leading apostrophe where it would be run. For text only: a negative number is a number. */
export function disarmFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}
