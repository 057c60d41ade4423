/**
 * Tells values that a template's author meant to be replaced: macros that were not expanded, and what programs write for a variable that they did not have.
 * As an order's number such a value would make one order of all.
 */

/** Macros in the brackets that no text has by itself: `{{payout}}`, `${(x)!}`, `[CLICK_ID]`, `%TXID%`, `%%X%%`, `#s2#`, `##X##`, `__CLICKID__`, `!!x!!`, `*|X|*`, `@@x@@`, `<%= x %>`. */
const WHOLE_MACRO =
  /^(?:[$#]?\{+[^{}]*\}+|\[+[^[\]]*\]+|%+[A-Za-z_][\w.-]*%+|#+[A-Za-z_][\w.-]*#+|__[A-Za-z]\w*__|!![\w.-]+!!|\*\|[^|]*\|\*|@@[\w.-]+@@|<%[^%]*%>)$/;

/** What templates ship with, and what languages write for nothing. */
const WORDS =
  /^(?:REPLACE|OPTIONAL|undefined|null|none|nil|nan|n\/a|\(null\)|\(none\)|\(nil\)|<null>|<none>|<nil>|<undefined>)$/i;
/** Words of people, too, when they are not shouted. */
const SHOUTED = /^(?:replace|optional)$/i;

/** More that is no name of anything, where a value names one order, click or event: `<order_id>`, `$order_id`, `:order_id`, `-`. */
const WHOLE_IN_NAMES = /^(?:<\/?[A-Za-z_][^<>]*>|[$:][A-Za-z_][\w.]*|-+)$/;

/** A macro in the middle of such a value: what stands around it is the template's own, and the same for all. */
const PART_OF_NAME =
  /[$#]?\{[^{}]*[A-Za-z_][^{}]*\}|\[[A-Za-z_][^[\]]*\]|%[A-Za-z_][\w.-]*%|##[A-Za-z_][\w.-]*##|__[A-Z][A-Z0-9_]*__|!![\w.-]+!!|\*\|[^|]*\|\*|@@[\w.-]+@@|<%[^%]*%>|<[A-Za-z_][^<>]*>|\{\}|\[\]/;
/** Nothing, behind the template's own: `ORD-undefined`, `shop_null`. */
const ENDS_IN_NOTHING = /[-_:#/.](?:undefined|null|NULL|None|NaN|N\/A|nil|<nil>|\(null\))$/;

/** Some systems write identifiers as GUIDs in braces, and those are values. */
const BRACED_GUID = /\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}/gi;
/** Names are shorter than this; what is longer is refused for that, and not looked through. */
const MAX_LOOKED_THROUGH = 1_024;

/** True for text that is nothing but a macro or a filler. Takes text without blanks around it. */
export function isFiller(text: string): boolean {
  if (SHOUTED.test(text)) return text === text.toUpperCase();
  return WORDS.test(text) || (WHOLE_MACRO.test(text) && withoutGuids(text) !== "");
}

/** True for a value that names one order, refund, click or event, or says an amount, and is a filler or has a macro in it. Takes text without blanks around it. */
export function holdsFiller(text: string): boolean {
  if (isFiller(text) || WHOLE_IN_NAMES.test(text)) return true;
  if (text.length > MAX_LOOKED_THROUGH) return false;
  return PART_OF_NAME.test(withoutGuids(text)) || ENDS_IN_NOTHING.test(text);
}

/** True for a macro in round brackets, which some trackers write; an order's number may look so, and a click ID never. */
export function isInRoundBrackets(text: string): boolean {
  return /^\([^()]*\)$/.test(text);
}

/** The same of a name, where a value is a number or a currency: `(5.00)` is no macro. */
export function isNameInRoundBrackets(text: string): boolean {
  return /^\([A-Za-z_][\w-]*\)$/.test(text);
}

function withoutGuids(text: string): string {
  return text.includes("{") ? text.replace(BRACED_GUID, "") : text;
}
