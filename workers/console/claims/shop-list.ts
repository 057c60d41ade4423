/** The answer to a shop's list that is sent as a file. */
import { csvTable } from "../../core/csv-table.ts";
import { confirmsClaim, type ListResult } from "../../core/reconciliation/claimed-orders.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { readSentFile } from "../reconciliation/api.ts";
import { invalidQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import {
  confirmList,
  type JudgedList,
  judgeList,
  LISTED_COLUMNS,
  LISTED_NUMBERS,
  listedRow,
  type ShopList,
} from "./shop-orders.ts";

/** Reads and judges the body, and confirms what it confirms where a count is given. */
export async function listFile(
  env: Env,
  query: ShopList,
  request: Request,
  change: ChangeStamp,
): Promise<Result<Record<string, unknown> | Response, Problem>> {
  const sent = await readSentFile(request);
  if (!sent.ok) return sent;
  const { count, note } = query;
  if (count !== undefined && note === undefined)
    return refuse(
      invalidQuery([{ parameter: "note", detail: "Write why: it is kept with each conversion, for good." }]),
    );
  const judged = await judgeList(env, change.by, query, sent.value);
  const done =
    judged.ok && count !== undefined && note !== undefined
      ? await confirmList(env, judged.value, { count, note }, change)
      : judged;
  if (!done.ok) return done;
  if (query.format === "csv") return accept(listCsv(done.value, query.bom === 1));
  const { file, judged: orders, receipts } = done.value;
  return accept({
    advertiser: query.advertiser,
    orders: orders.length,
    would_confirm: orders.filter(confirmsClaim).length,
    queued: receipts.size,
    counts: countsOf(done.value),
    read: file.read,
    unreadable: file.unreadable,
    results: orders.map((one) => listedRow(one, receipts)),
  });
}

/** How many orders came to each result. */
export function countsOf({ judged }: JudgedList): Record<ListResult, number> {
  const counts: Record<ListResult, number> = {
    ...{ confirms: 0, other_amount: 0, ambiguous: 0, decided: 0, unclaimed: 0, not_approved: 0 },
    ...{ unknown_status: 0, wrong_currency: 0, wrong_amount: 0, no_number: 0, later: 0 },
  };
  for (const { result } of judged) counts[result]++;
  return counts;
}

/** What each order comes to, as a file. */
export function listCsv({ judged, receipts }: JudgedList, marked: boolean): Response {
  const rows = judged.map((one) => listedRow(one, receipts));
  return new Response(csvTable({ columns: LISTED_COLUMNS, numbers: LISTED_NUMBERS }, rows, marked), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="claims.csv"',
    },
  });
}
