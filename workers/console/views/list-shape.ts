/** A list as who looks at it keeps it: its views, its columns, and where a view leads. */
import type { Child } from "hono/jsx";
import { seeOther } from "../shell/browser-answers.ts";
import { columnsIn } from "../shell/list-query.ts";
import type { Look } from "../shell/page.ts";
import type { TableColumn } from "../shell/parts/table.tsx";
import type { ViewOfList } from "./fields.ts";
import { keptQuery } from "./fields.ts";
import type { ListName } from "./lists.ts";
import { readKeptList } from "./store.ts";

export interface ListShape {
  list: ListName;
  url: URL;
  views: readonly ViewOfList[];
  /** The columns that are wanted, in their order: the address's, or those that are kept; null: as ever. */
  wanted: readonly string[] | null;
  /** True where those are kept. */
  isKept: boolean;
  /** What the rows stand in, which the forms that sort them and choose their columns do not: no form may be in another. */
  around?(rows: Child): Child;
}

/** What is kept of the list; where the address names a view, or says nothing and the list opens with one, the way there. */
export async function shapeOf(
  { env, user, url }: Pick<Look, "env" | "user" | "url">,
  list: ListName,
): Promise<ListShape | Response> {
  const { views, columns } = await readKeptList(env, user.caller, list);
  const view = viewAskedFor(url, views);
  if (view !== null) return seeOther(addressOf(url.pathname, view));
  const said = columnsIn(url);
  return {
    list,
    url,
    views,
    wanted: said ?? columns,
    isKept: said === null && columns !== null,
  };
}

/** A view's own address: so it can be changed filter by filter, and be shown to whoever keeps no such view. */
export function addressOf(path: string, { query }: Pick<ViewOfList, "query">): string {
  return `${path}?${query === "" ? "view=none" : query}`;
}

function viewAskedFor(url: URL, views: readonly ViewOfList[]): ViewOfList | null {
  const id = url.searchParams.get("view");
  if (id !== null && id !== "none") return views.find((view) => view.id === id) ?? null;
  return url.search === "" ? (views.find((view) => view.default) ?? null) : null;
}

/** True where the address shows exactly this view. */
export function isShown({ query }: ViewOfList, url: URL): boolean {
  const sorted = (text: string) => {
    const all = new URLSearchParams(text);
    all.delete("tz");
    all.sort();
    return all.toString();
  };
  return sorted(keptQuery(url.search)) === sorted(query);
}

/** The columns that are shown: those that are wanted, in that order, behind those that always stand there; where none of them is here, as without a choice. */
export function shownColumns<Row>(
  all: readonly TableColumn<Row>[],
  wanted: readonly string[] | null,
): readonly TableColumn<Row>[] {
  const chosen = (wanted ?? []).flatMap((name) => all.find(({ key }) => key === name) ?? []);
  return chosen.length === 0
    ? all.filter(({ more }) => more !== true)
    : [...all.filter(({ key }) => key === undefined), ...chosen];
}

/** The columns of the file of what is seen: those that are wanted and that it has, behind its key; null where nobody chose. */
export function fileColumns({ wanted }: ListShape, names: readonly string[], key: string): string[] | null {
  const chosen = (wanted ?? []).filter((name) => name !== key && names.includes(name));
  return chosen.length === 0 ? null : [key, ...chosen];
}
