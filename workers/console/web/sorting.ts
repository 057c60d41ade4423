/** The order of a list: by what, which way, and how a page of it says where the next one begins. */
import * as v from "valibot";

export interface Sort {
  name: string;
  descending: boolean;
}

/** Where a page ends that is not in the list's own order: what its last row is sorted by, and the row's key, which tells it from others with the same. */
export interface SortedPlace {
  sort: Sort;
  value: string | number;
  key: string | number;
}

/** A cursor as it was read: of the list's own order, its text; it says its order itself, whatever `sort` says beside it. */
export type ListCursor = string | SortedPlace;

const SORTED_CURSOR = /^s[\w-]{1,4000}$/;
const CURSOR_ADVICE = "Send what the previous page's next said, unchanged.";
const place = v.tuple([v.string(), v.union([v.string(), v.number()]), v.union([v.string(), v.number()])]);

/** The parameter `sort` of a list: a name, or with `-` before it from the last to the first. */
export function sortParameter(names: readonly string[]) {
  return v.exactOptional(v.picklist(names.flatMap((name) => [name, `-${name}`])));
}

export function readSort(text: string): Sort {
  const descending = text.startsWith("-");
  return { name: descending ? text.slice(1) : text, descending };
}

export function sortText({ name, descending }: Sort): string {
  return descending ? `-${name}` : name;
}

/** The parameter `cursor` of a list that can be sorted by these names; cursors of its own order have this pattern. */
export function sortedCursor(names: readonly string[], own: RegExp) {
  return v.exactOptional(
    v.pipe(
      v.string(),
      v.rawTransform<string, ListCursor>(({ dataset, addIssue, NEVER }) => {
        if (own.test(dataset.value)) return dataset.value;
        const read = readSortedCursor(dataset.value);
        if (read !== null && names.includes(read.sort.name)) return read;
        addIssue({ message: CURSOR_ADVICE });
        return NEVER;
      }),
    ),
  );
}

/** Base64url of JSON: no secret, since all of it stands in the page's last row. */
export function writeSortedCursor({ sort, value, key }: SortedPlace): string {
  const text = encodeURIComponent(JSON.stringify([sortText(sort), value, key]));
  return `s${btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

function readSortedCursor(text: string): SortedPlace | null {
  const read = v.safeParse(place, SORTED_CURSOR.test(text) ? parsed(text.slice(1)) : null);
  if (!read.success) return null;
  const [sort, value, key] = read.output;
  return { sort: readSort(sort), value, key };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(atob(text.replaceAll("-", "+").replaceAll("_", "/"))));
  } catch {
    return null;
  }
}
