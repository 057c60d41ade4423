/** Parameters as a log may keep them: no secret, nothing that cannot be shown, and not too much. */
import { type Dialect, meaningOf } from "./dialect.ts";
import type { Parameter } from "./parameter.ts";
import { CREDENTIAL_NAMES } from "./parameter-names.ts";

const MAX_PARAMETERS = 40;
export const MAX_LOGGED_NAME = 64;
const MAX_TEXT_LENGTH = 256;
/** Names that speak of a secret, whoever's it is. */
const SECRET_NAME = /token|secret|passw|signature|auth|api_?key/i;
/** Secrets of ours under a name that is not theirs. */
const SECRET = /cbt_[0-9a-z]+|whsec_[A-Za-z0-9+/=_-]+/gi;
const HIDDEN = "(hidden)";
const UNREADABLE = "(unreadable)";
const REPLACED = "\ufffd";
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** At most `most` of the parameters as sent, without credentials; cut, and with what cannot be shown replaced. */
export function loggedParameters(
  dialect: Dialect,
  parameters: readonly Parameter[],
  most: number = MAX_PARAMETERS,
): Record<string, string> {
  const shown = parameters
    .filter(({ name }) => !isCredential(dialect, name))
    .slice(0, most)
    .map(({ name, text }): [string, string] => [
      printable(name, MAX_LOGGED_NAME),
      text === null ? UNREADABLE : printable(text, MAX_TEXT_LENGTH),
    ]);
  // Defines each name as the object's own, also `__proto__`.
  return Object.fromEntries(shown);
}

/** True for a text of `loggedParameters` that is whole and as it was sent. */
export function isKeptAsSent(text: string): boolean {
  return text.length < MAX_TEXT_LENGTH && text !== UNREADABLE && !text.includes(HIDDEN) && !text.includes(REPLACED);
}

function isCredential(dialect: Dialect, name: string): boolean {
  const lower = name.toLowerCase();
  return SECRET_NAME.test(name) || CREDENTIAL_NAMES.has(meaningOf(dialect, lower)?.parameter ?? lower);
}

/** The first `maxLength` characters, without secrets of ours, and with what cannot be shown replaced. */
export function printable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(SECRET, HIDDEN).toWellFormed().replace(CONTROL, REPLACED);
}
