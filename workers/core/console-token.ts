/** What the console's own token must be like: an operator chooses it, and whoever guesses it is an admin. */

/** Made up by chance, so many characters are beyond guessing; and a bearer token has no blanks. */
const MIN_LENGTH = 20;
const FORM = new RegExp(`^[!-~]{${MIN_LENGTH},}$`);

/** What is said of one that will not do. */
export const WEAK_CONSOLE_TOKEN = `CONSOLE_TOKEN lets nobody in, because it could be guessed: it takes at least ${MIN_LENGTH} characters of ASCII without blanks, such as what \`openssl rand -base64 24\` prints`;

/** True for one that nobody guesses, as long as it was not made up by hand. */
export function isStrongConsoleToken(token: string): boolean {
  return FORM.test(token);
}
