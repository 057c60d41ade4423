/** What is said of a view: its list, its name, and what its address says. */
import * as v from "valibot";
import { SHARED_WITH } from "../../../schema/tables.ts";
import { listAtMost } from "../web/field-schemas.ts";
import { fields, parameters } from "../web/input.ts";
import { LIST_NAMES } from "./lists.ts";

const MOST_NAME = 60;
const MOST_QUERY = 2_000;
/** Somebody keeps so many views, of all lists together. */
export const MOST_VIEWS = 50;
/** So many that others share are shown of a list. */
export const MOST_SHARED = 50;
const MOST_COLUMNS = 100;

/** What a view does not keep: the place in the list, and what names one order, click or conversion, which may have to be forgotten. */
const LEFT_OUT = ["cursor", "back", "done", "sent", "live", "view", "txid", "click_id", "conversion_id"];

export const listName = v.picklist(LIST_NAMES);

const name = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty("Write a name: the view is found by it."),
  v.maxLength(MOST_NAME, `A name has at most ${MOST_NAME} characters.`),
);

/** What stands behind the `?` of the list's page, without what no view keeps. */
const query = v.pipe(
  v.string(),
  v.maxLength(MOST_QUERY, `A view's query has at most ${MOST_QUERY} characters.`),
  v.transform(keptQuery),
);

export function keptQuery(text: string): string {
  const kept = [...new URLSearchParams(text)].filter(([name, value]) => value !== "" && !LEFT_OUT.includes(name));
  return new URLSearchParams(kept).toString();
}

const sharedWith = v.nullable(v.picklist(SHARED_WITH));

export const newView = fields({
  list: listName,
  name,
  query,
  shared_with: v.exactOptional(sharedWith),
  default: v.exactOptional(v.boolean()),
});
export type NewView = v.InferOutput<typeof newView>;

export const viewChange = fields({
  name: v.exactOptional(name),
  query: v.exactOptional(query),
  shared_with: v.exactOptional(sharedWith),
  default: v.exactOptional(v.boolean()),
});
export type ViewChange = v.InferOutput<typeof viewChange>;

export const viewList = parameters({ list: v.exactOptional(listName) });

export const viewAnswer = v.object({
  id: v.string(),
  list: listName,
  name: v.string(),
  query: v.string(),
  /** The role that sees it besides whoever keeps it. */
  shared_with: sharedWith,
  /** False where somebody else keeps it. */
  own: v.boolean(),
  /** The list opens with it. */
  default: v.boolean(),
});
export type ViewOfList = v.InferOutput<typeof viewAnswer>;

const columnName = v.pipe(v.string(), v.regex(/^[a-z\d_]{1,40}$/, "Write the name of a column."));

export const columnChoice = fields({ columns: v.nullable(listAtMost(columnName, MOST_COLUMNS)) });
export type ColumnChoice = v.InferOutput<typeof columnChoice>;

export const columnsAnswer = v.object({
  list: listName,
  /** In their order; null: as the list is without a choice. */
  columns: v.nullable(v.array(v.string())),
});
