/** Reads a list of aliases: CSV of two columns, `alias` and `link`, with or without a first line that names them. */

import { accept, type Result, refuse } from "../../core/result.ts";
import { readList } from "../../core/table-file/short-list.ts";
import type { TableRecord } from "../../core/table-file/table-records.ts";
import type { Problem } from "../web/problem.ts";
import type { AliasInput } from "./aliases.ts";

/** What a page sets at once. Larger lists are sent over the API, in parts. */
export const MOST_LINES = 5_000;

/** An alias with the number of its line, from 1. */
export interface ListedAlias extends AliasInput {
  line: number;
}

/** Refuses what is no CSV, has other columns, or too many lines. A line without both is a listed one with an empty text, of which setting it says what is wrong. */
export async function readAliasList(text: string): Promise<Result<ListedAlias[], Problem>> {
  const lines = await readList(text);
  const [first, ...others] = lines ?? [];
  if (!first) return refuse({ name: "malformed_request", detail: "Send CSV: alias,link, one pair a line." });
  const names = first.cells.map((cell) => cell.trim().toLowerCase());
  const [alias, link] = [names.indexOf("alias"), names.indexOf("link")];
  const isHeader = alias >= 0 && link >= 0;
  if (!isHeader && (alias >= 0 || link >= 0 || first.cells.length !== 2))
    return refuse({
      name: "malformed_request",
      detail: "Send two columns: alias,link. A first line that names its columns may have others besides.",
    });
  const listed = (isHeader ? others : [first, ...others]).map((one) =>
    isHeader ? pairOf(one, alias, link) : pairOf(one, 0, 1),
  );
  if (listed.length > MOST_LINES)
    return refuse({ name: "too_large", detail: `At most ${MOST_LINES} lines: send larger lists in parts.` });
  return listed.length === 0
    ? refuse({ name: "malformed_request", detail: "There is no alias behind the first line." })
    : accept(listed);
}

function pairOf({ line, cells }: TableRecord, alias: number, link: number): ListedAlias {
  return { line, alias: cells[alias]?.trim() ?? "", link: cells[link]?.trim() ?? "" };
}
