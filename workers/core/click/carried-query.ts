/** Queries as links are carried about: pasted behind another question mark, or around a deep link that nobody encoded. */
import { isClickParameter } from "./click-parameters.ts";

/** A deep link with a query of its own, as it stands in an address bar. */
const BARE_DEEP_LINK = /^url=https?:\/\/[^?]*\?/i;
const INNER_MARK = /\?+(?=([A-Za-z_]\w*)=)/g;

/**
 * A query (with its question mark) that has another question mark in it, so that it reads as it was meant: `??sub1=a` and `?sub1=a?sub2=b` are two names of ours,
 * each with its value; a deep link that was not encoded keeps its query, and the parameters behind it that are not ours. Everything else stays.
 */
export function mendQuery(search: string): string {
  const pairs: string[] = [];
  let isInDeepLink = false;
  for (const sent of search.slice(1).split("&")) {
    const pair = sent.replace(/^\?+/, "");
    const name = pair.split("=", 1)[0] ?? "";
    if (isInDeepLink && !isClickParameter(name)) {
      pairs.push(`${pairs.pop()}${encodeURIComponent(`&${pair}`)}`);
    } else if (BARE_DEEP_LINK.test(pair)) {
      isInDeepLink = true;
      pairs.push(`url=${encodeURIComponent(pair.slice("url=".length))}`);
    } else {
      pairs.push(pair.replace(INNER_MARK, (mark, inner: string) => (isClickParameter(inner) ? "&" : mark)));
    }
  }
  return `?${pairs.join("&")}`;
}
