/** Gives a whole list as CSV, which its import takes back. */
import { BYTE_ORDER_MARK, CSV_LINE_END, csvText } from "../../core/csv.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { cellOf, columnsOf, type ListedThing, type ListKind, type StoredThing } from "./list-kind.ts";

const ROWS_AT_ONCE = 1_000;
export const LIST_TYPE = "text/csv; charset=utf-8; header=present";

/** What the file of a list is asked for besides filters. */
export interface ListFileQuery {
  bom?: number;
  /** Those of its columns that it has; all, unless said. */
  columns?: readonly string[];
}

/** The answer whose body is written as pages are read: all that the caller sees and that the filters leave. */
export function listFile<Made extends ListedThing, One extends Made & StoredThing, New extends object>(
  env: Env,
  caller: Caller,
  kind: ListKind<Made, One, New>,
  { bom, columns, ...filters }: ListFileQuery,
): Response {
  const names = columns ?? columnsOf(kind, caller.role);
  const encoder = new TextEncoder();
  async function* lines() {
    yield encoder.encode((bom === 1 ? BYTE_ORDER_MARK : "") + names.join(",") + CSV_LINE_END);
    for (let cursor: string | undefined, isLast = false; !isLast; ) {
      const query = { ...filters, limit: ROWS_AT_ONCE, ...(cursor === undefined ? {} : { cursor }) };
      const { items, next } = await kind.page(env, caller, query);
      const rows = items.map((item) => names.map((name) => csvText(cellOf(Reflect.get(item, name)))).join(","));
      yield encoder.encode(rows.map((row) => row + CSV_LINE_END).join(""));
      isLast = next === null;
      cursor = next ?? undefined;
    }
  }
  const source = lines();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  return new Response(body, {
    headers: {
      "content-type": LIST_TYPE,
      "content-disposition": `attachment; filename="${kind.many}.csv"`,
      "cache-control": "no-store",
    },
  });
}
