/** Tells values that a template's author meant to be replaced: macros that were not expanded, and the fillers that templates ship with. */

/**
 * `{payout}`, `{{payout}}`, `${payout}`, `#{payout}`, `[CLICK_ID]`, `[[subid]]`, `%TXID%`, `#s2#`, `__CLICKID__`, and the fillers `REPLACE`, `OPTIONAL`,
 * `undefined` and `null`. The last two are what a program writes for a variable that it did not have: as an order id they would make one order of all.
 */
const UNEXPANDED =
  /^(?:[$#]?\{+[^{}]*\}+|\[+[^[\]]*\]+|%[A-Za-z_][\w.-]*%|#[A-Za-z_][\w.-]*#|__[A-Za-z][A-Za-z0-9_]*__|REPLACE|OPTIONAL|undefined|null)$/;

/** Some systems write identifiers as GUIDs in braces, and those are values. */
const BRACED_GUID = /^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/i;

export function isUnexpanded(text: string): boolean {
  return UNEXPANDED.test(text) && !BRACED_GUID.test(text);
}
