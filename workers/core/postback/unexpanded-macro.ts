/** Tells values that a template's author meant to be replaced: macros that were not expanded, and the fillers that templates ship with. */

/** `{payout}`, `{{payout}}`, `${payout}`, `#{payout}`, `[CLICK_ID]`, `[[subid]]`, `%TXID%`, `#s2#`, `__CLICKID__`. */
const MACRO = /^(?:[$#]?\{+[^{}]*\}+|\[+[^[\]]*\]+|%[A-Za-z_][\w.-]*%|#[A-Za-z_][\w.-]*#|__[A-Za-z][A-Za-z0-9_]*__)$/;

/** Some systems write identifiers as GUIDs in braces, and those are values. */
const BRACED_GUID = /^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/i;

/** The last two are what a program writes for a variable that it did not have: as an order id they would make one order of all. */
const FILLERS: ReadonlySet<string> = new Set(["REPLACE", "OPTIONAL", "undefined", "null"]);

export function isUnexpanded(text: string): boolean {
  return FILLERS.has(text) || (MACRO.test(text) && !BRACED_GUID.test(text));
}
