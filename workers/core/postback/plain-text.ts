/** What text the books take of a sender: not too long, nothing that cannot be shown. */

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** True for at most `maxLength` characters, without control characters and halves of characters. */
export function isPlainText(text: string, maxLength: number): boolean {
  const tooLong = text.length > maxLength && [...text].length > maxLength;
  return !tooLong && !CONTROL.test(text) && text.isWellFormed();
}
