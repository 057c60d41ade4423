/** Where one stands on the page of review, as its address says it: the filter, the conversion that is looked at, and those that were just decided. */

/** So many that were just decided are left out of the list, until the books say so themselves. */
const MOST_DONE = 20;
const ID = /^[0-9a-hjkmnp-tv-z]{26}$/;
/** What the address says besides the filter. */
const OWN = ["at", "done", "said", "receipt", "bulk"];

/** The address of the list's own parameters alone. */
export function filterOf(url: URL): URL {
  const filter = new URL(url);
  for (const name of OWN) filter.searchParams.delete(name);
  return filter;
}

/** Those that were just decided, the last one first. */
export function doneIn(url: URL): string[] {
  return (url.searchParams.get("done") ?? "").split(".").filter((id) => ID.test(id));
}

/** The place of a conversion in the same list. */
export function placeAt(url: URL, id: string | null): string {
  return pathOf(url, { at: id, done: doneIn(url) });
}

/** The place of the next one behind a decision on `id`, which says what it was. */
export function placeAfter(url: URL, id: string, next: string | null, said: { name: string; receipt: string }): string {
  const done = [id, ...doneIn(url).filter((one) => one !== id)].slice(0, MOST_DONE);
  return pathOf(url, { at: next, done, said: said.name, receipt: said.receipt });
}

/** The place of one whose decision was taken back. */
export function placeUndone(url: URL, id: string): string {
  return pathOf(url, { at: id, done: doneIn(url).filter((one) => one !== id), said: "undo" });
}

interface Said {
  at: string | null;
  done: readonly string[];
  said?: string;
  receipt?: string;
}

function pathOf(url: URL, { at, done, said, receipt }: Said): string {
  const { searchParams: query } = filterOf(url);
  if (at !== null) query.set("at", at);
  if (done.length > 0) query.set("done", done.join("."));
  if (said !== undefined) query.set("said", said);
  if (receipt !== undefined) query.set("receipt", receipt);
  return query.size === 0 ? "/review" : `/review?${query}`;
}
