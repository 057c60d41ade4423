/** Tags: words by which operators group what is set up, for their own eyes. */
import type { AnyColumn } from "drizzle-orm";
import * as v from "valibot";
import { holders } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import type { Fields } from "./field.ts";

const MOST_TAGS = 20;
const TAG = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,39}$/u;

const tagWord = v.pipe(
  v.string(),
  v.trim(),
  v.toLowerCase(),
  v.regex(TAG, "A tag is a word of at most 40 letters, digits, dots, dashes and underscores."),
);

/** A list, or in a cell of a file words with commas or blanks between; kept sorted, each once. */
const tagList = v.pipe(
  v.union([v.array(v.string()), v.string()]),
  v.transform((said) => (typeof said === "string" ? said.split(/[\s,]+/).filter((word) => word !== "") : said)),
  v.array(tagWord),
  v.transform((words) => [...new Set(words)].sort()),
  v.maxLength(MOST_TAGS, `At most ${MOST_TAGS} tags.`),
);

interface Tagged {
  row: { tags: string[] };
}

/** The field of a table whose column this is. */
export function tagsIn<Column extends AnyColumn>(column: Column) {
  return {
    tags: {
      column: "tags",
      input: tagList,
      default: [],
      shown: v.array(v.string()),
      filter: column,
      asked: tagWord,
      seenBy: OPERATORS,
      writers: holders("set_up"),
      form: {
        control: "lines",
        kind: "lines",
        label: "Tags, one a line",
        help: "Words of your own to group and find it by. Affiliates and advertisers never see them.",
        rows: 2,
        placeholder: "top",
      },
      detail: "nowhere",
    },
  } satisfies Fields<Tagged>;
}
